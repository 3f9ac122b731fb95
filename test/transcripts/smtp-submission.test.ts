import { describe, expect, it } from 'vitest';
import { ScramClient } from '../support/scram.ts';
import { type SmtpRig, smtpRig } from '../support/smtp.ts';

const TLS = { protocol: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256' };
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const GOOD = base64('\0alice@example.test\0grün und lang');

function rig(): SmtpRig {
  return smtpRig({ profile: 'submission', pipe: { tls: TLS } });
}

const HELLO = 'S~ ^220\nC: EHLO c\nS* ^250-AUTH SCRAM-SHA-256 PLAIN LOGIN OAUTHBEARER XOAUTH2$\nS* ^250 SMTPUTF8\n';
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

  it('knows SCRAM-SHA-256', async () => {
    for (const password of ['grün und lang', 'wrong']) {
      const it = rig();
      const scram = new ScramClient({ password });
      await it.play(`${HELLO}C: AUTH SCRAM-SHA-256 ${scram.first()}`);
      it.client.send(`${scram.final((await it.client.expect(/^334 /)).slice(4))}\r\n`);
      if (password === 'wrong') await it.client.expect(/^535 5\.7\.8 /);
      else {
        expect(scram.trusts((await it.client.expect(/^334 /)).slice(4))).toBe(true);
        await it.play('C: \nS: 235 2.7.0 Authentication successful');
      }
    }
  });

  describe('OAUTHBEARER (RFC 7628 section 4.5) and XOAUTH2', () => {
    const bearer = (token: string, as = 'a=alice@example.test') => base64(`n,${as},\x01auth=Bearer ${token}\x01\x01`);
    const xoauth2 = (token: string) => base64(`user=alice@example.test\x01auth=Bearer ${token}\x01\x01`);
    const invalid = base64('{"status":"invalid_token","schemes":"bearer"}');
    const scope = base64('{"status":"insufficient_scope","schemes":"bearer","scope":"smtp"}');
    const seen = base64('\x01');

    it.each([
      ['a token', `C: AUTH OAUTHBEARER ${bearer('pst_alice')}\nS: 235 2.7.0 Authentication successful`],
      ['asked for', `C: AUTH OAUTHBEARER\nS: 334 \nC: ${bearer('pst_alice.smtp', '')}\nS~ ^235 2.7.0 `],
      ['as before the standard', `C: AUTH XOAUTH2 ${xoauth2('pst_alice')}\nS~ ^235 2.7.0 `],
      [
        'not one of ours',
        `C: AUTH OAUTHBEARER ${bearer('pst_bob')}\nS: 334 ${invalid}\nC: ${seen}\nS~ ^535 5.7.8 Authentication failed`,
      ],
      [
        'for something else',
        `C: AUTH OAUTHBEARER ${bearer('pst_alice.imap')}\nS: 334 ${scope}\nC: ${seen}\nS: 535 5.7.8 This token is not for that.`,
      ],
      ['ended with nothing', `C: AUTH XOAUTH2 ${xoauth2('pst_bob')}\nS: 334 ${invalid}\nC: \nS~ ^535 5.7.8 `],
      ['of another', `C: AUTH OAUTHBEARER ${bearer('pst_alice', 'a=bob@example.test')}\nS~ ^535 5.7.8 `],
      ['malformed', `C: AUTH OAUTHBEARER ${base64('n,,auth=Bearer pst_alice')}\nS~ ^501 5.5.2 `],
      [
        'given up',
        `C: AUTH OAUTHBEARER ${bearer('pst_bob')}\nS: 334 ${invalid}\nC: *\nS: 501 5.7.0 Authentication cancelled`,
      ],
      ['too often', `C: AUTH OAUTHBEARER ${bearer('pst_slow')}\nS~ ^454 4.7.0 Too many`],
    ])('%s', (_, text) => rig().play(`${HELLO}${text}`));
  });

  it('can be cancelled', () =>
    rig().play(`${HELLO}C: AUTH PLAIN\nS: 334 \nC: *\nS: 501 5.7.0 Authentication cancelled`));

  it.each([
    ['command', `AUTH PLAIN ${'A'.repeat(13_000)}\r\n`],
    ['answer', `AUTH PLAIN\r\n${'A'.repeat(13_000)}\r\n`],
  ])('refuses a %s that is too long with words of its own', async (_, text) => {
    const it = rig();
    await it.play(HELLO);
    it.client.send(`${text}NOOP\r\n`);
    await it.play('S* ^500 5.5.6 Authentication exchange line is too long$\nS: 250 2.0.0 Ok');
  });

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

  it('goes to another tenant as to a stranger, in one transaction: one message is one job (ME-4)', async () => {
    const it = rig();
    await it.play(String.raw`${SIGNED_IN}
      C: MAIL FROM:<alice@example.test>
      C: RCPT TO:<carol@other.test>
      C: RCPT TO:<bob@example.test>
      C: DATA
      S~ ^250
      S~ ^250
      S~ ^250
      S~ ^354
      C< subject: hi\r\n\r\n.\r\n
      S~ ^250
    `);
    expect(it.taken[0]!.mail.groups).toEqual([
      {
        tenant: 'default',
        deliveries: [{ account: 'b1', recipient: 'bob@example.test' }],
        relay: ['carol@other.test'],
      },
    ]);
  });

  const from = (header: string) => String.raw`${SIGNED_IN}
      C: MAIL FROM:<alice@example.test>
      C: RCPT TO:<bob@example.test>
      C: DATA
      S~ ^250
      S~ ^250
      S~ ^354
      C< ${header}\r\n\r\n.\r\n
      `;
  const NOT_YOURS =
    'S: 550 5.7.1 The From field has an address that you may not send as: use your own or one of its aliases';

  it.each([
    'From: alice@example.test',
    'from : "Boss, the" <Alice+x@EXAMPLE.test>',
    'From: A <alice@example.test>,\\r\\n b <alice+b@example.test>',
    'Subject: no author',
    'From: undisclosed:;',
    'From:',
    'Subject: x\\r\\n\\r\\nFrom: bob@example.test',
  ])('may be written with %s', (header) => rig().play(`${from(header)}S~ ^250`));

  it.each([
    'From: bob@example.test',
    'From: alice@example.test <bob@example.test>',
    'From: alice@example.test, ceo@elsewhere.test',
    'From: alice@example.test\\r\\nFrom: bob@example.test',
    'FROM :\\r\\n bob@example.test',
    'From: alice',
    `From: ${Array.from({ length: 21 }, (_, i) => `alice+${i}@example.test`).join(', ')}`,
  ])('may not be written with %s', async (header) => {
    const it = rig();
    await it.play(`${from(header)}${NOT_YOURS}\nC: NOOP\nS~ ^250`);
    expect(it.taken).toEqual([]);
  });

  it('is not held to its From field where that is switched off', async () => {
    const asked: string[] = [];
    const checkFrom = async ({ address }: { readonly address: string }) => {
      asked.push(address);
      return false;
    };
    await smtpRig({ profile: 'submission', pipe: { tls: TLS }, checkFrom }).play(
      `${from('From: bob@example.test')}S~ ^250`,
    );
    expect(asked).toEqual(['alice@example.test']);
  });

  it('has its header looked at whole, however long it is', async () => {
    const it = rig();
    const filler = `X-Filler: ${'x'.repeat(980)}\r\n`.repeat(400);
    const begin = `${SIGNED_IN}C: MAIL FROM:<alice@example.test>\nC: RCPT TO:<bob@example.test>\nC: DATA\nS~ ^250\nS~ ^250\nS~ ^354`;
    await it.play(begin);
    it.client.sendChunked(`${filler}From: bob@example.test\r\n\r\n.\r\n`, 40_000);
    await it.play(NOT_YOURS);
    await it.play('C: MAIL FROM:<>\nC: RCPT TO:<bob@example.test>\nC: DATA\nS~ ^250\nS~ ^250\nS~ ^354');
    it.client.sendChunked(`${filler}Date: today\r\n\r\n${'text\r\n'.repeat(100_000)}.\r\n`, 40_000);
    await it.play('S~ ^250');
    expect(it.taken[0]!.bytes.toString().match(/^Date:.*$/gm)).toEqual(['Date: today']);
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
