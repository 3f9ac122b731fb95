/** What JMAP takes to sign in, and what ends with it. */
import { describe, expect, test } from 'vitest';
import type { SignedIn } from '../../../mail/directory/types.ts';
import type { Conversation, MessageSocket, PushServices } from '../../../mail/ports/index.ts';
import { Refused } from '../../../mail/refused.ts';
import { bodyText, type HttpAsk, type Json, jmapWorld, lines } from '../../support/jmap.ts';
import { signedIn } from '../../support/signed-in.ts';

const MESSAGE = lines('From: a@example.com', 'Subject: News', '', 'Text');

class Services implements PushServices {
  readonly posts: string[] = [];
  async post(_url: string, _headers: unknown, body: Uint8Array) {
    this.posts.push(Buffer.from(body).toString());
    return { status: 201 };
  }
}

/** A directory in which sessions s1 and s2 of alice last until they are in `over`, of which `tell` tells at once. */
async function world() {
  const over = new Set<string>();
  const listeners = new Set<(account: string) => void>();
  const services = new Services();
  const own = await jmapWorld({
    pushServices: services,
    directory: {
      async bearer(token): Promise<SignedIn> {
        if (token === 'mail-less') throw new Refused('noperm', 'This token is not for JMAP.');
        if (!/^s[12]$/.test(token) || over.has(`session/${token}`)) {
          throw new Refused('authenticationfailed', 'This token is over.');
        }
        const account = {
          id: 'alice',
          address: 'alice@example.test',
          tenant: 't1',
          enabled: true,
          imap: true,
          pop3: true,
        };
        return signedIn(account, { by: 'session', credential: `session/${token}` });
      },
      holds: async (_, credential) => !over.has(credential),
      watch(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
  });
  const tell = () => {
    for (const listener of listeners) listener('alice');
  };
  const as = (token: string, path: string, more: HttpAsk = {}) =>
    own.http(path, { ...more, user: null, headers: { ...more.headers, authorization: `Bearer ${token}` } });
  return { ...own, services, over, tell, as, listeners };
}

async function subscriptions(
  own: Pick<Awaited<ReturnType<typeof world>>, 'as'>,
  token: string,
  args?: Json,
): Promise<Json> {
  const call = args === undefined ? ['PushSubscription/get', { ids: null }, '0'] : ['PushSubscription/set', args, '0'];
  const response = await own.as(token, '/jmap/api', {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ using: ['urn:ietf:params:jmap:core'], methodCalls: [call] }),
  });
  return JSON.parse(await bodyText(response)).methodResponses[0][1];
}

async function quiet(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}

test('an access token signs in; one that does not is answered as RFC 6750 section 3 says', async () => {
  const { as, http } = await world();
  expect((await as('s1', '/.well-known/jmap')).status).toBe(200);
  const wrong = await as('x', '/.well-known/jmap');
  expect([wrong.status, wrong.headers['www-authenticate']]).toEqual([
    401,
    'Bearer realm="Postern", error="invalid_token"',
  ]);
  const less = await as('mail-less', '/.well-known/jmap');
  expect([less.status, less.headers['www-authenticate']]).toEqual([
    403,
    'Bearer realm="Postern", error="insufficient_scope"',
  ]);
  const none = await http('/.well-known/jmap', { user: null });
  expect([none.status, none.headers['www-authenticate']]).toEqual([401, 'Basic realm="Postern", charset="UTF-8"']);
  const cookie = await http('/.well-known/jmap', { user: null, headers: { cookie: 'postern-session=s1' } });
  expect(cookie.status).toBe(401);
});

/** Reads an event stream; tells whether it has ended. */
async function stream(own: Pick<Awaited<ReturnType<typeof world>>, 'as'>, token: string) {
  const { status, body } = await own.as(token, '/jmap/events?types=*&closeafter=no&ping=0');
  expect(status).toBe(200);
  const state = { ended: false };
  void (async () => {
    for await (const _ of body as AsyncIterable<Uint8Array>) void _;
    state.ended = true;
  })();
  await quiet();
  return state;
}

describe('event streams', () => {
  test('end at once when this process hears that their session is over; others go on', async () => {
    const own = await world();
    const [one, two] = [await stream(own, 's1'), await stream(own, 's2')];
    own.tell();
    await quiet();
    expect([one.ended, two.ended]).toEqual([false, false]);
    own.over.add('session/s1');
    own.tell();
    await quiet();
    expect([one.ended, two.ended]).toEqual([true, false]);
    own.jmap.stop();
    expect(own.listeners.size).toBe(0);
  });

  test('end within half a minute when another process ended it', async () => {
    const own = await world();
    const one = await stream(own, 's1');
    await own.clock.skip(31_000);
    await quiet();
    expect(one.ended).toBe(false);
    own.over.add('session/s1');
    await own.clock.skip(30_000);
    await quiet();
    expect(one.ended).toBe(true);
    own.jmap.stop();
  });
});

/** A client's end of a WebSocket: what it says goes in by `say`, what it hears stands in `heard`. */
function webSocket() {
  const heard: Json[] = [];
  const said: string[] = [];
  let closed = false;
  let wake: () => void = () => undefined;
  const socket: MessageSocket = {
    messages: (async function* () {
      while (!closed) {
        if (said.length > 0) yield said.shift()!;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    })(),
    send: async (text) => void heard.push(JSON.parse(text)),
    close() {
      closed = true;
      wake();
    },
  };
  const say = (message: Json) => {
    said.push(JSON.stringify(message));
    wake();
  };
  return { socket, heard, say, isClosed: () => closed };
}

test('a WebSocket whose session is over answers no more requests, and ends when this process hears of it', async () => {
  const own = await world();
  const { socket, heard, say, isClosed } = webSocket();
  const headers = { host: 'mail.example.test', authorization: 'Bearer s1', 'sec-websocket-protocol': 'jmap' };
  const body = (async function* () {})();
  const request = {
    method: 'GET',
    path: '/jmap/ws',
    query: new URLSearchParams(),
    address: '127.0.0.1',
    headers,
    body,
  };
  const held = ((await own.jmap.webSocket.connect(request)) as Conversation).hold(socket);
  const using = ['urn:ietf:params:jmap:core'];
  const ask = () => say({ '@type': 'Request', using, methodCalls: [['Core/echo', { a: 1 }, '0']] });
  ask();
  await quiet();
  expect(heard.pop()).toMatchObject({ '@type': 'Response', methodResponses: [['Core/echo', { a: 1 }, '0']] });
  own.over.add('session/s1');
  ask();
  await quiet();
  expect(heard.pop()).toMatchObject({ '@type': 'RequestError', status: 401 });
  expect(isClosed()).toBe(false);
  own.tell();
  await held;
  expect(isClosed()).toBe(true);
  own.jmap.stop();
});

// RFC 8620 section 7.2.
describe('push subscriptions belong to what created them', () => {
  const create = { a: { deviceClientId: 'x', url: 'https://example.com/push', types: null } };

  async function subscribed() {
    const own = await world();
    const { created } = await subscriptions(own, 's1', { create });
    await quiet();
    const { verificationCode } = JSON.parse(own.services.posts.shift()!);
    const { id } = created.a;
    await subscriptions(own, 's1', { update: { [id]: { verificationCode } } });
    return { ...own, id };
  }

  test('others of the account do not see or change them', async () => {
    const { id, ...own } = await subscribed();
    expect((await subscriptions(own, 's1')).list.map((each: Json) => each.id)).toEqual([id]);
    expect((await subscriptions(own, 's2')).list).toEqual([]);
    expect((await subscriptions(own, 's2', { destroy: [id] })).notDestroyed[id].type).toBe('notFound');
    own.jmap.stop();
  });

  test('they are destroyed with it, at once where this process hears of it', async () => {
    const { id: _, ...own } = await subscribed();
    await own.file(MESSAGE);
    await quiet();
    expect(own.services.posts).toHaveLength(1);
    own.over.add('session/s1');
    own.tell();
    await quiet();
    await own.clock.skip(2_000);
    await own.file(MESSAGE);
    await quiet();
    expect(own.services.posts).toHaveLength(1);
    own.over.clear();
    expect((await subscriptions(own, 's1')).list).toEqual([]);
    own.jmap.stop();
  });

  test('nothing is pushed for one that another process ended', async () => {
    const { id: _, ...own } = await subscribed();
    own.over.add('session/s1');
    await own.file(MESSAGE);
    await quiet();
    expect(own.services.posts).toEqual([]);
    own.over.clear();
    expect((await subscriptions(own, 's1')).list).toEqual([]);
    own.jmap.stop();
  });
});
