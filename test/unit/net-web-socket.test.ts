import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type HttpListener, listenHttp } from '../../adapters/net/http.ts';
import type { TlsContexts } from '../../adapters/net/tls.ts';
import { openTlsStore } from '../../adapters/net/tls.ts';
import type { MessageSocket } from '../../mail/ports/index.ts';
import { silentLog } from '../support/memory.ts';

const open: HttpListener[] = [];
const clients: WebSocket[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const client of clients.splice(0)) client.terminate();
  await Promise.all(open.splice(0).map((each) => each.close(500)));
});

/** Repeats what it hears; `bye` ends it. */
async function echo(socket: MessageSocket): Promise<void> {
  for await (const message of socket.messages) {
    if (message === 'bye') socket.close(1000, 'bye');
    else await socket.send(message).catch(() => undefined);
  }
}

async function serve(hold = echo, tls?: TlsContexts): Promise<HttpListener> {
  const text = { 'content-type': 'text/plain' };
  const listener = await listenHttp({
    name: 'http',
    host: '127.0.0.1',
    port: 0,
    ...(tls === undefined ? {} : { tls }),
    routes: [{ prefix: '/api', handle: async ({ path }) => ({ status: 200, headers: text, body: `plain ${path}` }) }],
    webSockets: [
      {
        path: '/api/ws',
        protocol: 'talk',
        largestMessage: 1_000_000,
        connect: async ({ headers, query }) =>
          query.has('no') ? { status: 403, headers: text, body: `not you, ${headers.host}` } : { hold },
      },
    ],
    log: silentLog,
  });
  open.push(listener);
  return listener;
}

async function dial({ port }: HttpListener, path = '/api/ws', more: object = {}): Promise<WebSocket> {
  const client = new WebSocket(`ws://127.0.0.1:${port}${path}`, ['other', 'talk'], more);
  clients.push(client);
  await once(client, 'open');
  return client;
}

async function hear(client: WebSocket): Promise<string> {
  const [data] = await once(client, 'message');
  return String(data);
}

/** The code that the server says goodbye with. */
async function closed(client: WebSocket): Promise<number> {
  const [code] = await once(client, 'close');
  return code;
}

test('messages go both ways in the subprotocol of the route, and either side may end it', async () => {
  const listener = await serve();
  const client = await dial(listener);
  expect(client.protocol).toBe('talk');
  for (const text of ['one', 'Grüße', 'x'.repeat(900_000)]) {
    client.send(text);
    expect(await hear(client)).toBe(text);
  }
  client.send('bye');
  expect(await closed(client)).toBe(1000);
  const leaving = await dial(listener);
  leaving.close();
  await closed(leaving);
  await vi.waitFor(() => expect(listener.connections).toBe(0));
});

test('under TLS too', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'postern-wss-'));
  const tls = await openTlsStore({ dir, names: ['localhost'], log: silentLog });
  const listener = await serve(echo, tls);
  const client = new WebSocket(`wss://localhost:${listener.port}/api/ws`, 'talk', { ca: tls.cert });
  clients.push(client);
  await once(client, 'open');
  client.send('secret');
  expect(await hear(client)).toBe('secret');
  tls.close();
  await rm(dir, { recursive: true });
});

test('who is refused gets the response, before any upgrade', async () => {
  const listener = await serve();
  const client = new WebSocket(`ws://127.0.0.1:${listener.port}/api/ws?no`, 'talk');
  const [, response] = await once(client, 'unexpected-response');
  let body = '';
  for await (const chunk of response) body += chunk;
  expect([response.statusCode, body]).toEqual([403, `not you, 127.0.0.1:${listener.port}`]);
});

test('other upgrades, and other paths, are plain requests', async () => {
  const listener = await serve();
  const ask = async (path: string, upgrade: string) => {
    const socket = connect(listener.port, '127.0.0.1');
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: upgrade, close\r\nUpgrade: ${upgrade}\r\n\r\n`);
    let answer = '';
    for await (const chunk of socket) answer += chunk;
    return answer;
  };
  expect(await ask('/api/ws', 'h2c')).toMatch(/^HTTP\/1\.1 200 [\s\S]*plain \/api\/ws\r/);
  expect(await ask('/api/else', 'websocket')).toMatch(/^HTTP\/1\.1 200 [\s\S]*plain \/api\/else\r/);
  // A handshake that is none.
  expect(await ask('/api/ws', 'websocket')).toMatch(/^HTTP\/1\.1 400 /);
});

test('a message that is too long, or no text, ends the connection with the code that says so', async () => {
  const listener = await serve();
  const long = await dial(listener);
  long.send('x'.repeat(1_000_001));
  expect(await closed(long)).toBe(1009);
  const binary = await dial(listener);
  binary.send(Buffer.from('bytes'));
  expect(await closed(binary)).toBe(1003);
  const garbled = await dial(listener);
  garbled.send(Buffer.from([0xff, 0xfe]), { binary: false });
  expect(await closed(garbled)).toBe(1007);
});

test('neither side is sent more than it takes', async () => {
  const big = 'x'.repeat(500_000);
  let sent = 0;
  let more = (): void => undefined;
  const asked = new Promise<void>((resolve) => {
    more = resolve;
  });
  const heard = Promise.withResolvers<number>();
  const listener = await serve(async (socket) => {
    // What the client says waits in the network meanwhile.
    for (; sent < 200; sent++) await socket.send(big);
    await asked;
    let count = 0;
    for await (const _ of socket.messages) {
      count += 1;
      if (count === 100) heard.resolve(count);
    }
  });
  const client = await dial(listener);
  client.pause();
  await vi.waitFor(() => expect(sent).toBeGreaterThan(0));
  const steady = async (figure: () => number) => {
    for (let before = -1; before !== figure(); ) {
      before = figure();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  await steady(() => sent);
  expect(sent).toBeLessThan(100);
  let received = 0;
  const all = new Promise<void>((resolve) => {
    client.on('message', () => {
      received += 1;
      if (received === 200) resolve();
    });
  });
  client.resume();
  await all;
  let taken = 0;
  const say = async () => {
    for (; taken < 100; taken++) await new Promise((resolve) => client.send(big, resolve));
  };
  const said = say();
  await steady(() => taken);
  expect(taken).toBeLessThan(50);
  more();
  expect(await heard.promise).toBe(100);
  await said;
});

test('pings find a client that is gone, and are answered', async () => {
  vi.useFakeTimers({ toFake: ['setInterval'] });
  const listener = await serve();
  const [present, gone] = [await dial(listener), await dial(listener, '/api/ws', { autoPong: false })];
  const pinged = Promise.all([once(present, 'ping'), once(gone, 'ping')]);
  vi.advanceTimersByTime(30_000);
  await pinged;
  const answered = once(present, 'pong');
  present.ping();
  await answered;
  const over = closed(gone);
  vi.advanceTimersByTime(30_000);
  expect(await over).toBe(1006);
  present.send('here');
  expect(await hear(present)).toBe('here');
});
