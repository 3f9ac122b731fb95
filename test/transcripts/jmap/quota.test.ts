/** Quota (RFC 9425): what the account keeps, of what it may keep. */
import { describe, expect, test } from 'vitest';
import type { AccountInfo } from '../../../mail/directory/types.ts';
import type { Limits } from '../../../mail/limits.ts';
import { bodyText, type JmapWorld, type Json, jmapWorld, lines } from '../../support/jmap.ts';
import { signedIn } from '../../support/signed-in.ts';

const QUOTA = 'urn:ietf:params:jmap:quota';
const MESSAGE = lines('Subject: Lunch', '', 'Hello');
const SIZE = MESSAGE.length;

/** Alice's limits can be changed while she is signed in. */
async function limited(limits: Limits): Promise<JmapWorld & { limits: Limits }> {
  const box = { limits };
  const account = async (id: string): Promise<AccountInfo> => ({
    ...{ id, address: `${id}@example.test`, tenant: 't1', enabled: true, imap: true, pop3: true },
    ...box.limits,
  });
  const authenticate = async () => signedIn(await account('alice'));
  return Object.assign(box, await jmapWorld({ directory: { account, authenticate } }));
}

describe('Quota/get', () => {
  test('each limit is an object, with what is used of it', async () => {
    const { call, file } = await limited({ quota: 1_000, maxMessages: 10 });
    await file(MESSAGE, { mailboxes: ['INBOX', 'Archive'] });
    expect(await call('Quota/get', { ids: null })).toEqual({
      accountId: 'alice',
      state: expect.any(String),
      list: [
        {
          ...{ id: 'octets', resourceType: 'octets', used: SIZE, hardLimit: 1_000, warnLimit: 900, softLimit: null },
          ...{ scope: 'account', name: 'Storage', types: ['Email'], description: expect.any(String) },
        },
        {
          ...{ id: 'count', resourceType: 'count', used: 2, hardLimit: 10, warnLimit: 9, softLimit: null },
          ...{ scope: 'account', name: 'Messages', types: ['Email'], description: expect.any(String) },
        },
      ],
      notFound: [],
    });
  });

  test('by id, with some properties', async () => {
    const { call } = await limited({ quota: 1_000 });
    const { list, notFound } = await call('Quota/get', { ids: ['octets', 'count'], properties: ['used'] });
    expect(list).toEqual([{ id: 'octets', used: 0 }]);
    expect(notFound).toEqual(['count']);
  });

  test('an account without limits has none', async () => {
    const { call } = await limited({});
    expect(await call('Quota/get')).toMatchObject({ list: [] });
  });

  test('a request that does not use mail sees no quota of mail (section 4.1)', async () => {
    const { request } = await limited({ quota: 1_000 });
    const [[, answer]] = (await request([['Quota/get', { accountId: 'alice', ids: null }]], { using: [QUOTA] })) as [
      Json,
    ];
    expect(answer.list).toEqual([]);
  });

  test('another account, an unknown property', async () => {
    const { failing } = await limited({ quota: 1_000 });
    expect(await failing('Quota/get', { accountId: 'bob' })).toMatchObject({ type: 'accountNotFound' });
    expect(await failing('Quota/get', { properties: ['limit'] })).toMatchObject({ type: 'invalidArguments' });
  });
});

describe('Quota/changes', () => {
  test('the example of section 5.2: only the use has changed', async () => {
    const { request, call, file } = await limited({ quota: 1_000, maxMessages: 10 });
    const { state } = await call('Quota/get');
    await file(MESSAGE);
    const responses = await request([
      ['Quota/changes', { accountId: 'alice', sinceState: state, maxChanges: 20 }],
      [
        'Quota/get',
        {
          accountId: 'alice',
          '#ids': { resultOf: '0', name: 'Quota/changes', path: '/updated' },
          '#properties': { resultOf: '0', name: 'Quota/changes', path: '/updatedProperties' },
        },
      ],
    ]);
    const newState = responses[1]![1].state;
    expect(newState).not.toBe(state);
    expect(responses[0]![1]).toEqual({
      accountId: 'alice',
      oldState: state,
      newState,
      hasMoreChanges: false,
      created: [],
      updated: ['octets', 'count'],
      destroyed: [],
      updatedProperties: ['used'],
    });
    expect(responses[1]![1].list).toEqual([
      { id: 'octets', used: SIZE },
      { id: 'count', used: 1 },
    ]);
  });

  test('a copy takes no more bytes, flags take nothing', async () => {
    const world = await limited({ quota: 1_000, maxMessages: 10 });
    const { call, file, mailbox } = world;
    const id = await file(MESSAGE);
    const { state } = await call('Quota/get');
    await call('Email/set', { update: { [id]: { 'keywords/$seen': true } } });
    expect((await call('Quota/get')).state).toBe(state);
    await call('Email/set', { update: { [id]: { [`mailboxIds/${mailbox('Archive')}`]: true } } });
    const changes = await call('Quota/changes', { sinceState: state });
    expect(changes).toMatchObject({ updated: ['count'], updatedProperties: ['used'] });
  });

  test('limits that are set, changed and lifted', async () => {
    const world = await limited({ quota: 1_000 });
    const { call } = world;
    const { state: first } = await call('Quota/get');
    world.limits = { quota: 2_000, maxMessages: 5 };
    const changes = await call('Quota/changes', { sinceState: first });
    expect(changes).toMatchObject({ created: ['count'], updated: ['octets'], destroyed: [], updatedProperties: null });
    world.limits = {};
    expect(await call('Quota/changes', { sinceState: changes.newState })).toMatchObject({
      created: [],
      updated: [],
      destroyed: ['octets', 'count'],
      updatedProperties: null,
    });
  });

  test('nothing has changed', async () => {
    const { call } = await limited({ quota: 1_000 });
    const { state } = await call('Quota/get');
    const answer = await call('Quota/changes', { sinceState: state });
    expect(answer).toMatchObject({ newState: state, created: [], updated: [], destroyed: [], updatedProperties: null });
  });

  test('a state that is none, and more changes than are wanted', async () => {
    const { call, failing, file } = await limited({ quota: 1_000, maxMessages: 10 });
    const { state } = await call('Quota/get');
    await file(MESSAGE);
    for (const args of [{ sinceState: '1-7' }, { sinceState: state, maxChanges: 1 }]) {
      expect(await failing('Quota/changes', args)).toMatchObject({ type: 'cannotCalculateChanges' });
    }
    expect(await failing('Quota/changes', { sinceState: state, maxChanges: 0 })).toMatchObject({
      type: 'invalidArguments',
    });
  });
});

describe('Quota/query', () => {
  test.each([
    [{}, ['octets', 'count']],
    [{ filter: { name: 'stor' } }, ['octets']],
    [{ filter: { resourceType: 'count' } }, ['count']],
    [{ filter: { scope: 'account', type: 'Email' } }, ['octets', 'count']],
    [{ filter: { scope: 'domain' } }, []],
    [{ filter: { type: 'Calendar' } }, []],
    [{ filter: { operator: 'NOT', conditions: [{ name: 'Storage' }] } }, ['count']],
    [{ sort: [{ property: 'name' }] }, ['count', 'octets']],
    [{ sort: [{ property: 'used', isAscending: false }] }, ['octets', 'count']],
    [{ sort: [{ property: 'used' }], limit: 1 }, ['count']],
  ])('%j', async (args, ids) => {
    const { call, file } = await limited({ quota: 1_000, maxMessages: 10 });
    await file(MESSAGE);
    const answer = await call('Quota/query', args);
    expect(answer.ids).toEqual(ids);
    expect(answer.queryState).toBe((await call('Quota/get')).state);
  });

  test('what it does not know is refused; changes are asked for anew', async () => {
    const { failing } = await limited({ quota: 1_000 });
    expect(await failing('Quota/query', { filter: { used: 3 } })).toMatchObject({ type: 'unsupportedFilter' });
    expect(await failing('Quota/query', { sort: [{ property: 'scope' }] })).toMatchObject({ type: 'unsupportedSort' });
    expect(await failing('Quota/queryChanges', { sinceQueryState: 'x' })).toMatchObject({
      type: 'cannotCalculateChanges',
    });
  });
});

test('the quota is announced, and its changes are pushed (section 6)', async () => {
  const { http, call, file } = await limited({ quota: 1_000 });
  const session = JSON.parse(await bodyText(await http('/.well-known/jmap')));
  expect(session.capabilities[QUOTA]).toEqual({});
  expect(session.accounts.alice.accountCapabilities[QUOTA]).toEqual({});
  const response = await http('/jmap/events?types=Quota&closeafter=state&ping=0');
  const id = await file(MESSAGE);
  // Read or not is no matter of the quota.
  await call('Email/set', { update: { [id]: { 'keywords/$seen': true } } });
  const { state } = await call('Quota/get');
  const text = await bodyText(response);
  expect(text).toContain(`data: {"@type":"StateChange","changed":{"alice":{"Quota":"${state}"}}}`);
});
