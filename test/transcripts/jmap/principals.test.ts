/** Principals and what they share (RFC 9670). */
import { beforeEach, describe, expect, test } from 'vitest';
import { bodyText, type JmapWorld, type Json, jmapWorld } from '../../support/jmap.ts';

const PRINCIPALS = 'urn:ietf:params:jmap:principals';
let world: JmapWorld;

beforeEach(async () => {
  world = await jmapWorld();
});

async function share(who: string, rights: Record<string, boolean> | null): Promise<void> {
  const update = { [world.mailbox('INBOX')]: { [`shareWith/${who}`]: rights } };
  expect((await world.call('Mailbox/set', { update })).notUpdated).toEqual({});
}

test('the session says who one is, and whose each account is (RFC 9670 section 1.5)', async () => {
  await share('bob', { mayReadItems: true });
  const session = JSON.parse(await bodyText(await world.http('/.well-known/jmap', { user: 'bob' })));
  expect(session.capabilities[PRINCIPALS]).toEqual({});
  expect(session.primaryAccounts[PRINCIPALS]).toBe('bob');
  const of = (account: string) => session.accounts[account].accountCapabilities;
  expect(of('bob')[PRINCIPALS]).toEqual({ currentUserPrincipalId: 'bob' });
  expect(of('bob')[`${PRINCIPALS}:owner`]).toEqual({ accountIdForPrincipal: 'bob', principalId: 'bob' });
  expect(of('alice')[`${PRINCIPALS}:owner`]).toEqual({ accountIdForPrincipal: 'bob', principalId: 'alice' });
  expect(of('alice')).not.toHaveProperty([PRINCIPALS]);
});

describe('Principal', () => {
  test('get: those of the tenant, everybody as a group, and nobody else', async () => {
    const { list, state } = await world.call('Principal/get');
    expect(list.map(({ id, type }: Json) => [id, type])).toEqual([
      ['alice', 'individual'],
      ['bob', 'individual'],
      ['dave', 'individual'],
      ['anyone', 'group'],
    ]);
    expect(list[0]).toEqual({
      id: 'alice',
      type: 'individual',
      name: 'alice@example.test',
      description: null,
      email: 'alice@example.test',
      timeZone: null,
      capabilities: {},
      accounts: { alice: expect.objectContaining({ name: 'alice@example.test', isPersonal: true }) },
    });
    const some = await world.call('Principal/get', { ids: ['bob', 'carol', 'folders'], properties: ['name'] });
    expect(some).toMatchObject({ state, notFound: ['carol', 'folders'] });
    expect(some.list).toEqual([{ id: 'bob', name: 'bob@example.test' }]);
    expect((await world.call('Principal/get', {}, 'carol')).list.map(({ id }: Json) => id)).toEqual([
      'carol',
      'anyone',
    ]);
    expect(await world.failing('Principal/get', { properties: ['shoe'] })).toMatchObject({ type: 'invalidArguments' });
    expect(await world.failing('Principal/get', { accountId: 'bob' })).toMatchObject({ type: 'accountNotFound' });
  });

  test('get: the accounts in which one sees something of theirs', async () => {
    const accounts = async () => {
      const { list } = await world.call('Principal/get', { ids: ['alice'], properties: ['accounts'] }, 'bob');
      return list[0].accounts;
    };
    expect(await accounts()).toBeNull();
    await share('bob', { mayReadItems: true });
    await world.http('/.well-known/jmap', { user: 'bob' });
    expect(await accounts()).toMatchObject({ alice: { name: 'alice@example.test', isPersonal: false } });
  });

  test.each([
    ['one by name', { name: 'DAV' }, ['dave']],
    ['one by email', { email: 'bob@' }, ['bob']],
    ['by any text', { text: 'example' }, ['alice', 'bob', 'dave']],
    ['groups', { type: 'group' }, ['anyone']],
    ['by account', { accountIds: ['dave', 'carol'] }, ['dave']],
    ['by zone', { timeZone: 'Europe/Oslo' }, []],
    ['not', { operator: 'NOT', conditions: [{ text: 'alice' }, { type: 'group' }] }, ['bob', 'dave']],
  ])('query: %s', async (_, filter, ids) => {
    const sort = [{ property: 'name' }];
    expect((await world.call('Principal/query', { filter, sort })).ids).toEqual(ids);
  });

  test('query: in order, in windows, and refused where there is no such thing', async () => {
    const sort = [{ property: 'email', isAscending: false }];
    const filter = { type: 'individual' };
    const page = await world.call('Principal/query', { filter, sort, position: 1, limit: 1, calculateTotal: true });
    expect(page).toMatchObject({ ids: ['bob'], total: 3, position: 1, canCalculateChanges: false });
    expect(await world.failing('Principal/query', { sort: [{ property: 'id' }] })).toMatchObject({
      type: 'unsupportedSort',
    });
    expect(await world.failing('Principal/query', { filter: { shoe: 1 } })).toMatchObject({
      type: 'unsupportedFilter',
    });
    const queryChanges = { sinceQueryState: page.queryState };
    expect(await world.failing('Principal/queryChanges', queryChanges)).toMatchObject({
      type: 'cannotCalculateChanges',
    });
  });

  test('changes: none, or not known; set: refused', async () => {
    const { state } = await world.call('Principal/get', { ids: [] });
    expect(await world.call('Principal/changes', { sinceState: state })).toMatchObject({
      newState: state,
      updated: [],
    });
    expect(await world.failing('Principal/changes', { sinceState: 'x' })).toMatchObject({
      type: 'cannotCalculateChanges',
    });
    const set = { create: { k: { name: 'X' } }, update: { alice: { name: 'Y' } }, destroy: ['bob', 'carol'] };
    expect(await world.call('Principal/set', set)).toMatchObject({
      oldState: state,
      notCreated: { k: { type: 'forbidden' } },
      notUpdated: { alice: { type: 'forbidden' } },
      notDestroyed: { bob: { type: 'forbidden' }, carol: { type: 'notFound' } },
    });
    expect(await world.failing('Principal/set', { ifInState: 'x' })).toMatchObject({ type: 'stateMismatch' });
  });
});

describe('ShareNotification', () => {
  test('says who has changed what, to whom it is changed for', async () => {
    const { state } = await world.call('ShareNotification/get', {}, 'bob');
    await share('bob', { mayReadItems: true });
    const { created } = await world.call('ShareNotification/changes', { sinceState: state }, 'bob');
    expect(created).toHaveLength(1);
    const { list } = await world.call('ShareNotification/get', { ids: created }, 'bob');
    const rights = (...given: string[]) => expect.objectContaining(Object.fromEntries(given.map((one) => [one, true])));
    expect(list).toEqual([
      {
        id: created[0],
        created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        changedBy: { name: 'alice@example.test', email: 'alice@example.test', principalId: 'alice' },
        objectType: 'Mailbox',
        objectAccountId: 'alice',
        objectId: world.mailbox('INBOX'),
        name: 'INBOX',
        oldRights: null,
        newRights: rights('mayReadItems'),
      },
    ]);
    // Nothing has changed, and so nothing is told.
    await share('bob', { mayReadItems: true });
    expect((await world.call('ShareNotification/get', {}, 'bob')).list).toHaveLength(1);
    await share('bob', null);
    const [, gone] = (await world.call('ShareNotification/get', {}, 'bob')).list;
    expect(gone).toMatchObject({ oldRights: { mayReadItems: true }, newRights: null });
    expect((await world.call('ShareNotification/get', {}, 'alice')).list).toEqual([]);
  });

  test('is found by query, destroyed, and neither made nor changed', async () => {
    await share('bob', { mayReadItems: true });
    await world.clock.skip(60_000);
    await share('bob', { mayReadItems: true, maySetSeen: true });
    const { list } = await world.call('ShareNotification/get', {}, 'bob');
    const [first, second] = list.map(({ id }: Json) => id);
    const query = (args: object) => world.call('ShareNotification/query', { ...args }, 'bob');
    expect((await query({})).ids).toEqual([first, second]);
    expect((await query({ sort: [{ property: 'created', isAscending: false }] })).ids).toEqual([second, first]);
    expect((await query({ filter: { after: list[1].created } })).ids).toEqual([second]);
    expect((await query({ filter: { before: list[1].created } })).ids).toEqual([first]);
    expect((await query({ filter: { objectType: 'AddressBook' } })).ids).toEqual([]);
    expect((await query({ filter: { objectAccountId: 'alice', objectType: 'Mailbox' } })).ids).toHaveLength(2);
    const set = await world.call(
      'ShareNotification/set',
      { create: { k: {} }, update: { [second]: { name: 'x' } }, destroy: [first, 'n-x'] },
      'bob',
    );
    expect(set).toMatchObject({
      destroyed: [first],
      notCreated: { k: { type: 'forbidden' } },
      notUpdated: { [second]: { type: 'forbidden' } },
      notDestroyed: { 'n-x': { type: 'notFound' } },
    });
  });

  test('a hundred are kept', async () => {
    for (let i = 0; i < 105; i++) await share('bob', i % 2 === 0 ? { mayReadItems: true } : null);
    const { list } = await world.call('ShareNotification/get', {}, 'bob');
    expect(list).toHaveLength(100);
    expect(list.at(-1)).toMatchObject({ oldRights: null, newRights: { mayReadItems: true } });
  });
});
