import { afterEach, describe, expect, it } from 'vitest';
import { selfSigned } from '../../adapters/net/certificate.ts';
import { createSmtpClient } from '../../adapters/net/smtp-client.ts';
import { type RelayAttempt, RelayError } from '../../mail/ports/index.ts';
import { type PeerScript, type SmtpPeer, startSmtpPeer } from '../support/smtp-peer.ts';

const HOUR = 3_600_000;
const tls = selfSigned(['peer.test', '127.0.0.1'], Date.now() - HOUR, Date.now() + HOUR);
const MESSAGE = 'Subject: hi\r\n\r\nHello\r\n.dot\r\n..two\r\n';

const peers: SmtpPeer[] = [];
afterEach(async () => {
  for (const peer of peers.splice(0)) await peer.close();
});

async function peer(script: PeerScript = {}): Promise<SmtpPeer> {
  const started = await startSmtpPeer(script);
  peers.push(started);
  return started;
}

function attempt(to: SmtpPeer, change: Partial<RelayAttempt> = {}, envelope: Partial<RelayAttempt['envelope']> = {}) {
  return {
    host: 'peer.test',
    address: to.host,
    port: to.port,
    tls: 'opportunistic',
    heloName: 'mail.example.test',
    envelope: {
      from: 'alice@example.test',
      to: ['bob@peer.test'],
      smtputf8: false,
      eightBit: false,
      size: MESSAGE.length,
      ...envelope,
    },
    message: () => chunks(MESSAGE),
    timeouts: { connect: 2000, greeting: 2000, idle: 2000 },
    ...change,
  } satisfies RelayAttempt;
}

async function* chunks(text: string): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < text.length; i += 7) yield Buffer.from(text.slice(i, i + 7), 'latin1');
}

async function failure(promise: Promise<unknown>): Promise<RelayError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(RelayError);
  return error as RelayError;
}

describe('one delivery', () => {
  it('delivers the bytes as they are and gives the server’s words', async () => {
    const to = await peer();
    const results = await createSmtpClient().deliver(attempt(to));
    expect(results).toEqual([
      {
        recipient: 'bob@peer.test',
        ok: true,
        code: 250,
        enhanced: '2.0.0',
        text: 'taken',
        remote: 'peer.test[127.0.0.1]',
      },
    ]);
    expect(to.messages[0]?.bytes.toString()).toBe(MESSAGE);
    expect(to.commands.slice(0, 2)).toEqual([
      'EHLO mail.example.test',
      `MAIL FROM:<alice@example.test> SIZE=${MESSAGE.length}`,
    ]);
  });

  it('answers for each recipient, with and without PIPELINING', async () => {
    for (const extensions of [['PIPELINING'], []]) {
      const to = await peer({
        extensions,
        reply: (line) => {
          if (line.includes('greylisted')) return '450 4.2.0 come back';
          return line.includes('nobody') ? '550-5.1.1 no such\r\n550 5.1.1 user' : undefined;
        },
      });
      const recipients = ['nobody@peer.test', 'bob@peer.test', 'greylisted@peer.test'];
      const results = await createSmtpClient().deliver(attempt(to, {}, { to: recipients }));
      expect(
        results.map(({ recipient, ok, code, enhanced, text }) => ({ recipient, ok, code, enhanced, text })),
      ).toEqual([
        { recipient: 'nobody@peer.test', ok: false, code: 550, enhanced: '5.1.1', text: 'no such user' },
        { recipient: 'bob@peer.test', ok: true, code: 250, enhanced: '2.0.0', text: 'taken' },
        { recipient: 'greylisted@peer.test', ok: false, code: 450, enhanced: '4.2.0', text: 'come back' },
      ]);
      expect(to.messages[0]?.to).toEqual(['bob@peer.test']);
    }
  });

  it('keeps the answers apart when all recipients or the message are refused', async () => {
    const all = await peer({ reply: (line) => (/^RCPT/.test(line) ? '451 later' : undefined) });
    const [one] = await createSmtpClient().deliver(attempt(all));
    expect(one).toMatchObject({ ok: false, code: 451, enhanced: '4.0.0', text: 'later' });

    const data = await peer({
      reply: (line) => (line.includes('full') ? '452 4.2.2 full' : line === '.' ? '554 5.7.1 spam' : undefined),
    });
    const results = await createSmtpClient().deliver(attempt(data, {}, { to: ['full@peer.test', 'bob@peer.test'] }));
    expect(results.map((result) => result.code)).toEqual([452, 554]);
    expect(results.every((result) => !result.ok)).toBe(true);
  });

  it('reports a refused MAIL FROM for the whole message, although RCPT is answered with 503', async () => {
    const to = await peer({
      reply: (line) => (/^MAIL/.test(line) ? '550 5.7.1 not you' : /^(RCPT|DATA)/.test(line) ? '503 order' : undefined),
    });
    expect(await failure(createSmtpClient().deliver(attempt(to)))).toMatchObject({
      temporary: false,
      code: 550,
      enhanced: '5.7.1',
      stage: 'mail',
    });
  });

  it('says how far it came when the session fails', async () => {
    const cases: [PeerScript, Partial<RelayError>][] = [
      [{ greeting: '421 4.3.2 busy' }, { stage: 'greeting', temporary: true, code: 421 }],
      [{ greeting: '554 5.3.2 no mail here' }, { stage: 'greeting', temporary: false, code: 554, enhanced: '5.3.2' }],
      [{ greeting: 'close' }, { stage: 'greeting', temporary: true, code: 0 }],
      [{ greeting: 'silent' }, { stage: 'greeting', temporary: true, code: 0 }],
      [{ reply: (line) => (/^MAIL/.test(line) ? '421 4.3.0 stopping' : undefined) }, { stage: 'greeting', code: 421 }],
      [
        { reply: (line) => (/^RCPT/.test(line) ? 'close' : undefined) },
        { stage: 'greeting', temporary: true, code: 0 },
      ],
      [{ reply: (line) => (line === '.' ? 'close' : undefined) }, { stage: 'sent', temporary: true, code: 0 }],
      [{ reply: (line) => (line === '.' ? 'silent' : undefined) }, { stage: 'sent', temporary: true, code: 0 }],
      [
        { reply: (line) => (line === '.' ? '451 4.3.0 disk' : undefined) },
        { stage: 'data', temporary: true, code: 451 },
      ],
      [
        { reply: (line) => (line === '.' ? '550 5.6.0 no' : undefined) },
        { stage: 'data', temporary: false, code: 550 },
      ],
    ];
    for (const [script, expected] of cases) {
      const to = await peer(script);
      const timeouts = { connect: 2000, greeting: 300, idle: 300 };
      const error = await failure(createSmtpClient().deliver(attempt(to, { timeouts })));
      expect(error, JSON.stringify(expected)).toMatchObject(expected);
    }
  });

  it('cannot connect', async () => {
    const to = await peer();
    await peers.pop()!.close();
    const error = await failure(createSmtpClient().deliver(attempt(to)));
    expect(error).toMatchObject({
      stage: 'connect',
      temporary: true,
      enhanced: '4.4.1',
      remote: 'peer.test[127.0.0.1]',
    });
  });

  it('stops when told to', async () => {
    const to = await peer({ reply: (line) => (/^MAIL/.test(line) ? 'silent' : undefined) });
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    const error = await failure(createSmtpClient().deliver(attempt(to, { signal: controller.signal })));
    expect(error).toMatchObject({ temporary: true, stage: 'greeting' });
    expect(to.messages).toEqual([]);
  });

  it('never ends a message that it could not read to its end', async () => {
    const to = await peer();
    const broken = new Error('store');
    async function* message(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('Subject: half\r\n\r\n');
      throw broken;
    }
    const error = await failure(createSmtpClient().deliver(attempt(to, { message })));
    expect(error).toMatchObject({ stage: 'source', temporary: true });
    expect(error.cause).toBe(broken);
    expect(to.messages).toEqual([]);
  });

  it('sends 20 MB in pieces', async () => {
    const to = await peer();
    const line = Buffer.from(`${'x'.repeat(998)}\r\n`.repeat(64));
    async function* message(): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 320; i++) yield line;
    }
    const size = 320 * line.length;
    const [result] = await createSmtpClient().deliver(attempt(to, { message }, { size }));
    expect(result?.ok).toBe(true);
    expect(to.messages[0]?.bytes.length).toBe(size);
  });
});

describe('extensions', () => {
  it('does not send a message that is over the peer’s SIZE', async () => {
    const to = await peer({ extensions: ['SIZE 10'] });
    const error = await failure(createSmtpClient().deliver(attempt(to)));
    expect(error).toMatchObject({ temporary: false, enhanced: '5.3.4', stage: 'mail' });
    expect(to.commands.some((line) => line.startsWith('MAIL'))).toBe(false);
  });

  it('asks for 8BITMIME and SMTPUTF8 where they are needed and offered', async () => {
    const to = await peer();
    await createSmtpClient().deliver(attempt(to, {}, { smtputf8: true, eightBit: true }));
    expect(to.messages[0]?.mail).toBe(`MAIL FROM:<alice@example.test> BODY=8BITMIME SIZE=${MESSAGE.length} SMTPUTF8`);
    await createSmtpClient().deliver(attempt(to, {}, { smtputf8: true, to: ['böb@peer.test'] }));
    expect(to.messages[1]?.mail).toBe(`MAIL FROM:<alice@example.test> SMTPUTF8 SIZE=${MESSAGE.length}`);
    expect(to.messages[1]?.to).toEqual(['böb@peer.test']);
  });

  it('refuses for good where SMTPUTF8 is needed and not offered', async () => {
    const to = await peer({ extensions: ['8BITMIME'] });
    const error = await failure(createSmtpClient().deliver(attempt(to, {}, { smtputf8: true })));
    expect(error).toMatchObject({ temporary: false, enhanced: '5.6.7' });
  });

  it('passes DSN parameters on', async () => {
    const to = await peer({ extensions: ['DSN'] });
    await createSmtpClient().deliver(attempt(to, {}, { dsn: { ret: 'hdrs', envid: 'QQ1' } }));
    expect(to.messages[0]?.mail).toBe('MAIL FROM:<alice@example.test> RET=HDRS ENVID=QQ1');
  });

  it('falls back to HELO', async () => {
    const to = await peer({ reply: (line) => (/^EHLO/.test(line) ? '502 5.5.1 no' : undefined) });
    const [result] = await createSmtpClient().deliver(attempt(to));
    expect(result?.ok).toBe(true);
    expect(to.commands.slice(0, 2)).toEqual(['EHLO mail.example.test', 'HELO mail.example.test']);
  });
});

describe('TLS', () => {
  it('uses what is offered and does not mind whose certificate it is', async () => {
    const to = await peer({ tls });
    await createSmtpClient().deliver(attempt(to, { host: 'somebody.else.test' }));
    expect(to.messages[0]?.secure).toBe(true);
  });

  it('goes on in cleartext when STARTTLS is refused or breaks', async () => {
    const refuses = await peer({ tls, reply: (line) => (line === 'STARTTLS' ? '454 4.7.0 not now' : undefined) });
    await createSmtpClient().deliver(attempt(refuses));
    expect(refuses.messages[0]?.secure).toBe(false);
    const breaks = await peer({ tls, reply: (line) => (line === 'STARTTLS' ? '220 go\r\nnonsense' : undefined) });
    await createSmtpClient().deliver(attempt(breaks));
    expect(breaks.messages[0]?.secure).toBe(false);
    expect(breaks.connections.total).toBe(2);
  });

  it('required: verified, or not at all', async () => {
    const to = await peer({ tls });
    const trusting = createSmtpClient({ ca: tls.cert });
    expect((await trusting.deliver(attempt(to, { tls: 'required' })))[0]?.ok).toBe(true);
    expect(await failure(trusting.deliver(attempt(to, { tls: 'required', host: 'other.test' })))).toMatchObject({
      stage: 'tls',
      temporary: true,
    });
    expect(await failure(createSmtpClient().deliver(attempt(to, { tls: 'required' })))).toMatchObject({ stage: 'tls' });
    const plain = await peer();
    expect(await failure(trusting.deliver(attempt(plain, { tls: 'required' })))).toMatchObject({ stage: 'tls' });
    expect(to.messages.length + plain.messages.length).toBe(1);
  });

  it('implicit: verified', async () => {
    const to = await peer({ tls, implicit: true, auth: { user: 'u', password: 'p' } });
    const auth = { user: 'u', password: 'p' };
    await createSmtpClient({ ca: tls.cert }).deliver(attempt(to, { tls: 'implicit', auth }));
    expect(to.messages[0]).toMatchObject({ secure: true, authenticated: true });
    expect(await failure(createSmtpClient().deliver(attempt(to, { tls: 'implicit', auth })))).toMatchObject({
      stage: 'tls',
    });
  });

  it('sends a password over TLS only, unless told that there is none', async () => {
    const auth = { user: 'u', password: 'p' };
    const plain = await peer({ auth });
    expect(await failure(createSmtpClient().deliver(attempt(plain, { auth })))).toMatchObject({
      stage: 'auth',
      temporary: true,
    });
    expect(plain.commands.some((line) => line.startsWith('AUTH'))).toBe(false);
    await createSmtpClient().deliver(attempt(plain, { auth, tls: 'none' }));
    expect(plain.messages[0]?.authenticated).toBe(true);
  });

  it('takes a refused password for a matter that the operator can mend', async () => {
    const to = await peer({ tls, auth: { user: 'u', password: 'p' } });
    const error = await failure(createSmtpClient().deliver(attempt(to, { auth: { user: 'u', password: 'wrong' } })));
    expect(error).toMatchObject({ stage: 'auth', temporary: true, code: 535, enhanced: '5.7.8' });
  });
});
