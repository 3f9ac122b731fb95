import { beforeEach, describe, expect, test } from 'vitest';
import { UidSet } from '../../../mail/account/uidset.ts';
import { type JmapWorld, type Json, jmapWorld, lines } from '../../support/jmap.ts';

let world: JmapWorld;

beforeEach(async () => {
  world = await jmapWorld();
});

async function get(id: string, properties?: readonly string[]): Promise<Json> {
  return (await world.call('Mailbox/get', { ids: [id], properties })).list[0];
}

async function set(args: Record<string, unknown>): Promise<Json> {
  return world.call('Mailbox/set', args);
}

async function create(properties: Record<string, unknown>): Promise<Json> {
  const { created, notCreated } = await set({ create: { k: properties } });
  return created.k ?? notCreated.k;
}

async function update(id: string, patch: Record<string, unknown>): Promise<Json> {
  const { updated, notUpdated } = await set({ update: { [id]: patch } });
  return id in updated ? await get(id) : notUpdated[id];
}

const file = (mailboxes: readonly string[], flags: readonly string[] = [], thread = 't') =>
  world.file(lines(`References: <${thread}@example.com>`, 'Subject: x', '', 'x'), { mailboxes, flags });

describe('Mailbox/get (RFC 8621 section 2.1)', () => {
  test('all of them, the inbox by its name', async () => {
    const { list, notFound } = await world.call('Mailbox/get', { ids: null });
    expect(notFound).toEqual([]);
    expect(list.map(({ name, role, sortOrder }: Json) => [name, role, sortOrder])).toEqual([
      ['Inbox', 'inbox', 1],
      ['Drafts', 'drafts', 2],
      ['Sent', 'sent', 3],
      ['Junk', 'junk', 5],
      ['Trash', 'trash', 6],
      ['Archive', 'archive', 4],
    ]);
    expect(list[0]).toMatchObject({
      id: world.mailbox('INBOX'),
      parentId: null,
      totalEmails: 0,
      unreadEmails: 0,
      totalThreads: 0,
      unreadThreads: 0,
      isSubscribed: true,
      myRights: { mayReadItems: true, mayRename: false, mayDelete: false },
    });
  });

  test('some properties of some, as the example has it', async () => {
    const ids = ['m0', world.mailbox('Trash')];
    const { list, notFound } = await world.call('Mailbox/get', { ids, properties: ['name', 'role'] });
    expect(list).toEqual([{ id: ids[1], name: 'Trash', role: 'trash' }]);
    expect(notFound).toEqual(['m0']);
    expect((await world.failing('Mailbox/get', { properties: ['colour'] })).type).toBe('invalidArguments');
  });

  test('counts emails and threads; the trash by itself', async () => {
    await file(['INBOX'], ['\\Seen'], 'a');
    await file(['Archive'], [], 'a');
    await file(['INBOX'], [], 'b');
    await file(['INBOX'], ['\\Draft'], 'c');
    await file(['INBOX'], ['\\Seen'], 'd');
    await file(['Trash'], [], 'd');
    const counts = async (name: string) => {
      const { totalEmails, unreadEmails, totalThreads, unreadThreads } = await get(world.mailbox(name));
      return [totalEmails, unreadEmails, totalThreads, unreadThreads];
    };
    // A draft does not count as unread.
    expect(await counts('INBOX')).toEqual([4, 1, 4, 2]);
    expect(await counts('Archive')).toEqual([1, 1, 1, 1]);
    expect(await counts('Trash')).toEqual([1, 1, 1, 1]);
  });

  test('counts emails, not their placements, whose flags may differ', async () => {
    await file(['INBOX', 'Archive']);
    const [inbox, archive] = ['INBOX', 'Archive'].map((name) => world.mailbox(name)) as [string, string];
    await world.alice.write((draft) => {
      draft.copy(inbox, UidSet.range(1, 1), inbox);
      draft.store(archive, UidSet.range(1, 1), 'add', ['\\Seen']);
    });
    const expected = { totalEmails: 1, unreadEmails: 1, totalThreads: 1, unreadThreads: 1 };
    expect(await get(inbox)).toMatchObject(expected);
    // It has no $seen, as it is not seen in the inbox.
    expect(await get(archive)).toMatchObject(expected);
  });
});

describe('Mailbox/changes (RFC 8621 section 2.2)', () => {
  test('tells whether more than counts have changed, and the next call reads just that', async () => {
    const { state } = await world.call('Mailbox/get', { ids: [] });
    await file(['INBOX']);
    const calls = (sinceState: string) =>
      world.request([
        ['Mailbox/changes', { accountId: 'alice', sinceState }, '0'],
        [
          'Mailbox/get',
          {
            accountId: 'alice',
            '#ids': { resultOf: '0', name: 'Mailbox/changes', path: '/updated' },
            '#properties': { resultOf: '0', name: 'Mailbox/changes', path: '/updatedProperties' },
          },
          '1',
        ],
      ]);
    const [[, changes], [, read]] = (await calls(state)) as [Json, Json];
    const counts = ['totalEmails', 'unreadEmails', 'totalThreads', 'unreadThreads'];
    expect(changes).toMatchObject({
      created: [],
      updated: [world.mailbox('INBOX')],
      destroyed: [],
      updatedProperties: counts,
    });
    expect(Object.keys(read.list[0]).sort()).toEqual(['id', ...counts].sort());
    await update(world.mailbox('Archive'), { sortOrder: 3 });
    await update(world.mailbox('Archive'), { name: 'Old' });
    const [[, more], [, whole]] = (await calls(changes.newState)) as [Json, Json];
    expect(more).toMatchObject({ updated: [world.mailbox('Old')], updatedProperties: null });
    expect(whole.list[0]).toMatchObject({ name: 'Old', sortOrder: 3 });
  });
});

describe('Mailbox/query (RFC 8621 section 2.3)', () => {
  let names: (args: Record<string, unknown>) => Promise<string[]>;

  beforeEach(async () => {
    await world.alice.write((draft) => {
      for (const name of ['Work/a', 'Work/b/c', 'Zoo', 'INBOX/in']) draft.createMailbox(name);
      draft.subscribe('Zoo', true);
    });
    names = async (args) => {
      const { ids } = await world.call('Mailbox/query', args);
      return ids.map((id: string) => world.alice.state.mailboxes.get(id)!.name);
    };
  });

  test.each<[Record<string, unknown>, readonly string[]]>([
    [{ role: 'trash' }, ['Trash']],
    [{ hasAnyRole: false }, ['INBOX/in', 'Work', 'Work/a', 'Work/b', 'Work/b/c', 'Zoo']],
    [{ hasAnyRole: true, isSubscribed: false }, []],
    [{ isSubscribed: true, role: null }, ['Zoo']],
    [{ name: 'INB' }, ['INBOX']],
    [{ name: 'A' }, ['Archive', 'Drafts', 'Trash', 'Work/a']],
    [
      { operator: 'NOT', conditions: [{ hasAnyRole: true }, { parentId: null }] },
      ['INBOX/in', 'Work/a', 'Work/b', 'Work/b/c'],
    ],
    [{ operator: 'OR', conditions: [{ role: 'inbox' }, { role: 'sent' }] }, ['INBOX', 'Sent']],
  ])('filters by %j', async (filter, expected) => {
    const found = await names({ filter });
    expect(found.sort()).toEqual([...expected].sort());
  });

  test('sorts, as a tree too', async () => {
    expect(await names({ sort: [{ property: 'sortOrder' }, { property: 'name' }], limit: 4 })).toEqual([
      'INBOX',
      'Drafts',
      'Sent',
      'Archive',
    ]);
    const tree = { sort: [{ property: 'name', isAscending: false }], sortAsTree: true, filter: { hasAnyRole: false } };
    expect(await names(tree)).toEqual(['Zoo', 'Work', 'Work/b', 'Work/b/c', 'Work/a', 'INBOX/in']);
    const under = {
      filter: { operator: 'OR', conditions: [{ name: 'c' }, { name: 'b' }] },
      sort: [{ property: 'name' }],
    };
    expect(await names(under)).toEqual(['Archive', 'Work/b', 'Work/b/c', 'INBOX']);
    expect(await names({ ...under, filterAsTree: true })).toEqual(['Archive', 'INBOX']);
    const { total, position, ids } = await world.call('Mailbox/query', { position: -2, calculateTotal: true });
    expect([total, position, ids.length]).toEqual([12, 10, 2]);
  });

  test.each([
    [{ sort: [{ property: 'colour' }] }, 'unsupportedSort'],
    [{ filter: { colour: 'red' } }, 'unsupportedFilter'],
    [{ colour: 'red' }, 'invalidArguments'],
  ])('refuses %j', async (args, type) => {
    expect((await world.failing('Mailbox/query', args)).type).toBe(type);
  });

  test('its changes are asked for anew', async () => {
    const { queryState, canCalculateChanges } = await world.call('Mailbox/query', {});
    expect(canCalculateChanges).toBe(false);
    const error = await world.failing('Mailbox/queryChanges', { sinceQueryState: queryState });
    expect(error.type).toBe('cannotCalculateChanges');
  });
});

describe('Mailbox/set (RFC 8621 section 2.5)', () => {
  test('what is subscribed stays so under another name, with what is below it', async () => {
    const create = { a: { name: 'A', isSubscribed: true }, b: { name: 'B', parentId: '#a', isSubscribed: true } };
    const { created } = await world.call('Mailbox/set', { create });
    const ids = [created.a.id, created.b.id];
    await world.call('Mailbox/set', { update: { [ids[0]]: { name: 'C' } } });
    const { list } = await world.call('Mailbox/get', { ids, properties: ['name', 'isSubscribed'] });
    expect(list).toEqual([
      { id: ids[0], name: 'C', isSubscribed: true },
      { id: ids[1], name: 'B', isSubscribed: true },
    ]);
  });

  test('makes mailboxes that name each other, in any order', async () => {
    const { created, notCreated } = await set({
      create: {
        c: { name: 'C', parentId: '#b' },
        b: { name: 'B', parentId: '#a' },
        a: { name: 'A', isSubscribed: true },
      },
    });
    expect(notCreated).toEqual({});
    expect(created.a).toMatchObject({ parentId: null, isSubscribed: true, totalEmails: 0, sortOrder: 10, role: null });
    expect(created.a).not.toHaveProperty('name');
    expect(world.mailbox('A/B/C')).toBe(created.c.id);
    const round = await set({ create: { x: { name: 'X', parentId: '#y' }, y: { name: 'Y', parentId: '#x' } } });
    expect(Object.keys(round.notCreated).sort()).toEqual(['x', 'y']);
  });

  test('renames and moves, with what is below', async () => {
    const { id: a } = await create({ name: 'A' });
    const { id: b } = await create({ name: 'B', parentId: a });
    expect(await update(a, { name: 'Ä-B', parentId: world.mailbox('Archive') })).toMatchObject({
      name: 'Ä-B',
      parentId: world.mailbox('Archive'),
    });
    expect(world.mailbox('Archive/Ä-B/B')).toBe(b);
    expect(await update(b, { parentId: null })).toMatchObject({ name: 'B', parentId: null });
    expect(await update(b, { role: 'flagged', sortOrder: 7, isSubscribed: true })).toMatchObject({
      role: 'flagged',
      sortOrder: 7,
      isSubscribed: true,
    });
    expect(await update(b, { role: null, sortOrder: null })).toMatchObject({ role: null, sortOrder: 10 });
    const whole = await get(b);
    expect(await update(b, { ...whole, name: 'C' })).toMatchObject({ name: 'C' });
  });

  test.each<[string, Record<string, unknown>, string, readonly string[] | undefined]>([
    ['no name', {}, 'invalidProperties', ['name']],
    ['an empty name', { name: '' }, 'invalidProperties', ['name']],
    ['a name with a slash', { name: 'a/b' }, 'invalidProperties', ['name']],
    ['a name with a line end', { name: 'a\nb' }, 'invalidProperties', ['name']],
    ['a name that is there', { name: 'Archive' }, 'alreadyExists', undefined],
    ["the inbox's name, in any case", { name: 'inBOX' }, 'alreadyExists', undefined],
    ['a parent that is not there', { name: 'a', parentId: 'm0' }, 'invalidProperties', ['parentId']],
    ['a role that is taken', { name: 'a', role: 'trash' }, 'invalidProperties', ['role']],
    ['a second inbox', { name: 'a', role: 'inbox' }, 'invalidProperties', ['role']],
    ['a role that there is not', { name: 'a', role: 'snoozed' }, 'invalidProperties', ['role']],
    ['counts', { name: 'a', totalEmails: 3 }, 'invalidProperties', ['totalEmails']],
    ['a sort order below zero', { name: 'a', sortOrder: -1 }, 'invalidProperties', ['sortOrder']],
  ])('does not make one with %s', async (_what, properties, type, named) => {
    const { size } = world.alice.state.mailboxes;
    const error = await create(properties);
    expect(error).toMatchObject({ type, ...(named === undefined ? {} : { properties: named }) });
    if (type === 'alreadyExists') expect(world.alice.state.mailboxes.has(error.existingId)).toBe(true);
    expect(world.alice.state.mailboxes.size).toBe(size);
  });

  test('keeps the inbox as it is', async () => {
    const inbox = world.mailbox('INBOX');
    expect(await update(inbox, { name: 'Inbox', parentId: null, role: 'inbox' })).toMatchObject({ name: 'Inbox' });
    expect(await update(inbox, { name: 'Post' })).toMatchObject({ type: 'forbidden' });
    expect(await update(inbox, { role: null })).toMatchObject({ type: 'invalidProperties' });
    expect((await set({ destroy: [inbox] })).notDestroyed[inbox].type).toBe('forbidden');
    expect(await update(inbox, { isSubscribed: false })).toMatchObject({ isSubscribed: false, role: 'inbox' });
  });

  test('a change that is refused in part is refused', async () => {
    const { id } = await create({ name: 'A' });
    expect(await update(id, { name: 'B', role: 'trash' })).toMatchObject({ type: 'invalidProperties' });
    expect(await update(id, { name: 'B', parentId: id })).toMatchObject({
      type: 'invalidProperties',
      properties: ['parentId'],
    });
    expect((await get(id)).name).toBe('A');
    expect((await set({ update: { m0: { name: 'B' } } })).notUpdated.m0.type).toBe('notFound');
  });

  test('destroys: not what holds mailboxes or mail, unless told so', async () => {
    const { id: a } = await create({ name: 'A' });
    const { id: b } = await create({ name: 'B', parentId: a });
    expect((await set({ destroy: [a] })).notDestroyed[a].type).toBe('mailboxHasChild');
    const alone = await file(['A/B']);
    const both = await file(['A/B', 'INBOX']);
    expect((await set({ destroy: [b] })).notDestroyed[b].type).toBe('mailboxHasEmail');
    const { state } = await world.call('Email/get', { ids: [] });
    expect((await set({ destroy: [a, b], onDestroyRemoveEmails: true })).destroyed.sort()).toEqual([a, b].sort());
    const changes = await world.call('Email/changes', { sinceState: state });
    expect(changes).toMatchObject({ destroyed: [alone], updated: [both] });
    expect((await set({ destroy: [a] })).notDestroyed[a].type).toBe('notFound');
  });

  test('says willDestroy, stateMismatch, requestTooLarge', async () => {
    const { id } = await create({ name: 'A' });
    const both = await set({ update: { [id]: { name: 'B' } }, destroy: [id] });
    expect(both).toMatchObject({ notUpdated: { [id]: { type: 'willDestroy' } }, destroyed: [id] });
    expect((await world.failing('Mailbox/set', { ifInState: both.oldState })).type).toBe('stateMismatch');
    const many = Array.from({ length: 1001 }, (_, i) => `m${i}`);
    expect((await world.failing('Mailbox/set', { destroy: many })).type).toBe('requestTooLarge');
    expect((await world.failing('Mailbox/get', { ids: many })).type).toBe('requestTooLarge');
    expect((await world.failing('Mailbox/set', { accountId: 'bob' })).type).toBe('accountNotFound');
  });

  test('what IMAP does to a mailbox is seen', async () => {
    const { state } = await world.call('Mailbox/get', { ids: [] });
    await file(['Archive']);
    await world.alice.write((draft) => void draft.store(world.mailbox('Archive'), UidSet.from([1]), 'add', ['\\Seen']));
    const { updated } = await world.call('Mailbox/changes', { sinceState: state });
    expect(updated).toEqual([world.mailbox('Archive')]);
    expect(await get(updated[0], ['totalEmails', 'unreadEmails'])).toMatchObject({ totalEmails: 1, unreadEmails: 0 });
  });
});

describe('Thread (RFC 8621 section 3)', () => {
  test('its emails, the oldest first, wherever they are', async () => {
    const id = async (n: number, mailbox: string) =>
      world.file(lines('References: <t@example.com>', `Subject: ${n}`, '', 'x'), {
        mailboxes: [mailbox],
        date: n * 1000,
      });
    const second = await id(2, 'INBOX');
    const { state } = await world.call('Thread/get', { ids: [] });
    const first = await id(1, 'Sent');
    const [{ threadId }] = (await world.call('Email/get', { ids: [first], properties: ['threadId'] })).list;
    const { list, notFound } = await world.call('Thread/get', { ids: [threadId, 't0'] });
    expect(list).toEqual([{ id: threadId, emailIds: [first, second] }]);
    expect(notFound).toEqual(['t0']);
    const changes = await world.call('Thread/changes', { sinceState: state });
    expect(changes).toMatchObject({ created: [], updated: [threadId], destroyed: [] });
    await world.call('Email/set', { destroy: [first, second] });
    expect((await world.call('Thread/changes', { sinceState: changes.newState })).destroyed).toEqual([threadId]);
  });
});
