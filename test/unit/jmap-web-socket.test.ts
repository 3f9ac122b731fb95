import { expect, test } from 'vitest';
import { CORE, WEBSOCKET } from '../../mail/jmap/capabilities.ts';
import { stateAt, stateString } from '../../mail/jmap/method.ts';
import { LIMITS } from '../../mail/jmap/request.ts';
import { type Conversation, type MessageSocket, WireClosed } from '../../mail/ports/index.ts';
import { type JmapWorld, type Json, jmapWorld, lines } from '../support/jmap.ts';
import { basic } from '../support/jmap-server.ts';

const MESSAGE = lines('From: a@example.com', 'Subject: News', '', 'Text');
const HEADERS = { host: 'mail.example.test', 'sec-websocket-protocol': 'jmap', ...basic() };

/** A client of the server's end of a conversation, without a network. It may refuse to take what is sent. */
class Client implements MessageSocket {
  readonly sent: Json[] = [];
  closed: { readonly code: number; readonly reason: string } | undefined;
  taking = true;
  readonly #asked: string[] = [];
  #wakeServer: () => void = () => undefined;
  #wakeClient: () => void = () => undefined;
  readonly #waiting: (() => void)[] = [];

  /** Says something; an object as JSON. */
  say(message: unknown): void {
    this.#asked.push(typeof message === 'string' ? message : JSON.stringify(message));
    this.#wakeServer();
  }

  /** The server's next message. */
  async hear(): Promise<Json> {
    while (this.sent.length === 0) await new Promise<void>((resolve) => (this.#wakeClient = resolve));
    return this.sent.shift();
  }

  leave(): void {
    this.closed ??= { code: 1006, reason: '' };
    this.#wakeServer();
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Takes what is sent from now on, and what waits. */
  take(): void {
    this.taking = true;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  get unheard(): number {
    return this.#asked.length;
  }

  get messages(): AsyncIterable<string> {
    return this.#messages();
  }

  async *#messages(): AsyncGenerator<string> {
    while (this.closed === undefined) {
      const next = this.#asked.shift();
      if (next !== undefined) yield next;
      else await new Promise<void>((resolve) => (this.#wakeServer = resolve));
    }
  }

  async send(text: string): Promise<void> {
    while (!this.taking && this.closed === undefined) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.closed !== undefined) throw new WireClosed('left');
    this.sent.push(JSON.parse(text));
    this.#wakeClient();
  }

  close(code: number, reason: string): void {
    this.closed ??= { code, reason };
    this.#wakeServer();
    this.#wakeClient();
  }
}

function connecting({ jmap }: JmapWorld, headers: Record<string, string> = HEADERS) {
  const body = (async function* () {})();
  return jmap.webSocket.connect({
    method: 'GET',
    path: '/jmap/ws',
    query: new URLSearchParams(),
    headers,
    address: '127.0.0.1',
    body,
  });
}

async function connected(world: JmapWorld): Promise<Client & { readonly over: Promise<void> }> {
  const client = new Client();
  const over = ((await connecting(world)) as Conversation).hold(client);
  return Object.assign(client, { over });
}

/** Whatever the server does without waiting for anybody is done. */
async function quiet(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}

const echo = (id: string | undefined, value: unknown = {}) => ({
  '@type': 'Request',
  ...(id === undefined ? {} : { id }),
  using: [CORE, WEBSOCKET],
  methodCalls: [['Core/echo', { value }, 'c']],
});

test('requests are answered with the id that they came with, or without one', async () => {
  const client = await connected(await jmapWorld());
  client.say(echo('R1', 1));
  expect(await client.hear()).toEqual({
    '@type': 'Response',
    requestId: 'R1',
    methodResponses: [['Core/echo', { value: 1 }, 'c']],
    sessionState: expect.any(String),
  });
  client.say({ ...echo(undefined), createdIds: { k: 'm1' } });
  const answer = await client.hear();
  expect(answer).not.toHaveProperty('requestId');
  expect(answer.createdIds).toEqual({ k: 'm1' });
  client.leave();
  await client.over;
});

// RFC 8887 section 4.3.4.
test.each([
  ['The quick brown fox jumps over the lazy dog.', null, 'notJSON'],
  ['[]', null, 'notRequest'],
  ['null', null, 'notRequest'],
  [{ '@type': 'Request', id: 7 }, null, 'notRequest'],
  [{ '@type': 'Request', id: 'R2', using: 5 }, 'R2', 'notRequest'],
  [{ id: 'R3', using: [], methodCalls: [] }, 'R3', 'notRequest'],
  [{ '@type': 'Response', id: 'R4' }, 'R4', 'notRequest'],
  [{ ...echo('R5'), using: ['https://example.com/apis/foobar'] }, 'R5', 'unknownCapability'],
  [{ '@type': 'WebSocketPushEnable', dataTypes: 'Email' }, null, 'notRequest'],
  [{ '@type': 'WebSocketPushEnable', dataTypes: null, pushState: 3 }, null, 'notRequest'],
])('%j is refused, and the conversation goes on', async (message, requestId, type) => {
  const client = await connected(await jmapWorld());
  client.say(message);
  expect(await client.hear()).toEqual({
    '@type': 'RequestError',
    requestId,
    type: `urn:ietf:params:jmap:error:${type}`,
    status: 400,
    detail: expect.any(String),
  });
  client.say(echo('R9'));
  expect((await client.hear()).requestId).toBe('R9');
  client.leave();
  await client.over;
});

test('changes are pushed when they are wanted, and no longer', async () => {
  const world = await jmapWorld();
  const client = await connected(world);
  await world.file(MESSAGE);
  client.say({ '@type': 'WebSocketPushEnable', dataTypes: ['Mailbox', 'Email', 'Calendar'] });
  await quiet();
  expect(client.sent).toEqual([]);
  await world.file(MESSAGE);
  const { state } = world.alice;
  const pushed = await client.hear();
  expect(pushed).toEqual({
    '@type': 'StateChange',
    changed: { alice: { Mailbox: stateString(state, 'Mailbox'), Email: stateString(state, 'Email') } },
    // And where each of the other logs stands.
    pushState: expect.stringMatching(new RegExp(`^${stateAt(state, state.seq)}(\\.|$)`)),
  });
  client.say({ '@type': 'WebSocketPushDisable' });
  await quiet();
  await world.file(MESSAGE);
  await quiet();
  expect(client.sent).toEqual([]);

  // RFC 8887 section 4.3.5.2: what has changed since is told at once; all types where none are named.
  client.say({ '@type': 'WebSocketPushEnable', dataTypes: null, pushState: pushed.pushState });
  expect(Object.keys((await client.hear()).changed.alice).sort()).toEqual(['Email', 'Mailbox', 'Thread']);
  client.say({ '@type': 'WebSocketPushEnable', dataTypes: ['Mailbox'], pushState: 'of another server' });
  expect(Object.keys((await client.hear()).changed.alice)).toEqual(['Mailbox']);
  client.leave();
  await client.over;
});

test('a client that takes nothing holds one push, and as many requests as may be at work', async () => {
  const world = await jmapWorld();
  const client = await connected(world);
  client.say({ '@type': 'WebSocketPushEnable', dataTypes: ['Email'] });
  await quiet();
  client.taking = false;
  for (let i = 0; i < 5; i++) await world.file(MESSAGE);
  const most = LIMITS.maxConcurrentRequests;
  for (let i = 0; i < most + 10; i++) client.say(echo(`R${i}`));
  await quiet();
  // One more was read, to be refused; the others are left where they are.
  expect(client.unheard).toBe(9);
  client.take();
  await quiet();
  const heard = client.sent.map((message) => message.requestId ?? Object.values(message.changed.alice)[0]);
  const emails = stateString(world.alice.state, 'Email');
  expect(heard.filter((what) => what === emails)).toHaveLength(1);
  expect(client.sent.filter((message) => message['@type'] === 'StateChange')).toHaveLength(2);
  const refused = client.sent.find((message) => message['@type'] === 'RequestError');
  expect([refused.requestId, refused.limit]).toEqual([`R${most}`, 'maxConcurrentRequests']);
  expect(client.sent.filter((message) => message['@type'] === 'Response')).toHaveLength(most + 9);
  client.leave();
  await client.over;
});

test('who leaves is forgotten; connections are limited by account; stopping says goodbye', async () => {
  const world = await jmapWorld();
  const clients = await Promise.all(Array.from({ length: 32 }, () => connected(world)));
  expect(await connecting(world)).toMatchObject({ status: 429 });
  clients[0]!.say({ '@type': 'WebSocketPushEnable', dataTypes: null });
  await quiet();
  clients[0]!.leave();
  await clients[0]!.over;
  clients[0] = await connected(world);
  await quiet();
  clients[1]!.say(echo('last'));
  await quiet();
  world.jmap.stop();
  await Promise.all(clients.map(({ over }) => over));
  expect(new Set(clients.map(({ closed }) => closed!.code))).toEqual(new Set([1001]));
  expect(clients[1]!.sent[0].requestId).toBe('last');
  expect(await connecting(world)).toMatchObject({ status: 503 });
});

test.each([
  ['nobody', { authorization: '' }, 401],
  ['a wrong password', basic('wrong'), 401],
  ['another subprotocol', { 'sec-websocket-protocol': 'mqtt, xmpp' }, 400],
  ['another origin', { origin: 'http://evil.example' }, 403],
  ['an origin that is hidden', { origin: 'null' }, 403],
  ['the same host without TLS', { 'x-forwarded-proto': 'https', origin: 'http://mail.example.test' }, 403],
])('a connection is refused to %s', async (_, headers, status) => {
  const world = await jmapWorld();
  expect(await connecting(world, { ...HEADERS, ...headers })).toMatchObject({ status });
  expect(await connecting(world, { ...HEADERS, origin: 'http://mail.example.test' })).toHaveProperty('hold');
});
