/** What a client does that logs in, and what it does when something has changed: the examples of RFC 8621 section 4.10. */
import { expect, test } from 'vitest';
import { type Json, jmapWorld, lines } from '../../support/jmap.ts';

test('the first screen in one request, and then only what changes', async () => {
  const world = await jmapWorld();
  const accountId = 'alice';
  const inbox = world.mailbox('INBOX');
  const mail = (n: number, thread: number, mailbox = 'INBOX') =>
    world.file(
      lines(`From: Ann <ann${n}@example.com>`, `References: <${thread}@example.com>`, `Subject: ${n}`, '', `text ${n}`),
      { mailboxes: [mailbox], date: 1_700_000_000_000 + n * 60_000, flags: ['\\Seen'] },
    );
  const ids: string[] = [];
  for (let n = 0; n < 40; n++) ids.push(await mail(n, n >> 1, n % 4 === 0 ? 'Archive' : 'INBOX'));

  const query = {
    filter: { inMailbox: inbox },
    sort: [{ isAscending: false, property: 'receivedAt' }],
    collapseThreads: true,
  };
  const [[, list], [, exemplars], [, threads], [, emails]] = (await world.request([
    ['Email/query', { accountId, ...query, position: 0, limit: 5, calculateTotal: true }, '0'],
    [
      'Email/get',
      { accountId, '#ids': { resultOf: '0', name: 'Email/query', path: '/ids' }, properties: ['threadId'] },
      '1',
    ],
    ['Thread/get', { accountId, '#ids': { resultOf: '1', name: 'Email/get', path: '/list/*/threadId' } }, '2'],
    [
      'Email/get',
      {
        accountId,
        '#ids': { resultOf: '2', name: 'Thread/get', path: '/list/*/emailIds' },
        properties: [
          'threadId',
          'mailboxIds',
          'keywords',
          'hasAttachment',
          'from',
          'subject',
          'receivedAt',
          'size',
          'preview',
        ],
      },
      '3',
    ],
  ])) as [Json, Json, Json, Json];
  expect(list).toMatchObject({ position: 0, total: 20, canCalculateChanges: true });
  expect(list.ids).toEqual([39, 37, 35, 33, 31].map((n) => ids[n]));
  expect(exemplars.list).toHaveLength(5);
  expect(threads.list[0].emailIds).toEqual([ids[38], ids[39]]);
  expect(emails.list).toHaveLength(10);
  expect(emails.list[0]).toMatchObject({
    subject: '38',
    preview: 'text 38',
    from: [{ name: 'Ann', email: 'ann38@example.com' }],
  });

  // On another device the first message is marked as unread.
  const unread = await world.call('Email/set', {
    ifInState: emails.state,
    update: { [ids[39]!]: { 'keywords/$seen': null } },
  });
  expect(unread).toMatchObject({ oldState: emails.state, updated: { [ids[39]!]: null } });
  const later = await mail(40, 3);

  const [[, changed], [, fetched], [, queryChanges]] = (await world.request([
    ['Email/changes', { accountId, sinceState: emails.state, maxChanges: 30 }, '3'],
    [
      'Email/get',
      { accountId, '#ids': { resultOf: '3', name: 'Email/changes', path: '/updated' }, properties: ['keywords'] },
      '4',
    ],
    [
      'Email/queryChanges',
      {
        accountId,
        ...query,
        sinceQueryState: list.queryState,
        upToId: list.ids[4],
        maxChanges: 25,
        calculateTotal: true,
      },
      '11',
    ],
  ])) as [Json, Json, Json];
  expect(changed).toMatchObject({ created: [later], updated: [ids[39]], destroyed: [], hasMoreChanges: false });
  expect(fetched.list).toEqual([{ id: ids[39], keywords: {} }]);
  expect(queryChanges).toMatchObject({ oldQueryState: list.queryState, total: 20 });
  expect(queryChanges.added).toEqual([
    { id: later, index: 0 },
    { id: ids[39], index: 1 },
  ]);
  // The new one's thread had another exemplar until now; that of the other is where it was.
  expect([...queryChanges.removed].sort()).toEqual([ids[6], ids[7], ids[38], ids[39]].sort());
  expect(world.errors).toEqual([]);
});

test('what cannot be read of a message does not hide the others', async () => {
  const world = await jmapWorld();
  const whole = await world.file(lines('Subject: a', '', 'needle'));
  const lost = await world.file(lines('Subject: needle', '', 'gone'));
  const { ids: both } = await world.call('Email/query', { filter: { text: 'needle' } });
  expect([...both].sort()).toEqual([whole, lost].sort());
  for await (const { name, size } of world.ports.blobs.list('raw'))
    if (size === 25) await world.ports.blobs.delete(name);
  const { ids } = await world.call('Email/query', { filter: { body: 'needle' } });
  expect(ids).toEqual([whole]);
});
