/** Who may connect and sign in, as the administrator sets it while the program runs: seen from outside, behind a load balancer. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { proxyHeader } from '../support/balancer.ts';
import { LineClient } from '../support/line-client.ts';
import { type Cli, postern } from '../support/postern.ts';
import { ScramClient } from '../support/scram.ts';
import { type System, startSystem } from '../support/system.ts';

const PASSWORD = 'correct horse battery';

let system: System;
let cli: Cli;
const clients: LineClient[] = [];

beforeAll(async () => {
  system = await startSystem({ env: { POSTERN_PROXY: '1', POSTERN_DEMO: '0', POSTERN_LOG: 'info' } });
  cli = postern(system);
  for (const domain of ['one.test', 'two.test']) await did('domain', 'add', domain);
  for (const address of ['alice@one.test', 'bob@one.test', 'bob@two.test']) {
    await did('account', 'add', address, '--password-stdin', { stdin: `${PASSWORD}\n` });
  }
});
afterAll(() => system?.remove());
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
});

async function did(...args: Parameters<Cli>): Promise<void> {
  const said = await cli(...args);
  expect(said, said.stderr).toMatchObject({ code: 0 });
}

const set = (key: string, value: string, ...scope: string[]) => did('settings', 'set', key, value, ...scope);

/** The fields of what was logged under that name. */
const logged = (event: string): Record<string, unknown>[] =>
  system
    .stderr()
    .split('\n')
    .filter((line) => line.includes(`"event":"${event}"`))
    .map((line) => JSON.parse(line));

type Name = 'smtp' | 'submissions' | 'imap' | 'imaps' | 'pop3' | 'pop3s';
const GREETING = /^(220 |\* OK |\+OK )/;

/** A connection, and the first line on it; undefined where it was closed without. */
async function dial(name: Name, from: string): Promise<{ client: LineClient; first: string | undefined }> {
  const client = new LineClient(system.port(name), { from, tls: name.endsWith('s') });
  clients.push(client);
  return { client, first: await client.line() };
}

/** Opens that many, which must all be greeted. */
async function open(count: number, from: (n: number) => string, name: Name): Promise<LineClient[]> {
  const opened: LineClient[] = [];
  for (let n = 0; n < count; n++) {
    const { client, first } = await dial(name, from(n));
    opened.push(client);
    expect(first).toMatch(GREETING);
  }
  return opened;
}

/** The answer to a sign-in over TLS, without its tag. */
async function signIn(service: 'imaps' | 'pop3s' | 'submissions', name: string, password = PASSWORD): Promise<string> {
  const { client } = await dial(service, '198.51.100.1');
  let answer: string;
  if (service === 'imaps') answer = (await client.ask(`a LOGIN ${name} "${password}"`, /^a /)).slice(2);
  else if (service === 'pop3s') {
    await client.ask(`USER ${name}`, /^\+OK/);
    answer = await client.ask(`PASS ${password}`);
  } else {
    await client.ask('EHLO x.test', /^250 /);
    answer = await client.ask(`AUTH PLAIN ${Buffer.from(`\0${name}\0${password}`).toString('base64')}`);
  }
  client.destroy();
  return answer;
}

const IN = /^(OK |\+OK |235 )/;

describe('connections', () => {
  const SAYS: Partial<Record<Name, string>> = {
    smtp: '421 4.3.2 Too many connections: try again later',
    imap: '* BYE Too many connections: try again later',
    pop3: '-ERR [SYS/TEMP] Too many connections: try again later',
  };

  /** Settings count from the next connection on. */
  const passBy = async () => (await dial('smtp', '198.51.100.98')).client.destroy();

  it.each([
    ['smtp', '203.0.113.201'],
    ['imap', '203.0.113.202'],
    ['pop3', '203.0.113.203'],
  ] as const)('PL-5: the 6th of one address is refused at 5, another address is not: %s', async (name, address) => {
    await set('connections.perAddress', '5');
    await passBy();
    const [first] = await open(5, () => address, name);
    const sixth = await dial(name, address);
    expect(sixth.first).toBe(SAYS[name]);
    expect(await sixth.client.rest()).toEqual([]);
    await open(1, () => '203.0.113.200', name);
    // One goes, one comes.
    first!.destroy();
    await expect.poll(async () => (await dial(name, address)).first, { timeout: 10_000 }).toMatch(GREETING);
    await set('connections.perAddress', '50');
    await passBy();
    await open(3, () => address, name);
  });

  it('PL-4: the 101st is refused at 100, whatever its address and protocol; with TLS it is closed', async () => {
    await set('connections.total', '100');
    const names = ['smtp', 'imap', 'pop3'] as const;
    const hundred: LineClient[] = [];
    // Connections of earlier tests may still be on their way out.
    await expect
      .poll(
        async () => {
          const { client, first } = await dial(names[hundred.length % 3]!, `203.0.113.${hundred.length}`);
          if (first?.match(GREETING)) hundred.push(client);
          return hundred.length;
        },
        { timeout: 30_000, interval: 1 },
      )
      .toBe(100);
    for (const name of names) expect((await dial(name, '198.51.100.7')).first).toBe(SAYS[name]);
    for (const name of ['imaps', 'pop3s'] as const) expect((await dial(name, '198.51.100.7')).first).toBeUndefined();
    await set('connections.total', '20000');
    await dial('smtp', '198.51.100.7');
    for (const name of names) expect((await dial(name, '198.51.100.7')).first).toMatch(GREETING);
    const refused = system
      .stderr()
      .split('\n')
      .filter((line) => line.includes('"net.refused"'));
    expect(refused.map((line) => JSON.parse(line).limit)).toEqual(expect.arrayContaining(['total', '203.0.113.202']));
  });
});

describe('login names', () => {
  it('PL-8: full names always, short ones where that is set and one account only has it', async () => {
    for (const service of ['imaps', 'pop3s', 'submissions'] as const) {
      await set('accounts.loginNames', 'full');
      expect(await signIn(service, 'alice@one.test')).toMatch(IN);
      const refused = await signIn(service, 'alice');
      expect(refused).toMatch(/^(NO \[AUTHENTICATIONFAILED\]|-ERR \[AUTH\]|535 )/);
      await set('accounts.loginNames', 'both');
      expect(await signIn(service, 'alice')).toMatch(IN);
      expect(await signIn(service, 'bob')).toBe(refused);
      expect(await signIn(service, 'bob@two.test')).toMatch(IN);
    }
  });
});

describe('services', () => {
  it.each([
    ['the server', 'alice@one.test', undefined, []],
    ['a domain', 'alice@one.test', 'bob@two.test', ['--domain', 'one.test']],
    ['an account', 'alice@one.test', 'bob@one.test', ['--account', 'alice@one.test']],
  ])('SM-8, NC-6, ME-12: POP3 and IMAP are switched off and on for %s while it runs', async (_, off, on, scope) => {
    for (const [key, service, other] of [
      ['accounts.pop3', 'pop3s', 'imaps'],
      ['accounts.imap', 'imaps', 'pop3s'],
    ] as const) {
      expect(await signIn(service, off)).toMatch(IN);
      await set(key, 'off', ...scope);
      expect(await signIn(service, off)).toMatch(/^(NO \[NOPERM\]|-ERR \[SYS\/PERM\]) (IMAP|POP3) is switched off/);
      expect(await signIn(service, off, 'wrong password')).toMatch(/^(NO \[AUTHENTICATIONFAILED\]|-ERR \[AUTH\])/);
      expect(await signIn(other, off)).toMatch(IN);
      if (on !== undefined) expect(await signIn(service, on)).toMatch(IN);
      await set(key, 'on', ...scope);
      expect(await signIn(service, off)).toMatch(IN);
    }
  });

  it('NC-6: POP3 is off by default where the server says so, and on for the one account that has it', async () => {
    await set('accounts.pop3', 'off');
    await did('account', 'set', 'alice@one.test', 'pop3=on');
    expect(await signIn('pop3s', 'alice@one.test')).toMatch(IN);
    expect(await signIn('pop3s', 'bob@two.test')).toMatch(/^-ERR \[SYS\/PERM\]/);
    await set('accounts.pop3', 'on');
  });
});

describe('IM-3: no password in cleartext', () => {
  it('is taken from elsewhere, by LOGIN, USER, PASS, or a mechanism that shows it', async () => {
    const plain = Buffer.from(`\0alice@one.test\0${PASSWORD}`).toString('base64');
    const imap = await dial('imap', '198.51.100.1');
    expect(imap.first).toContain('LOGINDISABLED');
    expect(imap.first).not.toContain('AUTH=PLAIN');
    for (const command of [`LOGIN alice@one.test "${PASSWORD}"`, `AUTHENTICATE PLAIN ${plain}`]) {
      expect(await imap.client.ask(`a ${command}`, /^a /)).toMatch(/^a NO \[PRIVACYREQUIRED\]/);
    }
    const pop3 = await dial('pop3', '198.51.100.1');
    expect(await pop3.client.ask('USER alice@one.test')).toMatch(/^-ERR /);
    expect(await pop3.client.ask(`PASS ${PASSWORD}`)).toMatch(/^-ERR /);
    expect(await pop3.client.ask(`AUTH PLAIN ${plain}`)).toMatch(/^-ERR /);
    const smtp = await dial('smtp', '198.51.100.1');
    expect(await smtp.client.ask('EHLO x.test', /^250 /)).not.toContain('AUTH');
    expect(await smtp.client.ask(`AUTH PLAIN ${plain}`)).toMatch(/^5/);
    await expect
      .poll(() =>
        logged('login.refused')
          .slice(-5)
          .map(({ service, reason }) => `${service}: ${reason}`),
      )
      .toEqual([...Array(2).fill('imap: no TLS'), ...Array(3).fill('pop3: no TLS')]);
  });

  it('is taken for oneself only', async () => {
    const other = btoa(`bob@one.test\0alice@one.test\0${PASSWORD}`);
    const imap = await dial('imaps', '198.51.100.1');
    expect(await imap.client.ask(`a AUTHENTICATE PLAIN ${other}`, /^a /)).toMatch(/^a NO \[AUTHORIZATIONFAILED\]/);
    const pop3 = await dial('pop3s', '198.51.100.1');
    expect(await pop3.client.ask(`AUTH PLAIN ${other}`)).toMatch(/^-ERR \[SYS\/PERM\]/);
    await expect
      .poll(() =>
        logged('login.refused')
          .slice(-2)
          .map(({ reason }) => reason),
      )
      .toEqual(Array(2).fill('in the name of another account'));
  });
});

describe('IM-3: every way to sign in under TLS, with the right password and with a wrong one', () => {
  const NAME = 'alice@one.test';
  const plain = (password: string) => btoa(`\0${NAME}\0${password}`);

  /** Answers challenges until the server says how it ended. */
  async function converse(client: LineClient, begin: string, answers: ((challenge: string) => string)[]) {
    client.send(`${begin}\r\n`);
    for (const answer of answers) {
      const line = await client.line();
      const challenge = /^(?:\+|334) (.*)$/.exec(line ?? '');
      if (challenge === null) return line;
      client.send(`${answer(challenge[1]!)}\r\n`);
    }
    return client.line();
  }

  const scram = (client: LineClient, begin: string, password: string) => {
    const user = new ScramClient({ name: NAME, password });
    return converse(client, `${begin} SCRAM-SHA-256 ${user.first()}`, [(text) => user.final(text), () => '']);
  };
  const WAYS = [
    ['imaps', 'LOGIN', (client, password) => converse(client, `a LOGIN ${NAME} "${password}"`, [])],
    ['imaps', 'PLAIN', (client, password) => converse(client, 'a AUTHENTICATE PLAIN', [() => plain(password)])],
    ['imaps', 'SCRAM-SHA-256', (client, password) => scram(client, 'a AUTHENTICATE', password)],
    ['pop3s', 'PLAIN', (client, password) => converse(client, 'AUTH PLAIN', [() => plain(password)])],
    ['pop3s', 'SCRAM-SHA-256', (client, password) => scram(client, 'AUTH', password)],
    ['submissions', 'PLAIN', (client, password) => converse(client, 'AUTH PLAIN', [() => plain(password)])],
    [
      'submissions',
      'LOGIN',
      (client, password) => converse(client, 'AUTH LOGIN', [() => btoa(NAME), () => btoa(password)]),
    ],
    ['submissions', 'SCRAM-SHA-256', (client, password) => scram(client, 'AUTH', password)],
  ] as const satisfies [Name, string, (client: LineClient, password: string) => Promise<string | undefined>][];

  it.each(WAYS)('%s: %s', async (service, _, way) => {
    for (const [password, says] of [
      [PASSWORD, /^(a OK|\+OK|235) /],
      ['not the password', /^(a NO \[AUTHENTICATIONFAILED\]|-ERR \[AUTH\]|535 5\.7\.8) /],
    ] as const) {
      const { client } = await dial(service, '198.51.100.31');
      if (service === 'submissions') await client.ask('EHLO x.test', /^250 /);
      expect(await way(client, password)).toMatch(says);
    }
  });
});

describe('PROXY protocol v2', () => {
  const header = proxyHeader('203.0.113.9', 1, 143);
  const spoilt = (at: number, byte: number) => {
    const bytes = Buffer.from(header);
    bytes[at] = byte;
    return bytes;
  };

  it.each([
    ['none', Buffer.from('a NOOP\r\n')],
    ['version 1', Buffer.from('PROXY TCP4 203.0.113.9 10.0.0.1 1 143\r\n')],
    ['a version that is none', spoilt(12, 0x31)],
    ['a command that is none', spoilt(12, 0x22)],
    ['a family that is none', spoilt(13, 0x31)],
    ['addresses cut short', Buffer.concat([spoilt(15, 4).subarray(0, 20), Buffer.from('a NOOP\r\n')])],
    ['a length without end', Buffer.concat([spoilt(14, 0xff), Buffer.alloc(3_000)])],
  ])('closes a connection with %s, and says nothing', async (_, bytes) => {
    for (const name of ['imap', 'pop3', 'imaps', 'pop3s', 'smtp'] as const) {
      const client = new LineClient(system.port(name));
      client.send(bytes);
      expect(await client.rest()).toEqual([]);
    }
    expect(
      system
        .stderr()
        .split('\n')
        .filter((line) => line.includes('"net.refused"'))
        .at(-1),
    ).toMatch(
      /"reason":"(no PROXY v2 signature|not version 2|unknown command|unknown address family|addresses cut short|header too long)"/,
    );
  });

  it('takes the address for the log', async () => {
    expect(await signIn('imaps', 'alice@one.test', 'wrong password')).toMatch(/^NO/);
    const last = system
      .stderr()
      .split('\n')
      .filter((line) => line.includes('"login.refused"'))
      .at(-1)!;
    expect(JSON.parse(last)).toMatchObject({ service: 'imap', address: '198.51.100.1', reason: 'wrong password' });
  });
});

it('wrote no password to the log, and no error', () => {
  expect(system.stderr()).not.toContain(PASSWORD);
  expect(system.stderr()).not.toMatch(/"level":"error"/);
});
