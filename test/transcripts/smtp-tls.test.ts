import { describe, expect, it } from 'vitest';
import { smtpRig } from '../support/smtp.ts';

describe('STARTTLS', () => {
  it('turns to TLS, forgets what was said, and is not offered again', async () => {
    const rig = smtpRig();
    await rig.play(`
      S~ ^220
      C: EHLO c
      S* ^250 SMTPUTF8
      C: MAIL FROM:<a@b.test>
      S~ ^250
      C: STARTTLS
      S: 220 2.0.0 Ready to start TLS
    `);
    await new Promise(setImmediate);
    await rig.play(String.raw`
      C: MAIL FROM:<a@b.test>
      S: 503 5.5.1 Say EHLO first
      C: EHLO c
      S: 250-mail.example.test
      S: 250-PIPELINING
      S~ ^250-SIZE
      S: 250-ENHANCEDSTATUSCODES
      S* ^250 SMTPUTF8
      C: STARTTLS
      S: 503 5.5.1 TLS is already active
      C: MAIL FROM:<a@b.test>
      C: RCPT TO:<bob@example.test>
      C: DATA
      S~ ^250
      S~ ^250
      S~ ^354
      C< .\r\n
      S~ ^250
    `);
    expect(rig.taken[0]!.bytes.toString()).toMatch(
      /with ESMTPS id \S+\r\n\tfor <[^>]+>\r\n\ttls TLS_AES_256_GCM_SHA384;/,
    );
  });

  it('throws away what was injected behind it', async () => {
    const rig = smtpRig();
    await rig.play('S~ ^220\nC: EHLO c\nS* ^250 SMTPUTF8');
    rig.client.send('STARTTLS\r\nMAIL FROM:<evil@b.test>\r\nRCPT TO:<bob@example.test>\r\nDATA\r\nhalf a li');
    await rig.client.expect(/^220/);
    await new Promise(setImmediate);
    rig.client.send('NOOP\r\nQUIT\r\n');
    expect(await rig.client.rest()).toEqual(['250 2.0.0 Ok', '221 2.0.0 Bye']);
  });

  it('takes no argument', () => smtpRig().play('S~ ^220\nC: STARTTLS now\nS~ ^501 5.5.4'));

  it('ends when the handshake fails', async () => {
    const rig = smtpRig({ pipe: { tlsFails: true } });
    await rig.play('S~ ^220\nC: STARTTLS\nS~ ^220');
    await expect(rig.done).rejects.toThrow('handshake failed');
  });
});
