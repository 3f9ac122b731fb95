/** Accounts of others, as far as they share (RFC 8620 section 1.6.2, RFC 8621 section 2, RFC 9670 section 4). */
import { beforeEach, describe, expect, test } from 'vitest';
import { changeAcl } from '../../../mail/sharing/acl.ts';
import { bodyText, type JmapWorld, type Json, jmapWorld, lines } from '../../support/jmap.ts';

let world: JmapWorld;

beforeEach(async () => {
  world = await jmapWorld();
});

const message = (subject: string) =>
  lines(
    'From: a@example.test',
    `Subject: ${subject}`,
    `Message-ID: <${subject}@example.test>`,
    '',
    `Text of ${subject}.`,
  );

/** As IMAP's SETACL does it. */
async function give(rights: string, who = 'bob', mailbox = 'INBOX'): Promise<void> {
  const owner = { id: 'alice', address: 'alice@example.test', tenant: 't1', enabled: true, imap: true, pop3: true };
  await world.alice.write((draft) =>
    changeAcl(draft, draft.mailboxNamed(mailbox)!, owner, `user:${who}`, { mode: 'set', rights: new Set(rights) }),
  );
}

const call = (name: string, args: Record<string, unknown> = {}, user = 'bob') =>
  world.call(name, { accountId: 'alice', ...args }, user);
const failing = (name: string, args: Record<string, unknown> = {}, user = 'bob') =>
  world.failing(name, { accountId: 'alice', ...args }, user);

async function session(user: string): Promise<Json> {
  return JSON.parse(await bodyText(await world.http('/.well-known/jmap', { user })));
}

/** By JMAP, by their owner. */
async function share(mailbox: string, who: string, rights: Record<string, boolean> | null): Promise<Json> {
  const update = { [world.mailbox(mailbox)]: { [`shareWith/${who}`]: rights } };
  return world.call('Mailbox/set', { update }, 'alice');
}

describe('what is seen of another account', () => {
  test('nothing, until something is shared, and nothing by anybody of another tenant', async () => {
    await world.file(message('one'));
    for (const user of ['bob', 'carol']) {
      for (const name of ['Mailbox/get', 'Email/query', 'Thread/get', 'Quota/get', 'Identity/get']) {
        expect(await failing(name, {}, user)).toMatchObject({ type: 'accountNotFound' });
      }
    }
    await give('lrs', 'carol');
    expect(await failing('Mailbox/get', {}, 'carol')).toMatchObject({ type: 'accountNotFound' });
    expect(Object.keys((await session('carol')).accounts)).toEqual(['carol']);
  });

  test('the mailboxes that one may look up, with what one may do in them', async () => {
    const email = await world.file(message('one'));
    const hidden = await world.file(message('two'), { mailboxes: ['Archive'] });
    await give('lrs');
    const { list } = await call('Mailbox/get');
    expect(list).toMatchObject([
      { name: 'Inbox', role: 'inbox', totalEmails: 1, unreadEmails: 1, isSubscribed: false },
    ]);
    expect(list[0].myRights).toMatchObject({
      mayReadItems: true,
      maySetSeen: true,
      mayAddItems: false,
      mayRemoveItems: false,
      maySetKeywords: false,
      mayCreateChild: false,
      mayRename: false,
      mayDelete: false,
    });
    expect((await call('Email/query')).ids).toEqual([email]);
    const got = await call('Email/get', { ids: [email, hidden], properties: ['subject', 'mailboxIds'] });
    expect(got.list).toMatchObject([{ subject: 'one', mailboxIds: { [world.mailbox('INBOX')]: true } }]);
    expect(got.notFound).toEqual([hidden]);
    expect((await call('Email/query', { filter: { inMailbox: world.mailbox('Archive') } })).ids).toEqual([]);
    expect((await call('Email/query', { filter: { text: 'two' } })).ids).toEqual([]);
  });

  test('no more than that it is there, of a mailbox that one may look up and not read', async () => {
    await world.file(message('one'));
    await give('l');
    const { list } = await call('Mailbox/get');
    expect(list).toMatchObject([{ totalEmails: 0, unreadEmails: 0, myRights: { mayReadItems: false } }]);
    expect((await call('Email/query')).ids).toEqual([]);
    const before = (await call('Mailbox/get')).state;
    await world.file(message('two'));
    expect((await call('Mailbox/get')).state).toBe(before);
  });

  test('a mailbox below one that is not seen stands where it can be found', async () => {
    await world.alice.write((draft) => void draft.createMailbox('Work/Plans/2026'));
    await give('lr', 'bob', 'Work/Plans/2026');
    expect((await call('Mailbox/get')).list).toMatchObject([{ name: 'Work/Plans/2026', parentId: null }]);
    await give('l', 'bob', 'Work');
    const { list } = await call('Mailbox/get');
    const work = list.find(({ name }: Json) => name === 'Work');
    expect(list.find(({ name }: Json) => name === 'Plans/2026')).toMatchObject({ parentId: work.id });
    const tree = await call('Mailbox/query', { filter: { parentId: work.id } });
    expect(tree.ids).toHaveLength(1);
  });

  test('blobs only of what one may read', async () => {
    await world.file(message('one'));
    await world.file(message('two'), { mailboxes: ['Archive'] });
    await give('lr');
    const all = await world.call('Email/get', { properties: ['blobId', 'subject', 'bodyStructure'] }, 'alice');
    const of = (subject: string) => all.list.find((one: Json) => one.subject === subject);
    const fetch = (id: string, user = 'bob') => world.http(`/jmap/download/alice/${id}/x`, { user });
    expect(await fetch(of('one').blobId)).toMatchObject({ status: 200 });
    expect(await fetch(of('one').bodyStructure.blobId)).toMatchObject({ status: 200 });
    expect(await fetch(of('two').blobId)).toMatchObject({ status: 404 });
    expect(await fetch(of('two').bodyStructure.blobId)).toMatchObject({ status: 404 });
    expect(await fetch(of('one').blobId, 'dave')).toMatchObject({ status: 404 });
    expect(await fetch(of('one').blobId, 'carol')).toMatchObject({ status: 404 });
    const blobs = await world.request(
      [['Blob/get', { accountId: 'alice', ids: [of('one').blobId, of('two').blobId], properties: ['size'] }]],
      {},
      'bob',
    );
    expect(blobs[0]![1]).toMatchObject({ list: [{ id: of('one').blobId }], notFound: [of('two').blobId] });
  });

  test('types that are not shared are refused, and what one shares with others is not told', async () => {
    await give('lrswitekxa');
    for (const name of ['Identity/get', 'EmailSubmission/get', 'Quota/get', 'Identity/set']) {
      expect(await failing(name)).toMatchObject({ type: 'accountNotSupportedByMethod' });
    }
  });

  test('the session lists it, and what can be done with it', async () => {
    await share('INBOX', 'bob', { mayReadItems: true });
    const before = await session('bob');
    expect(before.accounts.alice).toMatchObject({ name: 'alice@example.test', isPersonal: false, isReadOnly: true });
    expect(Object.keys(before.accounts.alice.accountCapabilities).sort()).toEqual([
      'urn:ietf:params:jmap:blob',
      'urn:ietf:params:jmap:mail',
      'urn:ietf:params:jmap:principals:owner',
    ]);
    expect(before.accounts.alice.accountCapabilities['urn:ietf:params:jmap:mail']).toMatchObject({
      mayCreateTopLevelMailbox: false,
    });
    expect(before.primaryAccounts['urn:ietf:params:jmap:mail']).toBe('bob');
    expect(await failing('Email/set', { destroy: ['e1'] })).toMatchObject({ type: 'accountReadOnly' });
    await share('INBOX', 'bob', { mayReadItems: true, mayAddItems: true });
    const after = await session('bob');
    expect(after.accounts.alice.isReadOnly).toBe(false);
    expect(after.state).not.toBe(before.state);
    await share('INBOX', 'bob', null);
    expect(Object.keys((await session('bob')).accounts)).not.toContain('alice');
  });

  test('what is withdrawn is gone with the next request', async () => {
    const email = await world.file(message('one'));
    await share('INBOX', 'bob', { mayReadItems: true });
    expect((await call('Email/get', { ids: [email] })).list).toHaveLength(1);
    await share('INBOX', 'bob', null);
    expect(await failing('Email/get', { ids: [email] })).toMatchObject({ type: 'accountNotFound' });
    expect(await world.http(`/jmap/download/alice/m${email.slice(1)}/x`, { user: 'bob' })).toMatchObject({
      status: 404,
    });
  });
});

describe('changes', () => {
  test('tell of what is seen and of nothing else', async () => {
    const one = await world.file(message('one'));
    const hidden = await world.file(message('two'), { mailboxes: ['Archive'] });
    await give('lrs');
    const state = (await call('Email/get', { ids: [] })).state;
    const mailboxes = (await call('Mailbox/get', { ids: [] })).state;
    // What bob cannot see moves nothing.
    await world.file(message('three'), { mailboxes: ['Archive'] });
    await world.call('Email/set', { destroy: [hidden] }, 'alice');
    await give('lrs', 'dave', 'Sent');
    expect((await call('Email/get', { ids: [] })).state).toBe(state);
    expect((await call('Mailbox/get', { ids: [] })).state).toBe(mailboxes);
    expect(await call('Email/changes', { sinceState: state })).toMatchObject({
      created: [],
      updated: [],
      destroyed: [],
    });
    const four = await world.file(message('four'));
    await world.call('Email/set', { destroy: [one] }, 'alice');
    const changes = await call('Email/changes', { sinceState: state });
    expect(changes).toMatchObject({ created: [four], updated: [], destroyed: [one] });
    expect(changes.newState).not.toBe(state);
    expect(await call('Mailbox/changes', { sinceState: mailboxes })).toMatchObject({
      updated: [world.mailbox('INBOX')],
      updatedProperties: expect.arrayContaining(['totalEmails']),
    });
    const threads = await call('Thread/changes', { sinceState: state });
    expect([threads.created.length, threads.destroyed.length]).toEqual([1, 1]);
  });

  test('what moves out of sight goes, what moves into it comes', async () => {
    const one = await world.file(message('one'));
    const two = await world.file(message('two'), { mailboxes: ['Archive'] });
    await give('lr');
    const { state } = await call('Email/get', { ids: [] });
    const [inbox, archive] = [world.mailbox('INBOX'), world.mailbox('Archive')];
    const update = { [one]: { mailboxIds: { [archive]: true } }, [two]: { mailboxIds: { [inbox]: true } } };
    await world.call('Email/set', { update }, 'alice');
    expect(await call('Email/changes', { sinceState: state })).toMatchObject({
      created: [two],
      updated: [],
      destroyed: [one],
    });
    await give('lr', 'bob', 'Archive');
    expect(await failing('Email/changes', { sinceState: state })).toMatchObject({ type: 'cannotCalculateChanges' });
    const later = (await call('Email/get', { ids: [] })).state;
    await world.call('Email/set', { update: { [one]: { mailboxIds: { [inbox]: true } } } }, 'alice');
    expect(await call('Email/changes', { sinceState: later })).toMatchObject({
      created: [],
      updated: [one],
      destroyed: [],
    });
  });

  test('a snapshot remembers what left', async () => {
    const one = await world.file(message('one'));
    await give('lr');
    const { state } = await call('Email/get', { ids: [] });
    await world.call('Email/set', { destroy: [one] }, 'alice');
    await world.compact('alice');
    expect(await call('Email/changes', { sinceState: state })).toMatchObject({ destroyed: [one] });
  });

  test('queryChanges follows', async () => {
    await world.file(message('one'));
    await give('lr');
    const query = { filter: { inMailbox: world.mailbox('INBOX') }, sort: [{ property: 'receivedAt' }] };
    const { queryState } = await call('Email/query', query);
    const two = await world.file(message('two'));
    expect(await call('Email/queryChanges', { ...query, sinceQueryState: queryState })).toMatchObject({
      added: [{ id: two, index: 1 }],
      removed: [],
    });
  });
});

describe('what may be done', () => {
  test('each reads for himself', async () => {
    const email = await world.file(message('one'));
    await give('lrs');
    expect(await call('Email/set', { update: { [email]: { 'keywords/$seen': true } } })).toMatchObject({
      updated: { [email]: null },
    });
    const keywords = async (user: string) =>
      (await call('Email/get', { ids: [email], properties: ['keywords'] }, user)).list[0].keywords;
    expect(await keywords('bob')).toEqual({ $seen: true });
    expect(await keywords('alice')).toEqual({});
    expect((await call('Mailbox/get')).list[0]).toMatchObject({ unreadEmails: 0 });
    expect((await world.call('Mailbox/get', { ids: [world.mailbox('INBOX')] }, 'alice')).list[0].unreadEmails).toBe(1);
    expect((await call('Email/query', { filter: { notKeyword: '$seen' } })).ids).toEqual([]);
  });

  test.each([
    ['s', { 'keywords/$seen': true }],
    ['w', { 'keywords/$flagged': true }],
  ])('keywords need the right %s', async (right, patch) => {
    const email = await world.file(message('one'));
    await give('lri');
    expect((await call('Email/set', { update: { [email]: patch } })).notUpdated).toMatchObject({
      [email]: { type: 'forbidden' },
    });
    await give(`lri${right}`);
    expect((await call('Email/set', { update: { [email]: patch } })).updated).toEqual({ [email]: null });
  });

  test('destroying and moving away needs te, putting in needs i, and what is refused leaves the rest', async () => {
    const one = await world.file(message('one'));
    const two = await world.file(message('two'), { mailboxes: ['Archive'] });
    await give('lrs');
    await give('lrste', 'bob', 'Archive');
    const [inbox, archive] = [world.mailbox('INBOX'), world.mailbox('Archive')];
    const done = await call('Email/set', { destroy: [one, two] });
    expect(done).toMatchObject({ destroyed: [two], notDestroyed: { [one]: { type: 'forbidden' } } });
    const move = { [one]: { mailboxIds: { [archive]: true } } };
    expect((await call('Email/set', { update: move })).notUpdated[one].type).toBe('forbidden');
    await give('lrste');
    expect((await call('Email/set', { update: move })).notUpdated[one].type).toBe('forbidden');
    await give('lrsi', 'bob', 'Archive');
    expect((await call('Email/set', { update: move })).updated).toEqual({ [one]: null });
    expect(await failing('Email/set', { update: { [one]: { [`mailboxIds/${inbox}`]: true } } }, 'carol')).toMatchObject(
      {
        type: 'accountNotFound',
      },
    );
  });

  test('new emails go where one may add', async () => {
    await give('lrs');
    await give('lrswi', 'bob', 'Drafts');
    const create = (mailbox: string, keywords = {}) => ({
      create: { k: { mailboxIds: { [world.mailbox(mailbox)]: true }, subject: 'Hello', keywords } },
    });
    expect((await call('Email/set', create('INBOX'))).notCreated.k.type).toBe('forbidden');
    expect((await call('Email/set', create('Sent'))).notCreated.k.type).toBe('invalidProperties');
    const { created } = await call('Email/set', create('Drafts', { $seen: true, $draft: true }));
    const keywords = async (user: string) =>
      (await call('Email/get', { ids: [created.k.id], properties: ['keywords'] }, user)).list[0].keywords;
    expect(await keywords('bob')).toEqual({ $seen: true, $draft: true });
    expect(await keywords('alice')).toEqual({ $draft: true });
  });

  test('mailboxes are made, renamed and destroyed with k and x, and are shared as what they are in', async () => {
    const parentId = world.mailbox('Archive');
    const create = { create: { k: { name: 'Bob', parentId } } };
    await give('lri', 'bob', 'Archive');
    expect((await call('Mailbox/set', create)).notCreated.k.type).toBe('forbidden');
    expect((await call('Mailbox/set', { create: { k: { name: 'Top' } } })).notCreated.k.type).toBe('forbidden');
    await give('lrikxte', 'bob', 'Archive');
    const { created } = await call('Mailbox/set', create);
    const { id } = created.k;
    expect(created.k.myRights).toMatchObject({ mayReadItems: true, mayCreateChild: true, mayDelete: true });
    expect((await call('Mailbox/set', { update: { [id]: { name: 'Robert' } } })).updated).toEqual({ [id]: null });
    expect((await call('Mailbox/set', { update: { [id]: { parentId: null } } })).notUpdated[id].type).toBe('forbidden');
    expect((await call('Mailbox/set', { update: { [id]: { sortOrder: 3 } } })).notUpdated[id].type).toBe('forbidden');
    expect((await call('Mailbox/set', { update: { [id]: { isSubscribed: true } } })).updated).toEqual({ [id]: null });
    expect((await call('Mailbox/get', { ids: [id] })).list[0]).toMatchObject({ name: 'Robert', isSubscribed: true });
    expect((await world.call('Mailbox/get', { ids: [id] }, 'alice')).list[0].isSubscribed).toBe(false);
    expect((await call('Mailbox/set', { destroy: [id] })).destroyed).toEqual([id]);
    expect((await call('Mailbox/set', { destroy: [parentId] })).destroyed).toEqual([parentId]);
    expect(await failing('Mailbox/get')).toMatchObject({ type: 'accountNotFound' });
  });
});

describe('between accounts', () => {
  test('emails are copied, and moved where one may take them', async () => {
    const email = await world.file(message('one'), { flags: ['\\Flagged'] });
    await give('lrs');
    const inbox = (await world.account('bob')).state.mailboxNamed('INBOX')!.id;
    const copy = (more = {}) =>
      world.request(
        [
          [
            'Email/copy',
            {
              fromAccountId: 'alice',
              accountId: 'bob',
              create: { k: { id: email, mailboxIds: { [inbox]: true } } },
              ...more,
            },
          ],
        ],
        {},
        'bob',
      );
    const [[name, answer]] = (await copy()) as [Json];
    expect([name, answer.notCreated]).toEqual(['Email/copy', {}]);
    const [got] = (await world.call('Email/get', { ids: [answer.created.k.id] }, 'bob')).list;
    expect(got).toMatchObject({ subject: 'one', keywords: { $flagged: true } });
    const moved = await copy({ onSuccessDestroyOriginal: true });
    expect(moved[1]![1]).toMatchObject({ notDestroyed: { [email]: { type: 'forbidden' } } });
    await give('lrste');
    expect((await copy({ onSuccessDestroyOriginal: true }))[1]![1]).toMatchObject({ destroyed: [email] });
    expect((await call('Email/query')).ids).toEqual([]);
    expect(await copy({ fromAccountId: 'carol' })).toMatchObject([['error', { type: 'fromAccountNotFound' }, '0']]);
    expect(await copy({ accountId: 'carol', fromAccountId: 'bob' })).toMatchObject([
      ['error', { type: 'accountNotFound' }, '0'],
    ]);
  });

  test('blobs are copied from account to account', async () => {
    const email = await world.file(message('one'));
    await give('lr');
    const id = `m${email.slice(1)}`;
    const copied = await world.call(
      'Blob/copy',
      { fromAccountId: 'alice', accountId: 'bob', blobIds: [id, 'm1'] },
      'bob',
    );
    expect(copied.notCopied).toMatchObject({ m1: { type: 'notFound' } });
    const response = await world.http(`/jmap/download/bob/${copied.copied[id]}/x`, { user: 'bob' });
    expect(await bodyText(response)).toBe(message('one'));
    // Back into the account of the other, where it is bob's alone.
    const back = await world.call(
      'Blob/copy',
      { fromAccountId: 'bob', accountId: 'alice', blobIds: [copied.copied[id]] },
      'bob',
    );
    const upload = Object.values(back.copied)[0] as string;
    expect(await world.http(`/jmap/download/alice/${upload}/x`, { user: 'bob' })).toMatchObject({ status: 200 });
    expect(await world.http(`/jmap/download/alice/${upload}/x`, { user: 'alice' })).toMatchObject({ status: 404 });
    expect(await world.http('/jmap/upload/alice/', { user: 'bob', body: 'x' })).toMatchObject({ status: 201 });
    expect(await world.http('/jmap/upload/alice/', { user: 'dave', body: 'x' })).toMatchObject({ status: 404 });
  });
});

describe('shareWith', () => {
  test('is the list of rights, for the owner and for whoever may share', async () => {
    const inbox = world.mailbox('INBOX');
    await give('lrswi');
    const [{ shareWith, myRights }] = (await world.call('Mailbox/get', { ids: [inbox] }, 'alice')).list;
    expect(myRights).toMatchObject({ mayShare: true });
    expect(shareWith).toEqual({
      bob: {
        ...{ mayReadItems: true, mayAddItems: true, mayRemoveItems: false, maySetSeen: true, maySetKeywords: true },
        ...{ mayCreateChild: false, mayRename: false, mayDelete: false, maySubmit: false, mayShare: false },
      },
    });
    expect((await call('Mailbox/get')).list[0].shareWith).toBeNull();
    expect((await call('Mailbox/set', { update: { [inbox]: { shareWith: null } } })).notUpdated[inbox].type).toBe(
      'forbidden',
    );
    await share('INBOX', 'bob', { mayReadItems: true, mayShare: true });
    expect((await call('Mailbox/get')).list[0].shareWith).toMatchObject({ bob: { mayShare: true } });
    const dave = { [inbox]: { 'shareWith/dave': { mayReadItems: true } } };
    expect((await call('Mailbox/set', { update: dave })).updated).toEqual({ [inbox]: null });
    expect((await call('Mailbox/get', {}, 'dave')).list).toHaveLength(1);
  });

  test('changes the state of the mailbox, and is seen by IMAP', async () => {
    const { state } = await world.call('Mailbox/get', { ids: [] }, 'alice');
    const { updated } = await share('INBOX', 'bob', { mayReadItems: true, mayRename: true, mayDelete: true });
    expect(updated).toEqual({ [world.mailbox('INBOX')]: null });
    const changes = await world.call('Mailbox/changes', { sinceState: state }, 'alice');
    expect(changes).toMatchObject({ updated: [world.mailbox('INBOX')], updatedProperties: null });
    expect(world.alice.state.object('acl', world.mailbox('INBOX'))).toEqual({ 'user:bob': 'lrx' });
    await share('INBOX', 'anyone', { mayReadItems: true });
    expect((await call('Mailbox/get', {}, 'dave')).list).toHaveLength(1);
    expect((await session('dave')).accounts.alice.isReadOnly).toBe(true);
  });

  test.each([
    ['a stranger', { nobody: { mayReadItems: true } }],
    ['somebody of another tenant', { carol: { mayReadItems: true } }],
    ['the owner', { alice: { mayReadItems: true } }],
    ['a right that there is not', { bob: { mayFly: true } }],
    ['a right that is no boolean', { bob: { mayReadItems: 1 } }],
    ['no object', []],
    ['half of a right', { bob: { mayReadItems: true, mayDelete: true } }],
  ])('refuses %s', async (_, shareWith) => {
    const inbox = world.mailbox('INBOX');
    const { notUpdated } = await world.call('Mailbox/set', { update: { [inbox]: { shareWith } } }, 'alice');
    expect(notUpdated[inbox]).toMatchObject({ type: 'invalidProperties', properties: ['shareWith'] });
    expect(world.alice.state.object('acl', inbox)).toBeUndefined();
  });
});

test('public folders are an account of their own', async () => {
  world = await jmapWorld({ folders: true });
  const folders = await world.account('folders');
  const { accounts } = await session('bob');
  expect(accounts.folders).toMatchObject({ isPersonal: false, isReadOnly: false });
  await world.file(message('one'), { account: 'folders' });
  const args = { accountId: 'folders' };
  expect((await world.call('Mailbox/get', args, 'bob')).list).toHaveLength(folders.state.mailboxes.size);
  const { ids } = await world.call('Email/query', args, 'bob');
  expect(ids).toHaveLength(1);
  const set = await world.call('Email/set', { ...args, destroy: ids, update: {} }, 'bob');
  expect(set.notDestroyed[ids[0]].type).toBe('forbidden');
  expect(await world.failing('Mailbox/get', args, 'carol')).toMatchObject({ type: 'accountNotFound' });
});
