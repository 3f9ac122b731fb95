/** Connections to IMAP, POP3 and submission end when what their clients signed in with is taken back, in this process or another. */
import { constants, inflateRawSync } from 'node:zlib';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { localRandom } from '../../adapters/local/index.ts';
import { accessProtocols, smtpProtocols } from '../../bin/parts/protocols.ts';
import { createMail, type Mail } from '../../mail/stages.ts';
import { LOOPBACK } from '../support/imap.ts';
import { memoryPorts, silentLog } from '../support/memory.ts';
import { type PipeClient, pipe } from '../support/pipe.ts';
import { SkippingClock } from '../support/skipping-clock.ts';
import { transcript } from '../support/transcript.ts';

const ALICE = 'alice@example.test';
const PASSWORD = 'correct horse battery';
/** Within which other processes must have done it. */
const BOUND = 45_000;
/** Where processes tell each other. */
const ENDED = 'dir/ended';

const plain = (password: string) => Buffer.from(`\0${ALICE}\0${password}`).toString('base64');
const LOGIN = {
  imap: (password: string) => `S~ ^\\* OK\nC: a LOGIN ${ALICE} "${password}"\nS~ ^a OK`,
  pop3: (password: string) => `S~ ^\\+OK\nC: USER ${ALICE}\nS~ ^\\+OK\nC: PASS ${password}\nS~ ^\\+OK`,
  submission: (password: string) =>
    `S~ ^220\nC: EHLO client.test\nS* ^250 [A-Z]\nC: AUTH PLAIN ${plain(password)}\nS~ ^235`,
} as const;
type ProtocolName = keyof typeof LOGIN;

const GOODBYE: Readonly<Record<ProtocolName, RegExp>> = {
  imap: /^\* BYE What you logged in with is over/,
  // Where nothing is asked, POP3 has nothing to say (RFC 1939 section 3).
  pop3: /^$/,
  submission: /^421 4\.7\.0 /,
};

const clients: PipeClient[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
  vi.restoreAllMocks();
});

/** Two processes on one store. Connections are made to the first. */
async function world() {
  const clock = new SkippingClock();
  const ports = { ...memoryPorts({ clock, random: localRandom }), clock, random: localRandom, log: silentLog };
  const hostname = 'mail.example.test';
  const start = () =>
    createMail(ports, {
      hostname,
      writer: 'person',
      exclusive: false,
      defaultRoutes: [{ kind: 'mx' }],
      onLongTail: () => undefined,
    });
  const [here, there] = [await start(), await start()];
  await there.directory.domains.add('example.test');
  const { id } = await there.directory.accounts.add(ALICE, PASSWORD);
  const limits = () => ({ size: 1 << 20, recipients: 100 });
  const protocols = {
    ...accessProtocols(here, ports, { hostname, bind: '127.0.0.1' }),
    ...smtpProtocols(here, ports, { hostname, bind: '127.0.0.1', limits }),
  };
  async function login(protocol: ProtocolName, password = PASSWORD): Promise<PipeClient> {
    const { server, client } = pipe(LOOPBACK);
    clients.push(client);
    // As a listener does.
    void protocols[protocol]
      .handle(server)
      .then(() => server.end())
      .catch(() => undefined);
    await transcript(client, LOGIN[protocol](password));
    return client;
  }
  const loginAll = (password?: string) =>
    Promise.all(
      (['imap', 'pop3', 'submission'] as const).map(async (name) => [name, await login(name, password)] as const),
    );
  /** So much time passes, in steps that are shorter than any timer. */
  async function pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 5_000) {
      await clock.skip(5_000);
      await settled();
    }
  }
  return { ports, clock, here, there, id, login, loginAll, pass };
}

async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}

async function expectOver(name: ProtocolName, client: PipeClient): Promise<void> {
  expect((await client.rest()).join('\n')).toMatch(GOODBYE[name]);
}

/** It answers still. */
async function expectOpen(name: ProtocolName, client: PipeClient): Promise<void> {
  await transcript(
    client,
    name === 'imap' ? 'C: z NOOP\nS* ^z OK' : name === 'pop3' ? 'C: NOOP\nS~ ^\\+OK' : 'C: NOOP\nS~ ^250',
  );
}

type World = Awaited<ReturnType<typeof world>>;

const TAKEN_BACK: readonly (readonly [string, (mail: Mail, world: World) => Promise<unknown>])[] = [
  ['the password is changed', ({ directory }) => directory.accounts.setPassword(ALICE, 'another good password')],
  ['the account is switched off', ({ directory }) => directory.accounts.set(ALICE, { enabled: false })],
  ['the account is removed', ({ directory }) => directory.accounts.remove(ALICE)],
  ['a second factor is asked for', ({ directory }, { id }) => directory.accounts.setFactor(id, 'totp', true)],
];

describe.each(TAKEN_BACK)('where %s', (_, takeBack) => {
  test('by this process, its connections are closed at once', async () => {
    const own = await world();
    const open = await own.loginAll();
    await takeBack(own.here, own);
    for (const [name, client] of open) await expectOver(name, client);
  });

  test('by another, they are closed within 45 seconds', async () => {
    const own = await world();
    const open = await own.loginAll();
    // Not only what has just been opened.
    await own.pass(120_000);
    for (const [name, client] of open) await expectOpen(name, client);
    await takeBack(own.there, own);
    await own.pass(BOUND);
    for (const [name, client] of open) await expectOver(name, client);
  });
});

test('with an app password go the connections that it made, and no others', async () => {
  const own = await world();
  const { password, id } = await own.there.directory.credentials.appPasswords.make(own.id, 'Phone', [
    'imap',
    'pop3',
    'smtp',
  ]);
  const phone = await own.loginAll(password);
  const others = await own.loginAll();
  expect(await own.there.directory.credentials.appPasswords.revoke(own.id, id)).toBe(true);
  await own.pass(BOUND);
  for (const [name, client] of phone) await expectOver(name, client);
  for (const [name, client] of others) await expectOpen(name, client);
});

test('where POP3 is switched off for the account, connections to POP3 are closed', async () => {
  const own = await world();
  const open = await own.loginAll();
  await own.there.directory.accounts.set(ALICE, { pop3: 'off' });
  await own.pass(BOUND);
  for (const [name, client] of open) await (name === 'pop3' ? expectOver : expectOpen)(name, client);
});

test('IDLE ends with BYE, and so does a compressed connection', async () => {
  const own = await world();
  const idle = await own.login('imap');
  await transcript(idle, 'C: b SELECT INBOX\nS* ^b OK\nC: c IDLE\nS~ ^\\+');
  const compressed = await own.login('imap');
  await transcript(compressed, 'C: b COMPRESS DEFLATE\nS~ ^b OK');
  const before = compressed.received.length;
  await own.there.directory.accounts.setPassword(ALICE, 'another good password');
  await own.pass(BOUND);
  await expectOver('imap', idle);
  await compressed.closed();
  const text = inflateRawSync(compressed.received.subarray(before), { finishFlush: constants.Z_SYNC_FLUSH });
  expect(text.toString()).toMatch(GOODBYE.imap);
});

test('a message that is being sent is taken, and answered, before the connection is closed', async () => {
  const own = await world();
  const client = await own.login('submission');
  await transcript(
    client,
    `C: MAIL FROM:<${ALICE}>\nS~ ^250\nC: RCPT TO:<${ALICE}>\nS~ ^250\nC: DATA\nS~ ^354\nC: From: <${ALICE}>\nC: Subject: last`,
  );
  await own.here.directory.accounts.setPassword(ALICE, 'another good password');
  await settled();
  await transcript(client, 'C: \nC: Text\nC: .\nS~ ^250');
  await expectOver('submission', client);
  expect(await own.ports.queues.deliver.receive({ max: 10, visibility: 60, waitSeconds: 0 })).toHaveLength(1);
});

test('who has logged out and in again is not held to what was before', async () => {
  const own = await world();
  const client = await own.login('imap');
  await transcript(client, 'C: b UNAUTHENTICATE\nS~ ^b OK');
  await own.here.directory.accounts.setPassword(ALICE, 'another good password');
  await transcript(client, `C: c LOGIN ${ALICE} "another good password"\nS~ ^c OK`);
  await own.pass(BOUND);
  await expectOpen('imap', client);
});

test('a process asks the store once in 15 seconds, however many are connected, and not at all where nobody is', async () => {
  const own = await world();
  const query = vi.spyOn(own.ports.records, 'query');
  const get = vi.spyOn(own.ports.records, 'get');
  const asked = () => query.mock.calls.filter(([range]) => range.pk === ENDED).length;
  for (let i = 0; i < 5; i++) await own.loginAll();
  get.mockClear();
  await own.pass(60_000);
  expect(asked()).toBe(4);
  expect(get).not.toHaveBeenCalled();
  for (const client of clients.splice(0)) client.destroy();
  await settled();
  query.mockClear();
  await own.pass(60_000);
  expect(query).not.toHaveBeenCalled();
});

test('a store that does not answer for a minute closes nobody, and hides nothing', async () => {
  const own = await world();
  const client = await own.login('imap');
  const asked = own.ports.records.query.bind(own.ports.records);
  const query = vi.spyOn(own.ports.records, 'query').mockImplementation((range) => {
    return range.pk === ENDED ? Promise.reject(new Error('no answer')) : asked(range);
  });
  await own.there.directory.accounts.setPassword(ALICE, 'another good password');
  await own.pass(75_000);
  query.mockRestore();
  await expectOpen('imap', client);
  await own.pass(BOUND);
  await expectOver('imap', client);
});

test('what nobody told of is found within a quarter of an hour', async () => {
  const own = await world();
  const client = await own.login('pop3');
  const put = own.ports.records.put.bind(own.ports.records);
  vi.spyOn(own.ports.records, 'put').mockImplementation((item, expect) => {
    return item.pk === ENDED ? Promise.reject(new Error('no answer')) : put(item, expect);
  });
  await own.there.directory.accounts.setPassword(ALICE, 'another good password');
  await own.pass(BOUND);
  await expectOpen('pop3', client);
  await own.pass(8 * 60_000);
  await expectOpen('pop3', client);
  await own.pass(8 * 60_000);
  await expectOver('pop3', client);
});
