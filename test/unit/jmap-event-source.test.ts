import { expect, type Mock, test, vi } from 'vitest';
import type { HttpResponse } from '../../mail/http.ts';
import { stateAt, stateString } from '../../mail/jmap/method.ts';
import { bodyText, type JmapWorld, jmapWorld, lines } from '../support/jmap.ts';

const MESSAGE = lines('From: a@example.com', 'Subject: News', '', 'Text');

interface Stream {
  next(): Promise<string | undefined>;
  leave(): Promise<unknown>;
}

async function open({ http }: JmapWorld, query: string, headers: Record<string, string> = {}): Promise<Stream> {
  const response = await http(`/jmap/events?${query}`, { headers });
  expect([response.status, response.headers['content-type']]).toEqual([200, 'text/event-stream']);
  const iterator = (response.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  return {
    next: async () => {
      const { done, value } = await iterator.next();
      return done ? undefined : Buffer.from(value).toString('utf8');
    },
    leave: () => iterator.return!(),
  };
}

/** The types in a state event. */
function changed(event: string | undefined): Record<string, string> {
  const [, data] = /^event: state\nid: [^\n]+\ndata: ([^\n]+)\n\n$/.exec(event!)!;
  const { '@type': type, changed } = JSON.parse(data!);
  expect([type, Object.keys(changed)]).toEqual(['StateChange', ['alice']]);
  return changed.alice;
}

test('state changes are told as they come, of the types asked for', async () => {
  const world = await jmapWorld();
  const all = await open(world, 'types=*&closeafter=no&ping=0');
  const mailboxes = await open(world, 'types=Mailbox,Nothing');
  expect([await all.next(), await mailboxes.next()]).toEqual([': here\n\n', ': here\n\n']);
  const [first, second] = [all.next(), mailboxes.next()];
  await world.file(MESSAGE);
  const { state } = world.alice;
  const told = changed(await first);
  expect(Object.keys(told).sort()).toEqual(['Email', 'Mailbox', 'Thread']);
  expect(told.Email).toBe(stateString(state, 'Email'));
  expect((await world.call('Email/get', { ids: [] })).state).toBe(told.Email);
  expect(changed(await second)).toEqual({ Mailbox: told.Mailbox });
  await Promise.all([all.leave(), mailboxes.leave()]);
});

test('mail that has come is told of apart from mail that somebody files (RFC 8621 section 1.5)', async () => {
  const world = await jmapWorld();
  const stream = await open(world, 'types=EmailDelivery&closeafter=state');
  await stream.next();
  const waiting = stream.next();
  await world.file(MESSAGE);
  await world.file(MESSAGE, { delivery: 'job-1' });
  expect(changed(await waiting)).toEqual({ EmailDelivery: stateString(world.alice.state, 'EmailDelivery') });
  expect(world.alice.state.typeSeq('EmailDelivery')).toBe(world.alice.state.seq);
});

test('whoever is slow is told once of all that changed meanwhile', async () => {
  const world = await jmapWorld();
  const stream = await open(world, 'types=Email');
  await stream.next();
  for (let i = 0; i < 5; i++) await world.file(MESSAGE);
  expect(changed(await stream.next())).toEqual({ Email: stateString(world.alice.state, 'Email') });
  const more = vi.fn();
  void stream.next().then(more);
  await world.clock.skip(1_000);
  expect(more).not.toHaveBeenCalled();
  await stream.leave();
});

test('the last event that a client has says where to go on (RFC 8620 section 7.3)', async () => {
  const world = await jmapWorld();
  await world.file(MESSAGE);
  const before = stateAt(world.alice.state, world.alice.state.seq);
  const current = await open(world, 'types=Email,Mailbox&closeafter=state', { 'last-event-id': before });
  await current.next();
  const waiting = current.next();
  await world.call('Mailbox/set', { create: { a: { name: 'New' } } });
  const missed = changed(await waiting);
  expect(Object.keys(missed)).toEqual(['Mailbox']);
  expect(await current.next()).toBeUndefined();

  const behind = await open(world, 'types=Email,Mailbox', { 'last-event-id': before });
  await behind.next();
  expect(changed(await behind.next())).toEqual(missed);
  const unknown = await open(world, 'types=Email,Mailbox', { 'last-event-id': 'what-is-this' });
  await unknown.next();
  expect(Object.keys(changed(await unknown.next()))).toEqual(['Email', 'Mailbox']);
  await Promise.all([behind.leave(), unknown.leave()]);
});

test('pings come whenever nothing else has for the time that the client is told', async () => {
  const world = await jmapWorld();
  const stream = await open(world, 'types=Email&ping=300');
  await stream.next();
  let ping = stream.next();
  await world.clock.skip(30_000);
  await world.file(MESSAGE);
  changed(await ping);
  ping = stream.next();
  const early = vi.fn();
  void ping.then(early);
  await world.clock.skip(59_000);
  expect(early).not.toHaveBeenCalled();
  await world.clock.skip(1_000);
  expect(await ping).toBe('event: ping\ndata: {"interval":60}\n\n');
  await stream.leave();

  const silent = await open(world, 'types=Email&ping=0');
  await silent.next();
  const sign = silent.next();
  await world.clock.skip(60_000);
  expect(await sign).toBe(': here\n\n');
  await silent.leave();
});

test('a client that leaves while it waits frees all, and connections are limited by account', async () => {
  const world = await jmapWorld();
  const stops: Mock<() => void>[] = [];
  const watch = world.alice.watch.bind(world.alice);
  world.alice.watch = (listener) => {
    stops.push(vi.fn(watch(listener)));
    return stops.at(-1)!;
  };
  const streams = await Promise.all(Array.from({ length: 32 }, () => open(world, 'types=*')));
  expect((await world.http('/jmap/events?types=*')).status).toBe(429);
  expect((await world.http('/jmap/events?types=*', { user: 'bob' })).status).toBe(200);
  await streams[0]!.next();
  const waiting = streams[0]!.next();
  await streams[0]!.leave();
  expect(await waiting).toBeUndefined();
  expect(stops.map((stop) => stop.mock.calls.length)).toEqual([1, ...Array(31).fill(0)]);
  // One that was never read, too.
  await streams[1]!.leave();
  await streams[1]!.leave();
  await open(world, 'types=*');
  await open(world, 'types=*');
  expect((await world.http('/jmap/events?types=*')).status).toBe(429);
});

test('a server that stops ends all streams and takes no more', async () => {
  const world = await jmapWorld();
  const stream = await open(world, 'types=*');
  await stream.next();
  const waiting = stream.next();
  world.jmap.stop();
  expect(await waiting).toBeUndefined();
  expect((await world.http('/jmap/events?types=*')).status).toBe(503);
});

test.each([
  ['', 'types'],
  ['types=', 'types'],
  ['types=Email&closeafter=never', 'closeafter'],
  ['types=Email&ping=-1', 'ping'],
  ['types=Email&ping=soon', 'ping'],
])('the query %j is refused', async (query, named) => {
  const { http } = await jmapWorld();
  const response: HttpResponse = await http(`/jmap/events?${query}`);
  expect(response.status).toBe(400);
  expect(JSON.parse(await bodyText(response)).detail).toContain(named);
});

test('only GET, and only for who signs in', async () => {
  const { http } = await jmapWorld();
  expect((await http('/jmap/events?types=*', { user: null })).status).toBe(401);
  const refused = await http('/jmap/events?types=*', { method: 'POST' });
  expect([refused.status, refused.headers.allow]).toEqual([405, 'GET']);
});
