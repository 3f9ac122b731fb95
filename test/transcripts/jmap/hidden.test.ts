/** What IMAP has marked as deleted is not there for JMAP (RFC 8621 section 4.1.1), by whatever it is asked for. */
import { expect, test } from 'vitest';
import { DELETED, emailNumber } from '../../../mail/account/types.ts';
import { UidSet } from '../../../mail/account/uidset.ts';
import { type JmapWorld, jmapWorld, lines } from '../../support/jmap.ts';

const message = (id: string, more = '') =>
  lines(`Message-ID: <${id}@example.com>`, ...(more === '' ? [] : [more]), 'Subject: Lunch', '', 'Hello');

/** As IMAP's STORE does it, on each placement of an email or the first of them. */
async function mark({ alice }: JmapWorld, id: string, on: boolean, only = Number.POSITIVE_INFINITY): Promise<void> {
  await alice.write((draft) => {
    for (const { mailbox, row } of draft.placements(emailNumber(id)!).slice(0, only)) {
      const uid = draft.rows(mailbox).uid(row);
      draft.store(mailbox, UidSet.range(uid, uid), on ? 'add' : 'remove', ['\\Deleted']);
    }
  });
}

async function conversation(world: JmapWorld) {
  const first = await world.file(message('a'), { date: Date.UTC(2026, 0, 1) });
  const second = await world.file(message('b', 'In-Reply-To: <a@example.com>'), { mailboxes: ['INBOX', 'Archive'] });
  const { list } = await world.call('Email/get', { ids: [first, second], properties: ['threadId', 'blobId'] });
  return { first, second, thread: list[0].threadId as string, blob: list[1].blobId as string };
}

test('Thread: named while one placement is not marked', async () => {
  const world = await jmapWorld();
  const { call } = world;
  const { first, second, thread } = await conversation(world);
  const named = async () => (await call('Thread/get', { ids: [thread] })).list[0]?.emailIds;
  const since = (await call('Thread/get', { ids: [] })).state;
  const changes = async (sinceState: string) => {
    const { created, updated, destroyed } = await call('Thread/changes', { sinceState });
    return { created, updated, destroyed };
  };
  const none = { created: [], updated: [], destroyed: [] };
  await mark(world, second, true, 1);
  expect(await named()).toEqual([first, second]);
  expect(await changes(since)).toEqual(none);
  await mark(world, second, true);
  expect(await named()).toEqual([first]);
  expect(await changes(since)).toEqual({ ...none, updated: [thread] });
  const one = (await call('Thread/get', { ids: [] })).state;
  await mark(world, first, true);
  expect(await named()).toBeUndefined();
  expect((await call('Thread/get', { ids: null })).list).toEqual([]);
  expect(await changes(since)).toEqual({ ...none, destroyed: [thread] });
  expect(await changes(one)).toEqual({ ...none, destroyed: [thread] });
  const empty = (await call('Thread/get', { ids: [] })).state;
  await mark(world, second, false);
  expect(await named()).toEqual([second]);
  expect(await changes(empty)).toEqual({ ...none, created: [thread] });
  expect(await changes(one)).toEqual({ ...none, updated: [thread] });
  await mark(world, first, false);
  expect(await named()).toEqual([first, second]);
  expect(await changes(empty)).toEqual({ ...none, created: [thread] });
  // Flags are none of its business.
  const now = (await call('Thread/get', { ids: [] })).state;
  await call('Email/set', { update: { [first]: { 'keywords/$seen': true } } });
  expect((await call('Thread/get', { ids: [] })).state).toBe(now);
});

test('its bytes, parts and snippets', async () => {
  const world = await jmapWorld();
  const { call, http } = world;
  const { first, second, blob } = await conversation(world);
  const path = `/jmap/download/alice/${blob}/m.eml?accept=message/rfc822`;
  const snippets = { filter: { text: 'Lunch' }, emailIds: [first, second] };
  expect((await http(path)).status).toBe(200);
  expect((await call('SearchSnippet/get', snippets)).notFound).toBeNull();
  await mark(world, second, true);
  expect((await http(path)).status).toBe(404);
  const part = `p${blob.slice(1)}-0`;
  expect(await call('Blob/get', { ids: [blob, part] })).toMatchObject({ list: [], notFound: [blob, part] });
  expect(await call('Blob/lookup', { ids: [blob], typeNames: ['Email'] })).toMatchObject({ notFound: [blob] });
  expect(await call('Email/parse', { blobIds: [blob] })).toMatchObject({ notFound: [blob] });
  expect(await call('Email/get', { ids: [second] })).toMatchObject({ list: [], notFound: [second] });
  expect((await call('SearchSnippet/get', snippets)).notFound).toEqual([second]);
  await mark(world, second, false, 1);
  expect((await http(path)).status).toBe(200);
  // The placement that is still marked is not told of.
  const mailboxes = (await call('Email/get', { ids: [second], properties: ['mailboxIds'] })).list[0].mailboxIds;
  expect(Object.keys(mailboxes)).toHaveLength(1);
  const [{ matchedIds }] = (await call('Blob/lookup', { ids: [blob], typeNames: ['Mailbox'] })).list;
  expect(matchedIds.Mailbox).toEqual(Object.keys(mailboxes));
  const rows = world.alice.state.placements(emailNumber(second)!);
  expect(
    rows.filter(({ mailbox, row }) => (world.alice.state.rows(mailbox).flags(row).system & DELETED) !== 0),
  ).toHaveLength(1);
});
