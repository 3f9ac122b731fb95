/** Push as clients have it: over the real HTTP server. */
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { stateString } from '../../../mail/jmap/method.ts';
import { type Json, lines } from '../../support/jmap.ts';
import { basic, type JmapServer, jmapServer } from '../../support/jmap-server.ts';

const MESSAGE = lines('From: a@example.com', 'Subject: News', '', 'Text');

let server: JmapServer;
beforeEach(async () => {
  server = await jmapServer();
});
afterEach(() => server.stop());

async function session(): Promise<Json> {
  return (await fetch(`${server.url}/.well-known/jmap`, { headers: basic() })).json();
}

async function events(query: Record<string, string>, signal?: AbortSignal) {
  const { eventSourceUrl } = await session();
  const url = eventSourceUrl.replace(/\{(\w+)\}/g, (_: string, name: string) => query[name]);
  const response = await fetch(url, { headers: basic(), ...(signal === undefined ? {} : { signal }) });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  return { response, next: async () => (await reader.read()).value };
}

async function dial(): Promise<WebSocket> {
  const { url } = (await session()).capabilities['urn:ietf:params:jmap:websocket'];
  const client = new WebSocket(url, 'jmap', { headers: basic() });
  await once(client, 'open');
  return client;
}

async function hear(client: WebSocket): Promise<Json> {
  const [data] = await once(client, 'message');
  return JSON.parse(String(data));
}

test('an event stream tells of a change soon, and goes on', async () => {
  const stream = await events({ types: '*', closeafter: 'no', ping: '30' });
  expect(stream.response.headers.get('content-type')).toBe('text/event-stream');
  expect(await stream.next()).toBe(': here\n\n');
  for (let i = 0; i < 3; i++) {
    const begun = performance.now();
    const event = stream.next();
    await server.file(MESSAGE);
    expect(await event).toContain(`"Email":"${stateString(server.alice.state, 'Email')}"`);
    expect(performance.now() - begun).toBeLessThan(300);
  }
});

test('ME-20: an event stream tells of preferences that were changed elsewhere', async () => {
  const stream = await events({ types: '*', closeafter: 'no', ping: '0' });
  expect(await stream.next()).toBe(': here\n\n');
  const event = stream.next();
  await server.alice.write((draft) => draft.putObject('Preferences', 'theme', 'dark'));
  expect(await event).toContain('"Preferences":"');
});

test('a client that drops its event stream frees it at once', async () => {
  const stopped = vi.fn();
  const watch = server.alice.watch.bind(server.alice);
  server.alice.watch = (listener) => {
    const stop = watch(listener);
    return () => {
      stop();
      stopped();
    };
  };
  const leaving = new AbortController();
  const stream = await events({ types: '*', closeafter: 'no', ping: '0' }, leaving.signal);
  await stream.next();
  expect(stopped).not.toHaveBeenCalled();
  leaving.abort();
  await vi.waitFor(() => expect(stopped).toHaveBeenCalledTimes(1), { timeout: 2_000 });
});

test('a server that stops does not wait for event streams and WebSockets', async () => {
  const stream = await events({ types: '*', closeafter: 'no', ping: '0' });
  await stream.next();
  const client = await dial();
  const begun = performance.now();
  const [[code]] = await Promise.all([once(client, 'close'), server.stop()]);
  expect(performance.now() - begun).toBeLessThan(2_000);
  expect(code).toBe(1001);
  expect(await stream.next()).toBeUndefined();
});

test('a WebSocket refuses who does not sign in', async () => {
  const { url } = (await session()).capabilities['urn:ietf:params:jmap:websocket'];
  expect(url).toBe(`${server.url.replace('http', 'ws')}/jmap/ws`);
  for (const [headers, status] of [
    [{}, 401],
    [basic('wrong'), 401],
    [{ ...basic(), origin: 'https://evil.example' }, 403],
  ] as const) {
    const [, response] = await once(new WebSocket(url, 'jmap', { headers }), 'unexpected-response');
    expect([response.statusCode, response.headers['content-type']]).toEqual([status, 'application/problem+json']);
    response.destroy();
  }
  const [, plain] = await once(new WebSocket(url, { headers: basic() }), 'unexpected-response');
  expect(plain.statusCode).toBe(400);
  plain.destroy();
  expect((await fetch(url.replace('ws', 'http'), { headers: basic() })).status).toBe(426);
});

// The conversation of RFC 8887 section 4.4, with the types and methods that there are here.
test('requests, errors and pushes over a WebSocket', async () => {
  const client = await dial();
  expect(client.protocol).toBe('jmap');
  client.send(
    JSON.stringify({
      '@type': 'Request',
      id: 'R1',
      using: ['urn:ietf:params:jmap:core'],
      methodCalls: [['Core/echo', { hello: true, high: 5 }, 'b3ff']],
    }),
  );
  expect(await hear(client)).toMatchObject({
    '@type': 'Response',
    requestId: 'R1',
    methodResponses: [['Core/echo', { hello: true, high: 5 }, 'b3ff']],
  });
  client.send('The quick brown fox jumps over the lazy dog.');
  expect(await hear(client)).toMatchObject({
    '@type': 'RequestError',
    requestId: null,
    type: 'urn:ietf:params:jmap:error:notJSON',
    status: 400,
  });
  client.send(JSON.stringify({ '@type': 'WebSocketPushEnable', dataTypes: ['Mailbox', 'Email'], pushState: '0-0' }));
  const everything = await hear(client);
  expect(everything['@type']).toBe('StateChange');
  const begun = performance.now();
  const pushed = hear(client);
  await server.file(MESSAGE);
  expect((await pushed).changed).toEqual({
    alice: {
      Mailbox: stateString(server.alice.state, 'Mailbox'),
      Email: stateString(server.alice.state, 'Email'),
    },
  });
  expect(performance.now() - begun).toBeLessThan(300);
  client.close();
  await once(client, 'close');
});
