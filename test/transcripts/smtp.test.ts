import { describe, expect, it } from 'vitest';
import { OutcomeUnknown, TooLarge, Unavailable } from '../../mail/ports/index.ts';
import { type SmtpRig, smtpRig } from '../support/smtp.ts';

const HELLO = `
  S: 220 mail.example.test ESMTP Postern
  C: EHLO client.example.net
  S* ^250 SMTPUTF8
`;

/** Plays it behind greeting and EHLO. */
async function greeted(rig: SmtpRig, text: string): Promise<void> {
  await rig.play(HELLO + text);
}

/** Plays it behind MAIL and RCPT. */
async function inMessage(rig: SmtpRig, text: string): Promise<void> {
  await greeted(
    rig,
    `
      C: MAIL FROM:<sender@elsewhere.test>
      C: RCPT TO:<alice@example.test>
      S: 250 2.1.0 Sender ok
      S: 250 2.1.5 Recipient ok
      ${text}`,
  );
}

function body(rig: SmtpRig, index = 0): string {
  const text = rig.taken[index]!.bytes.toString('latin1');
  // Return-Path is one line; Received ends with the first line that is not folded.
  return text.replace(/^(?:Return-Path:.*\r\n)?Received:.*\r\n(?:\t.*\r\n)*/, '');
}

describe('EHLO and HELO', () => {
  it('lists what is supported', () =>
    smtpRig().play(`
      S: 220 mail.example.test ESMTP Postern
      C: EHLO client.example.net
      S: 250-mail.example.test
      S: 250-PIPELINING
      S: 250-SIZE 41943040
      S: 250-STARTTLS
      S: 250-ENHANCEDSTATUSCODES
      S: 250-8BITMIME
      S: 250 SMTPUTF8
      C: HELO client.example.net
      S: 250 mail.example.test
      C: helo [192.0.2.1]
      S: 250 mail.example.test
      C: QUIT
      S: 221 2.0.0 Bye
      S.
    `));

  it('does not offer STARTTLS where there is none', () =>
    smtpRig({ startTls: false }).play(`
      S~ ^220
      C: EHLO x
      S~ -mail
      S~ -PIPELINING
      S~ -SIZE
      S~ -ENHANCED
      C: STARTTLS
      S* ^250 SMTPUTF8
      S: 502 5.5.1 TLS is not available here
    `));

  it('refuses a name that is none', () =>
    smtpRig().play(String.raw`
      S~ ^220
      C: EHLO
      S~ ^501 5\.5\.4
      C: EHLO two words
      S~ ^501 5\.5\.4
      C: HELO <script>
      S~ ^501 5\.5\.4
      C: MAIL FROM:<a@b.test>
      S: 503 5.5.1 Say EHLO first
    `));

  it('forgets the message that was begun', () =>
    inMessage(
      smtpRig(),
      `
      C: EHLO again
      S* ^250 SMTPUTF8
      C: DATA
      S: 503 5.5.1 Say MAIL first
    `,
    ));
});

describe('MAIL', () => {
  it.each([
    'MAIL FROM:<>',
    'mail from:<a@b.test>',
    'MAIL FROM: <a@b.test>',
    'MAIL FROM:<a@b.test> SIZE=1000 BODY=8BITMIME SMTPUTF8 AUTH=<>',
    'MAIL FROM:<a@b.test>   size=1',
    'MAIL FROM:<"odd name"@b.test>',
    'MAIL FROM:<a..b.@b.test>',
    'MAIL FROM:<a@[192.0.2.1]>',
    'MAIL FROM:<@relay.test,@other.test:a@b.test>',
    'MAIL FROM:<prvs=123=a/b#c@b.test>',
    'MAIL FROM:<grüße@b.test> SMTPUTF8',
    `MAIL FROM:<${'v'.repeat(200)}@b.test>`,
  ])('takes %s', (line) => greeted(smtpRig(), `C: ${line}\nS: 250 2.1.0 Sender ok`));

  it.each([
    ['MAIL', '501 5.5.4'],
    ['MAIL TO:<a@b.test>', '501 5.5.4'],
    ['MAIL FROM a@b.test', '501 5.5.4'],
    ['MAIL FROM:a@b.test', '501 5.1.7'],
    ['MAIL FROM:<a@b.test', '501 5.1.7'],
    ['MAIL FROM:<a>', '501 5.1.7'],
    ['MAIL FROM:<a@b@c.test>', '501 5.1.7'],
    ['MAIL FROM:<a b@c.test>', '501 5.1.7'],
    ['MAIL FROM:<a@b..test>', '501 5.1.7'],
    ['MAIL FROM:<a@b.test>SIZE=1', '501 5.1.7'],
    [`MAIL FROM:<a@${'x'.repeat(256)}.test>`, '501 5.1.7'],
    [`MAIL FROM:<${'v'.repeat(320)}@b.test>`, '501 5.1.7'],
    ['MAIL FROM:<a@b.test> SIZE=-1', '501 5.5.4'],
    ['MAIL FROM:<a@b.test> SIZE=1 SIZE=2', '501 5.5.4'],
    ['MAIL FROM:<a@b.test> BODY=BINARYMIME', '501 5.5.4'],
    ['MAIL FROM:<a@b.test> SMTPUTF8=yes', '501 5.5.4'],
    ['MAIL FROM:<a@b.test> =x', '501 5.5.4'],
    ['MAIL FROM:<a@b.test> RET=HDRS', '555 5.5.4'],
    ['MAIL FROM:<a@b.test> SIZE=41943041', '552 5.3.4'],
    ['MAIL FROM:<grüße@b.test>', '553 5.6.7'],
  ])('refuses %s', (line, reply) =>
    greeted(smtpRig(), `C: ${line}\nS~ ^${reply} \nC: RCPT TO:<alice@example.test>\nS~ ^503`),
  );

  it('refuses a second one', () =>
    greeted(
      smtpRig(),
      String.raw`
      C: MAIL FROM:<a@b.test>
      C: MAIL FROM:<a@b.test>
      S: 250 2.1.0 Sender ok
      S~ ^503 5\.5\.1
    `,
    ));
});

describe('RCPT', () => {
  const withSender = (rig: SmtpRig, text: string) =>
    greeted(rig, `C: MAIL FROM:<x@y.test>\nS: 250 2.1.0 Sender ok\n${text}`);

  it.each([
    ['RCPT TO:<alice@example.test>', '250 2.1.5'],
    ['rcpt to:<"alice"@example.test>', '250 2.1.5'],
    ['RCPT TO: <alice+shop@EXAMPLE.TEST>', '250 2.1.5'],
    ['RCPT TO:<Postmaster>', '250 2.1.5'],
    ['RCPT TO:<@a.test:bob@example.test>', '250 2.1.5'],
    ['RCPT TO:<nobody@example.test>', '550 5.1.1'],
    ['RCPT TO:<off@example.test>', '550 5.2.1'],
    ['RCPT TO:<a@elsewhere.test>', '550 5.7.1'],
    ['RCPT TO:<a@[192.0.2.1]>', '550 5.7.1'],
    ['RCPT TO:<down@example.test>', '451 4.3.0'],
    ['RCPT TO:<>', '501 5.1.3'],
    ['RCPT TO:<alice>', '501 5.1.3'],
    ['RCPT TO:alice@example.test', '501 5.1.3'],
    ['RCPT FROM:<alice@example.test>', '501 5.5.4'],
    ['RCPT', '501 5.5.4'],
    ['RCPT TO:<alice@example.test> NOTIFY=NEVER', '555 5.5.4'],
    ['RCPT TO:<grüße@example.test>', '553 5.6.7'],
  ])('answers %s with %s', (line, reply) => withSender(smtpRig(), `C: ${line}\nS~ ^${reply} `));

  it('wants MAIL before it', () => greeted(smtpRig(), 'C: RCPT TO:<alice@example.test>\nS: 503 5.5.1 Say MAIL first'));

  it('takes an address beyond ASCII where MAIL asked for it', () =>
    greeted(
      smtpRig(),
      `
      C: MAIL FROM:<x@y.test> SMTPUTF8
      C: RCPT TO:<grüße@example.test>
      S~ ^250
      S~ ^250
    `,
    ));

  it('refuses bytes that are not UTF-8', () =>
    withSender(smtpRig(), 'C< RCPT TO:<gr\\xfc@example.test>\\r\\n\nS: 500 5.5.2 Command is not valid UTF-8'));

  it('stops at the limit, and keeps what it has', async () => {
    const rig = smtpRig({ limits: () => ({ size: 1000, recipients: 2 }) });
    await withSender(
      rig,
      String.raw`
      C: RCPT TO:<alice@example.test>
      C: RCPT TO:<bob@example.test>
      C: RCPT TO:<postmaster>
      C: DATA
      S~ ^250
      S~ ^250
      S~ ^452 4\.5\.3
      S~ ^354
      C< .\r\n
      S~ ^250
    `,
    );
    expect(rig.taken[0]!.mail.groups[0]!.deliveries.map((one) => one.account)).toEqual(['a1', 'b1']);
  });
});

describe('a quota', () => {
  const FULL = '452 4.2.2 The mailbox is full: send the message again when its owner has made room';
  const usage =
    (used: Readonly<Record<string, number>>, asked: string[] = [], messages = 0) =>
    async (account: string) => {
      asked.push(account);
      if (used[account] === undefined) throw new Unavailable('the store is away');
      return { bytes: used[account], messages };
    };

  it("that is used up refuses a recipient for now, on both profiles, and counts as nobody's fault", async () => {
    const steps = 'C: RCPT TO:<full@example.test>\n'.repeat(110) + `S: ${FULL}\n`.repeat(110);
    await greeted(smtpRig({ usage: usage({ q1: 1_000 }) }), `C: MAIL FROM:<x@y.test>\nS~ ^250\n${steps}`);
    const base64 = Buffer.from('\0alice@example.test\0grün und lang').toString('base64');
    const submission = smtpRig({ profile: 'submission', loopbackOnly: true, usage: usage({ q1: 1_001 }) });
    await greeted(
      submission,
      `C: AUTH PLAIN ${base64}\nS~ ^235\nC: MAIL FROM:<alice@example.test>\nS~ ^250\nC: RCPT TO:<full@example.test>\nS: ${FULL}`,
    );
  });

  it.each([
    ['', 999, '250'],
    ['', 1_000, '452'],
    [' SIZE=100', 900, '250'],
    [' SIZE=101', 900, '452'],
    [' SIZE=1001', 0, '452'],
  ])('counts what SIZE says: MAIL%s at %i of 1000 bytes: %s', (size, used, reply) =>
    greeted(
      smtpRig({ usage: usage({ q1: used }) }),
      `C: MAIL FROM:<x@y.test>${size}\nS~ ^250\nC: RCPT TO:<full@example.test>\nS~ ^${reply} `,
    ),
  );

  it.each([
    ['full@example.test', { q1: 2_000, q2: 0 }, '452'],
    ['fuller@example.test', { q1: 2_000, q2: 0 }, '250'],
    ['fuller@example.test', { q1: 2_000, q2: 2_000 }, '452'],
    ['fullandfree@example.test', { q1: 2_000 }, '250'],
    ['fullandfar@example.test', { q1: 2_000 }, '250'],
    ['full@example.test', {}, '250'],
  ])('refuses %s at %j with %s: only when nobody behind it has room', (to, used, reply) =>
    greeted(smtpRig({ usage: usage(used) }), `C: MAIL FROM:<>\nS~ ^250\nC: RCPT TO:<${to}>\nS~ ^${reply} `),
  );

  it.each([
    [9, '250'],
    [10, '452'],
  ])('may be of messages: at %i of 10: %s', (messages, reply) =>
    greeted(
      smtpRig({ usage: usage({ q1: 0 }, [], messages) }),
      `C: MAIL FROM:<>\nS~ ^250\nC: RCPT TO:<full@example.test>\nS~ ^${reply} `,
    ),
  );

  it('is asked for only where there is one', async () => {
    const asked: string[] = [];
    await greeted(
      smtpRig({ usage: usage({ q1: 0 }, asked) }),
      'C: MAIL FROM:<>\nS~ ^250\nC: RCPT TO:<list@example.test>\nS~ ^250\nC: RCPT TO:<full@example.test>\nS~ ^250',
    );
    expect(asked).toEqual(['q1']);
  });
});

describe('DATA', () => {
  it('takes a message and says under which id', async () => {
    const rig = smtpRig();
    await inMessage(
      rig,
      String.raw`
      C: DATA
      S: 354 End data with <CR><LF>.<CR><LF>
      C< Subject: hi\r\n\r\nline\r\n..dot\r\n...\r\n.\r\n
      S~ ^250 2\.0\.0 Ok: queued as [a-z2-7]{16}$
      C: QUIT
      S: 221 2.0.0 Bye
      S.
    `,
    );
    const { mail, bytes } = rig.taken[0]!;
    expect(bytes.toString()).toBe(
      'Return-Path: <sender@elsewhere.test>\r\n' +
        'Received: from client.example.net ([192.0.2.7])\r\n' +
        `\tby mail.example.test with ESMTP id ${mail.id}\r\n` +
        '\tfor <alice@example.test>;\r\n' +
        '\tFri, 20 Nov 2026 12:00:00 +0000\r\n' +
        'Subject: hi\r\n\r\nline\r\n.dot\r\n..\r\n',
    );
    expect(mail).toMatchObject({
      from: 'sender@elsewhere.test',
      via: 'mx',
      received: Date.UTC(2026, 10, 20, 12),
      smtputf8: false,
      groups: [{ tenant: 'default', deliveries: [{ account: 'a1', recipient: 'alice@example.test' }], relay: [] }],
    });
    expect(mail.eightBit()).toBe(false);
  });

  it('answers a whole conversation that came in one piece, in one flush', async () => {
    const rig = smtpRig();
    await rig.client.expect(/^220/);
    rig.client.send(
      'EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<nobody@example.test>\r\nRCPT TO:<bob@example.test>\r\nDATA\r\n' +
        'a: b\r\n\r\n\xe9\r\n.\r\nMAIL FROM:<>\r\nRSET\r\nQUIT\r\n',
    );
    const before = rig.client.flushes;
    const lines = (await rig.client.rest()).filter((line) => !line.startsWith('250-'));
    expect(lines.map((line) => line.slice(0, 3))).toEqual([
      '250',
      '250',
      '550',
      '250',
      '354',
      '250',
      '250',
      '250',
      '221',
    ]);
    expect(rig.client.flushes - before).toBeLessThanOrEqual(1);
    expect(rig.taken).toHaveLength(1);
    expect(rig.taken[0]!.mail.eightBit()).toBe(true);
    expect(body(rig)).toBe('a: b\r\n\r\n\xe9\r\n');
  });

  it('takes an empty message', async () => {
    const rig = smtpRig();
    await inMessage(rig, 'C: DATA\nS~ ^354\nC< .\\r\\n\nS~ ^250 2');
    expect(body(rig)).toBe('');
  });

  it('wants a recipient', async () => {
    await greeted(smtpRig(), 'C: DATA\nS: 503 5.5.1 Say MAIL first');
    await greeted(
      smtpRig(),
      `
      C: MAIL FROM:<>
      C: RCPT TO:<nobody@example.test>
      C: DATA
      S~ ^250
      S~ ^550
      S: 554 5.5.1 No valid recipients
    `,
    );
    await inMessage(smtpRig(), 'C: DATA now\nS~ ^501 5.5.4');
  });

  it('ends the transaction with it', () =>
    inMessage(
      smtpRig(),
      String.raw`
      C: DATA
      S~ ^354
      C< x: y\r\n.\r\n
      S~ ^250
      C: DATA
      S: 503 5.5.1 Say MAIL first
      C: MAIL FROM:<>
      S~ ^250
    `,
    ));

  it('files an account once that several recipients lead to, and copies nothing to Return-Path of mail that leaves', async () => {
    const rig = smtpRig();
    await inMessage(
      rig,
      String.raw`
      C: RCPT TO:<alice+shop@example.test>
      C: RCPT TO:<list@example.test>
      C: DATA
      S~ ^250
      S~ ^250
      S~ ^354
      C< .\r\n
      S~ ^250
    `,
    );
    expect(rig.taken[0]!.mail.groups).toEqual([
      {
        tenant: 'default',
        deliveries: [
          { account: 'a1', recipient: 'alice@example.test' },
          { account: 'b1', recipient: 'list@example.test' },
        ],
        relay: ['far@elsewhere.test'],
      },
    ]);
    expect(rig.taken[0]!.bytes.toString()).toMatch(/^Received: from [^<]*$/);
  });

  it('has recipients of a second tenant sent a message of their own (ME-4)', async () => {
    const rig = smtpRig();
    await inMessage(
      rig,
      String.raw`
      C: RCPT TO:<alice@example.test>
      C: RCPT TO:<carol@other.test>
      C: RCPT TO:<bob@example.test>
      C: DATA
      S~ ^250
      S: 452 4.5.3 Send the message to this recipient in a transaction of its own
      S~ ^250
      S~ ^354
      C< .\r\n
      S~ ^250
      C: MAIL FROM:<far@elsewhere.test>
      C: RCPT TO:<carol@other.test>
      C: DATA
      S~ ^250
      S~ ^250
      S~ ^354
      C< .\r\n
      S~ ^250
    `,
    );
    expect(
      rig.taken.map(({ mail }) => mail.groups.map(({ tenant, deliveries }) => [tenant, deliveries.length])),
    ).toEqual([[['default', 2]], [['second', 1]]]);
  });

  it.each([
    [new Unavailable('no'), '451 4.3.0'],
    [new OutcomeUnknown('no'), '451 4.3.0'],
    [new TooLarge('no'), '552 5.3.4'],
    [new TypeError('bug'), '451 4.3.0'],
  ])('does not say 250 when the store says %s', (error, reply) =>
    inMessage(
      smtpRig({ accept: () => Promise.reject(error) }),
      String.raw`
      C: DATA
      S~ ^354
      C< x: y\r\n.\r\n
      S~ ^${reply} 
      C: NOOP
      S: 250 2.0.0 Ok
    `,
    ),
  );

  it('refuses a message that goes in circles', () =>
    inMessage(
      smtpRig(),
      `C: DATA\nS~ ^354\nC< ${'Received: x\\r\\n'.repeat(101)}\\r\\n.\\r\\n\nS~ ^554 5.4.6\nC: NOOP\nS~ ^250`,
    ));

  it('counts only the header', async () => {
    const rig = smtpRig();
    await inMessage(rig, `C: DATA\nS~ ^354\nC< \\r\\n${'Received: x\\r\\n'.repeat(101)}.\\r\\n\nS~ ^250`);
  });
});

describe('size', () => {
  const small = { limits: () => ({ size: 1000, recipients: 10 }) };

  it('takes a message of the limit and refuses one byte more, after its end', async () => {
    const rig = smtpRig(small);
    await inMessage(rig, `C: DATA\nS~ ^354\nC< ${'x'.repeat(998)}\\r\\n.\\r\\n\nS~ ^250`);
    await rig.play(String.raw`
      C: MAIL FROM:<>
      C: RCPT TO:<bob@example.test>
      C: DATA
      S~ ^250
      S~ ^250
      S~ ^354
      C< ${'x'.repeat(999)}\r\n.\r\n
      S: 552 5.3.4 Message is too large: at most 1000 bytes are accepted
      C: NOOP
      S: 250 2.0.0 Ok
    `);
    expect(rig.taken).toHaveLength(1);
  });

  it('cuts off a client that never ends', async () => {
    const rig = smtpRig(small);
    await inMessage(rig, 'C: DATA\nS~ ^354');
    const chunk = Buffer.alloc(1 << 20, 'x\r\n');
    for (let i = 0; i < 20; i++) rig.client.send(chunk);
    await rig.client.expect(/^552/);
    await rig.client.closed();
  });

  it('streams a large message to the store, and refuses it there when it grows too large', async () => {
    const line = 'The quick brown fox jumps over the lazy dog.\r\n..\r\n';
    const text = line.repeat(20_000);
    const rig = smtpRig({ limits: () => ({ size: 1_500_000, recipients: 10 }) });
    await inMessage(rig, 'C: DATA\nS~ ^354');
    rig.client.sendChunked(`${text}.\r\n`, 50_001);
    await rig.client.expect(/^250/);
    expect(body(rig)).toBe(text.replaceAll('\r\n..\r\n', '\r\n.\r\n'));
    await rig.play('C: MAIL FROM:<>\nC: RCPT TO:<bob@example.test>\nC: DATA\nS~ ^250\nS~ ^250\nS~ ^354');
    rig.client.sendChunked(`${text}${text}.\r\nNOOP\r\n`, 50_001);
    await rig.client.expect(/^552/);
    await rig.client.expect('250 2.0.0 Ok');
    expect(rig.taken).toHaveLength(1);
  });

  it('reads a large message to its end when the store gives up early', async () => {
    const rig = smtpRig({ accept: () => Promise.reject(new Unavailable('no')) });
    await inMessage(rig, 'C: DATA\nS~ ^354');
    rig.client.sendChunked(`${'x\r\n'.repeat(200_000)}.\r\nNOOP\r\n`, 30_000);
    await rig.client.expect(/^451 4\.3\.0/);
    await rig.client.expect('250 2.0.0 Ok');
  });
});

describe('the header block', () => {
  const LIMIT = 1024 * 1024;
  const REFUSED = `552 5.3.4 Message header is too large: at most ${LIMIT} bytes may come before the first empty line`;
  /** A header block of exactly so many bytes, its empty line included. */
  const header = (bytes: number) => {
    const field = `X-Field: ${'x'.repeat(989)}\r\n`;
    const fields = field.repeat(Math.floor((bytes - 20) / field.length));
    return `${fields}Y: ${'y'.repeat(bytes - fields.length - 7)}\r\n\r\n`;
  };

  it.each([
    ['in one piece', Number.POSITIVE_INFINITY],
    ['in small pieces', 1_000],
    ['in large pieces', 100_001],
  ])('may have a megabyte, and one byte more is refused after the end of the data: %s', async (_, piece) => {
    const rig = smtpRig();
    await inMessage(rig, 'C: DATA\nS~ ^354');
    rig.client.sendChunked(`${header(LIMIT)}text\r\n.\r\n`, piece);
    await rig.client.expect(/^250/);
    expect(body(rig)).toBe(`${header(LIMIT)}text\r\n`);
    for (const bytes of [LIMIT + 1, 3 * LIMIT]) {
      await rig.play('C: MAIL FROM:<>\nC: RCPT TO:<bob@example.test>\nC: DATA\nS~ ^250\nS~ ^250\nS~ ^354');
      rig.client.sendChunked(`${header(bytes)}text\r\n.\r\nNOOP\r\n`, piece);
      await rig.client.expect(REFUSED);
      await rig.client.expect('250 2.0.0 Ok');
    }
    expect(rig.taken).toHaveLength(1);
  });

  it('is the whole message where no empty line comes', async () => {
    const rig = smtpRig();
    await inMessage(rig, 'C: DATA\nS~ ^354');
    rig.client.sendChunked(`${'not a header\r\n'.repeat(80_000)}.\r\n`, 50_000);
    await rig.client.expect(REFUSED);
    expect(rig.taken).toEqual([]);
  });

  it('is empty where the message begins with an empty line', async () => {
    const rig = smtpRig();
    await inMessage(rig, 'C: DATA\nS~ ^354');
    const text = `\r\n${'body\r\n'.repeat(300_000)}`;
    rig.client.sendChunked(`${text}.\r\n`, 50_000);
    await rig.client.expect(/^250/);
    expect(body(rig)).toBe(text);
  });

  it('is as small with a refused client as with an accepted one: nothing is kept while the rest is read', async () => {
    let held = 0;
    const rig = smtpRig({
      accept: async (_, source) => {
        if (source instanceof Uint8Array) throw new Error('not a stream');
        for await (const piece of source) held = Math.max(held, piece.length);
      },
    });
    await inMessage(rig, 'C: DATA\nS~ ^354');
    rig.client.sendChunked(`${header(20 * LIMIT)}.\r\n`, 60_000);
    await rig.client.expect(REFUSED);
    expect(held).toBeLessThan(300_000);
  });
});

describe('the other commands', () => {
  it('answers them', () =>
    greeted(
      smtpRig(),
      String.raw`
      C: NOOP
      C: noop anything at all
      C: VRFY alice
      C: VRFY
      C: HELP
      C: RSET
      C: RSET now
      C: QUIT now
      C: EXPN list
      C: BDAT 10 LAST
      C: FOO
      C:  NOOP
      C: 
      S: 250 2.0.0 Ok
      S: 250 2.0.0 Ok
      S~ ^252 2\.1\.5
      S~ ^501 5\.5\.4
      S~ ^214 2\.0\.0
      S: 250 2.0.0 Ok
      S~ ^501 5\.5\.4
      S~ ^501 5\.5\.4
      S: 500 5.5.2 Command not recognized
      S: 500 5.5.2 Command not recognized
      S: 500 5.5.2 Command not recognized
      S: 500 5.5.2 Command not recognized
      S: 500 5.5.2 Command not recognized
    `,
    ));

  it('does not take AUTH from the world', () => greeted(smtpRig(), 'C: AUTH PLAIN AGEAYg==\nS~ ^502 5.5.1 This port'));

  it('forgets on RSET', () => inMessage(smtpRig(), 'C: RSET\nS~ ^250\nC: DATA\nS~ ^503'));

  it.each(['NOOP\nNOOP', 'NO\rOP', 'NOOP\r'])('refuses a bare line end in a command: %j', async (text) => {
    const rig = smtpRig();
    await greeted(rig, '');
    rig.client.send(`${text}\r\n`);
    await rig.client.expect('500 5.5.2 Lines end with CR LF and hold neither CR nor LF elsewhere');
  });

  it('refuses a line that is too long, and reads on behind it', async () => {
    const rig = smtpRig();
    await greeted(rig, '');
    rig.client.sendChunked(`NOOP ${'x'.repeat(100_000)}\r\nNOOP\r\n`, 1000);
    await rig.client.expect('500 5.5.2 Line too long');
    await rig.client.expect('250 2.0.0 Ok');
  });

  it('closes on a line without end', async () => {
    const rig = smtpRig();
    await greeted(rig, '');
    for (let i = 0; i < 20; i++) rig.client.send(Buffer.alloc(65_536, 'x'));
    await rig.client.expect('500 5.5.2 Line too long');
    await rig.client.closed();
  });

  it('closes after too many errors', async () => {
    const rig = smtpRig();
    await greeted(rig, '');
    rig.client.send('NONSENSE\r\n'.repeat(30));
    const lines = await rig.client.rest();
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toBe('421 4.7.0 Too many errors');
  });

  it('closes on a client that guesses addresses', async () => {
    const rig = smtpRig();
    await greeted(rig, 'C: MAIL FROM:<>\nS~ ^250');
    for (let i = 0; i < 110; i++) rig.client.send(`RCPT TO:<guess${i}@example.test>\r\n`);
    expect((await rig.client.rest()).at(-1)).toBe('421 4.7.0 Too many errors');
  });

  it('says 421 when nothing comes, before and within a message', async () => {
    const rig = smtpRig();
    await greeted(rig, '');
    expect(rig.client.idle).toBe(300_000);
    rig.client.timeout();
    expect(await rig.client.rest()).toEqual(['421 4.4.2 Nothing came for too long']);
    const other = smtpRig();
    await inMessage(other, 'C: DATA\nS~ ^354\nC< half a mes');
    await new Promise(setImmediate);
    other.client.timeout();
    expect(await other.client.rest()).toEqual(['421 4.4.2 Nothing came for too long']);
    expect(other.taken).toEqual([]);
  });

  it('keeps nothing of a message that the client breaks off', async () => {
    const rig = smtpRig();
    await inMessage(rig, 'C: DATA\nS~ ^354\nC< x: y\\r\\n\\r\\nhalf\nC.');
    await expect(rig.done).rejects.toThrow('closed within a message');
    expect(rig.taken).toEqual([]);
  });
});

describe('stopping', () => {
  it('tells idle clients and closes', async () => {
    const rig = smtpRig();
    await inMessage(rig, '');
    await new Promise(setImmediate);
    rig.server.stop();
    expect(await rig.client.rest()).toEqual(['421 4.3.2 The server is stopping: try again later']);
  });

  it('finishes the message at hand first', async () => {
    const rig = smtpRig();
    await inMessage(rig, 'C: DATA\nS~ ^354\nC< x: y\\r\\n');
    rig.server.stop();
    rig.client.send('.\r\nMAIL FROM:<>\r\n');
    await rig.client.expect(/^250 2.0.0 Ok: queued/);
    expect(await rig.client.rest()).toEqual(['421 4.3.2 The server is stopping: try again later']);
    expect(rig.taken).toHaveLength(1);
  });
});
