/** What others share is pushed too, and so are contacts (RFC 8620 section 7, RFC 9670 section 3). */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type JmapWorld, type Json, jmapWorld, lines } from '../../support/jmap.ts';

let world: JmapWorld;
let events: AsyncIterator<Uint8Array>;

beforeEach(async () => {
  world = await jmapWorld();
});

afterEach(async () => {
  await events.return?.();
  world.jmap.stop();
});

async function listen(user: string, lastEventId?: string): Promise<void> {
  const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
  const response = await world.http('/jmap/events?types=*&closeafter=no&ping=0', { user, headers });
  expect(response.status).toBe(200);
  events = (response.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  await events.next();
}

/** The next event that says something of an account. */
async function pushed(account: string): Promise<{ readonly id: string; readonly states: Json }> {
  for (;;) {
    const { value } = await events.next();
    const [, id, data] = /^event: state\nid: ([^\n]+)\ndata: ([^\n]+)\n\n$/.exec(Buffer.from(value).toString())!;
    const { changed } = JSON.parse(data!);
    if (changed[account] !== undefined) return { id: id!, states: changed[account] };
  }
}

async function share(rights: object | null): Promise<void> {
  await world.call('Mailbox/set', { update: { [world.mailbox('INBOX')]: { 'shareWith/bob': rights } } });
}

test('a new share, what happens in it, and its end', async () => {
  await listen('bob');
  await share({ mayReadItems: true });
  expect((await pushed('bob')).states).toHaveProperty('ShareNotification');
  const { states } = await pushed('alice');
  expect(Object.keys(states).sort()).toEqual(['Email', 'Mailbox', 'Thread']);
  await world.file(lines('Subject: one', '', 'x'), { mailboxes: ['Archive'] });
  await world.file(lines('Subject: two', '', 'x'));
  const later = await pushed('alice');
  expect((await world.call('Email/get', { accountId: 'alice', ids: [] }, 'bob')).state).toBe(later.states.Email);
  await share(null);
  await pushed('bob');
  expect(await world.failing('Email/get', { accountId: 'alice', ids: [] }, 'bob')).toMatchObject({
    type: 'accountNotFound',
  });
});

test('who comes back is told of what others have done meanwhile', async () => {
  await share({ mayReadItems: true });
  await listen('bob');
  await world.file(lines('Subject: one', '', 'x'));
  const { id } = await pushed('alice');
  await events.return?.();
  await world.file(lines('Subject: two', '', 'x'));
  await listen('bob', id);
  const { states } = await pushed('alice');
  expect(states.Email).toBe((await world.call('Email/get', { accountId: 'alice', ids: [] }, 'bob')).state);
});

test('contacts, of one and of others', async () => {
  await listen('bob');
  const mine = (await world.call('AddressBook/get', {}, 'bob')).list[0].id;
  expect((await pushed('bob')).states).toHaveProperty('AddressBook');
  await world.call('ContactCard/set', { create: { k: { addressBookIds: { [mine]: true } } } }, 'bob');
  const { states } = await pushed('bob');
  expect(states).toEqual({ ContactCard: (await world.call('ContactCard/get', { ids: [] }, 'bob')).state });
  const book = (await world.call('AddressBook/get')).list[0].id;
  await world.call('AddressBook/set', { update: { [book]: { shareWith: { bob: { mayRead: true } } } } });
  expect((await pushed('alice')).states).toHaveProperty('AddressBook');
  await world.call('ContactCard/set', { create: { k: { addressBookIds: { [book]: true } } } });
  expect((await pushed('alice')).states).toHaveProperty('ContactCard');
});
