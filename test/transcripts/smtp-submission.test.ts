import { describe, expect, it } from 'vitest';
import { type SmtpRig, smtpRig } from '../support/smtp.ts';

const TLS = { protocol: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256' };
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const GOOD = base64('\0alice@example.test\0grün und lang');

function rig(): SmtpRig {
  return smtpRig({ profile: 'submission', pipe: { tls: TLS } });
}

const HELLO = 'S~ ^220\nC: EHLO c\nS* ^250-AUTH PLAIN LOGIN$\nS* ^250 SMTPUTF8\n';
const SIGNED_IN = `${HELLO}C: AUTH PLAIN ${GOOD}\nS: 235 2.7.0 Authentication successful\n`;

describe('AUTH', () => {
  it.each([
    ['PLAIN at once', `C: auth plain ${GOOD}`],
    [
      'PLAIN with itself to act for',
      `C: AUTH PLAIN ${base64('alice@example.test\0alice@example.test\0grün und lang')}`,
    ],
    ['PLAIN asked', `C: AUTH PLAIN\nS: 334 \nC: ${GOOD}`],
    [
      'LOGIN',
      `C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: ${base64('alice@example.test')}\nS: 334 UGFzc3dvcmQ6\nC: ${base64('grün und lang')}`,
    ],
    [
      'LOGIN with the name',
      `C: AUTH LOGIN ${base64('alice@example.test')}\nS: 334 UGFzc3dvcmQ6\nC: ${base64('grün und lang')}`,
    ],
  ])('knows %s', (_, text) =>
    rig().play(`${HELLO}${text}\nS: 235 2.7.0 Authentication successful\nC: AUTH PLAIN\nS~ ^503 5.5.1`),
  );

  it.each([
    ['wrong password', `AUTH PLAIN ${base64('\0alice@example.test\0wrong')}`, '535 5.7.8'],
    ['acting for another', `AUTH PLAIN ${base64('bob@example.test\0alice@example.test\0grün und lang')}`, '535 5.7.8'],
    ['too many tries', `AUTH PLAIN ${base64('\0slow@example.test\0x')}`, '454 4.7.0'],
    ['the store is away', `AUTH PLAIN ${base64('\0away@example.test\0x')}`, '454 4.7.0'],
    ['no base64', 'AUTH PLAIN a-b', '501 5.5.2'],
    ['no padding', 'AUTH PLAIN AGE', '501 5.5.2'],
    ['not three fields', `AUTH PLAIN ${base64('alice')}`, '501 5.5.2'],
    ['empty', 'AUTH PLAIN =', '501 5.5.2'],
    ['not UTF-8', 'AUTH PLAIN AGH/AGI=', '501 5.5.2'],
    ['another mechanism', 'AUTH CRAM-MD5', '504 5.5.4'],
    ['no mechanism', 'AUTH', '501 5.5.4'],
    ['three words', 'AUTH PLAIN a b', '501 5.5.4'],
  ])('refuses: %s', (_, line, reply) =>
    rig().play(`${HELLO}C: ${line}\nS~ ^${reply} \nC: MAIL FROM:<alice@example.test>\nS~ ^530`),
  );

  it('can be cancelled', () =>
    rig().play(`${HELLO}C: AUTH PLAIN\nS: 334 \nC: *\nS: 501 5.7.0 Authentication cancelled`));

  it('ends after a few wrong passwords', async () => {
    const it = rig();
    await it.play(HELLO);
    for (let i = 0; i < 4; i++) it.client.send(`AUTH PLAIN ${base64('\0alice@example.test\0wrong')}\r\n`);
    expect(await it.client.rest()).toEqual([
      ...Array.from({ length: 4 }, () => '535 5.7.8 Authentication failed: name or password is wrong'),
      '421 4.7.0 Too many errors',
    ]);
  });

  it('is not taken in cleartext, nor offered', () =>
    smtpRig({ profile: 'submission' }).play(String.raw`
      S~ ^220
      C: EHLO c
      S~ -mail
      S~ -PIPELINING
      S~ -SIZE
      S: 250-STARTTLS
      S: 250-ENHANCEDSTATUSCODES
      S* ^250 SMTPUTF8
      C: AUTH PLAIN ${GOOD}
      S~ ^538 5\.7\.11
      C: MAIL FROM:<alice@example.test>
      S: 530 5.7.0 Say STARTTLS first: passwords are not taken in cleartext
    `));

  it('is taken in cleartext where all clients are on this machine', () =>
    smtpRig({ profile: 'submission', loopbackOnly: true }).play(SIGNED_IN));

  it('is not possible within a message', () =>
    rig().play(`${SIGNED_IN}C: MAIL FROM:<alice@example.test>\nS~ ^250\nC: AUTH PLAIN ${GOOD}\nS~ ^503`));

  it('is forgotten by nothing but STARTTLS', () =>
    rig().play(
      `${SIGNED_IN}C: RSET\nS~ ^250\nC: EHLO again\nS* ^250 SMTPUTF8\nC: MAIL FROM:<alice@example.test>\nS~ ^250`,
    ));
});

describe('a submission', () => {
  it('is for those who signed in', () =>
    rig().play(`${HELLO}C: MAIL FROM:<alice@example.test>\nS: 530 5.7.0 Authentication required`));

  it.each([
    ['<alice@example.test>', '250 2.1.0'],
    ['<alice+lists@example.test>', '250 2.1.0'],
    ['<>', '250 2.1.0'],
    ['<bob@example.test>', '553 5.7.1'],
    ['<someone@elsewhere.test>', '553 5.7.1'],
  ])('from %s is answered with %s', (from, reply) => rig().play(`${SIGNED_IN}C: MAIL FROM:${from}\nS~ ^${reply} `));

  it('goes anywhere, adds what is missing, and leaves what came', async () => {
    const it = rig();
    await it.play(String.raw`${SIGNED_IN}
      C: MAIL FROM:<alice@example.test>
      C: RCPT TO:<bob@example.test>
      C: RCPT TO:<Far@elsewhere.test>
      C: RCPT TO:<nobody@example.test>
      C: DATA
      S~ ^250
      S~ ^250
      S~ ^250
      S~ ^550 5\.1\.1
      S~ ^354
      C< subject: hi\r\n\r\nDate: not in the header\r\n.\r\n
      S~ ^250
    `);
    const { mail, bytes } = it.taken[0]!;
    expect(mail).toMatchObject({
      via: 'submission',
      sender: 'a1',
      groups: [
        {
          tenant: 'default',
          deliveries: [{ account: 'b1', recipient: 'bob@example.test' }],
          relay: ['Far@elsewhere.test'],
        },
      ],
    });
    expect(bytes.toString()).toBe(
      'Received: from c ([192.0.2.7])\r\n' +
        `\tby mail.example.test with ESMTPSA id ${mail.id}\r\n` +
        '\ttls TLS_AES_128_GCM_SHA256;\r\n' +
        '\tFri, 20 Nov 2026 12:00:00 +0000\r\n' +
        'Date: Fri, 20 Nov 2026 12:00:00 +0000\r\n' +
        `Message-ID: <${mail.id}@mail.example.test>\r\n` +
        'subject: hi\r\n\r\nDate: not in the header\r\n',
    );
  });

  it('keeps its own Date and Message-ID', async () => {
    const it = rig();
    await it.play(String.raw`${SIGNED_IN}
      C: MAIL FROM:<alice@example.test>
      C: RCPT TO:<bob@example.test>
      C: DATA
      S~ ^250
      S~ ^250
      S~ ^354
      C< DATE: today\r\nmessage-id : <x@y>\r\n\r\n.\r\n
      S~ ^250
    `);
    expect(it.taken[0]!.bytes.toString().match(/^(date|message-id)/gim)).toEqual(['DATE', 'message-id']);
  });
});
