/** Address books and cards (RFC 9610), with the RFC's examples; cards are JSContact (RFC 9553). */
import { beforeEach, describe, expect, test } from 'vitest';
import { bodyBytes, bodyText, type JmapWorld, type Json, jmapWorld, lines } from '../../support/jmap.ts';

const CONTACTS = 'urn:ietf:params:jmap:contacts';
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);

let world: JmapWorld;
let book: string;

beforeEach(async () => {
  world = await jmapWorld();
  book = (await world.call('AddressBook/get')).list[0].id;
});

const john = {
  name: {
    components: [
      { kind: 'given', value: 'John' },
      { kind: 'surname', value: 'Doe' },
    ],
    isOrdered: true,
  },
};

async function create(card: Record<string, unknown> = john, user = 'alice', more = {}): Promise<Json> {
  const all = { addressBookIds: { [book]: true }, ...card };
  return world.call('ContactCard/set', { create: { k: all }, ...more }, user);
}

async function made(card: Record<string, unknown> = john): Promise<string> {
  const { created, notCreated } = await create(card);
  expect(notCreated).toEqual({});
  return created.k.id;
}

const get = async (id: string, user = 'alice', more = {}) =>
  (await world.call('ContactCard/get', { ids: [id], ...more }, user)).list[0];

const all = { mayRead: true, mayWrite: true, mayShare: true, mayDelete: true };
const none = { mayRead: false, mayWrite: false, mayShare: false, mayDelete: false };

async function share(who: string, rights: object | null): Promise<void> {
  const set = await world.call('AddressBook/set', { update: { [book]: { [`shareWith/${who}`]: rights } } });
  expect(set.notUpdated).toEqual({});
}

test('the session has the capability (RFC 9610 section 1.4.1)', async () => {
  await share('bob', { mayRead: true });
  const session = async (user: string) => JSON.parse(await bodyText(await world.http('/.well-known/jmap', { user })));
  const alice = await session('alice');
  expect(alice.capabilities[CONTACTS]).toEqual({});
  const own = { maxAddressBooksPerCard: null, mayCreateAddressBook: true };
  expect(alice.accounts.alice.accountCapabilities[CONTACTS]).toEqual(own);
  const bob = await session('bob');
  expect(bob.accounts.alice).toMatchObject({
    isPersonal: false,
    isReadOnly: true,
    accountCapabilities: { [CONTACTS]: { ...own, mayCreateAddressBook: false } },
  });
  expect(bob.accounts.alice.accountCapabilities).not.toHaveProperty(['urn:ietf:params:jmap:mail']);
  const carol = await session('carol');
  expect(Object.keys(carol.accounts)).toEqual(['carol']);
});

describe('AddressBook', () => {
  test('there is one from the beginning, which is the default', async () => {
    const { list, state } = await world.call('AddressBook/get');
    expect(list).toEqual([
      {
        id: book,
        name: 'Contacts',
        description: null,
        sortOrder: 0,
        isDefault: true,
        isSubscribed: true,
        shareWith: null,
        myRights: all,
      },
    ]);
    expect((await world.call('AddressBook/get')).state).toBe(state);
  });

  test('another becomes the default (RFC 9610 section 4.2)', async () => {
    const { created } = await world.call('AddressBook/set', { create: { k: { name: 'Autosaved', description: 'x' } } });
    expect(created.k).toMatchObject({ isDefault: false, isSubscribed: true, description: 'x', myRights: all });
    const { id } = created.k;
    const { updated, newState } = await world.call('AddressBook/set', { onSuccessSetIsDefault: id });
    expect(updated).toEqual({ [book]: { isDefault: false }, [id]: { isDefault: true } });
    expect((await world.call('AddressBook/get')).state).toBe(newState);
    const both = { create: { k: { name: 'New' } }, onSuccessSetIsDefault: '#k' };
    expect((await world.call('AddressBook/set', both)).created.k).toMatchObject({ isDefault: true });
    // Where something failed, or there is no such book, all stays.
    const failed = { update: { [book]: { name: '' } }, onSuccessSetIsDefault: book };
    expect((await world.call('AddressBook/set', failed)).updated).toEqual({});
    expect((await world.call('AddressBook/set', { onSuccessSetIsDefault: 'nothing' })).updated).toEqual({});
    const { list } = await world.call('AddressBook/get');
    expect(list.filter(({ isDefault }: Json) => isDefault)).toMatchObject([{ name: 'New' }]);
  });

  test.each([
    ['no name', {}, ['name']],
    ['an empty one', { name: '' }, ['name']],
    ['a long one', { name: 'é'.repeat(128) }, ['name']],
    ['what the server sets', { name: 'x', isDefault: true }, ['isDefault']],
    ['what there is not', { name: 'x', shoe: 1 }, ['shoe']],
    ['a wrong order', { name: 'x', sortOrder: -1 }, ['sortOrder']],
    ['a stranger to share with', { name: 'x', shareWith: { nobody: { mayRead: true } } }, ['shareWith']],
    ['another tenant', { name: 'x', shareWith: { carol: { mayRead: true } } }, ['shareWith']],
  ])('is not made with %s', async (_, given, properties) => {
    const { notCreated } = await world.call('AddressBook/set', { create: { k: given } });
    expect(notCreated.k).toMatchObject({ type: 'invalidProperties', properties });
  });

  test('is changed and destroyed, with its cards where that is asked for', async () => {
    const { state } = await world.call('AddressBook/get');
    const { created } = await world.call('AddressBook/set', { create: { k: { name: 'Other' } } });
    const other = created.k.id;
    const one = await made({ ...john, addressBookIds: { [other]: true } });
    const two = await made({ ...john, addressBookIds: { [other]: true, [book]: true } });
    const set = { update: { [book]: { name: 'Friends', sortOrder: 3, id: book, myRights: all } }, destroy: [other] };
    const { updated, notDestroyed } = await world.call('AddressBook/set', set);
    expect(updated).toEqual({ [book]: null });
    expect(notDestroyed[other].type).toBe('addressBookHasContents');
    const gone = await world.call('AddressBook/set', { destroy: [other], onDestroyRemoveContents: true });
    expect(gone.destroyed).toEqual([other]);
    expect((await world.call('ContactCard/get', { ids: [one, two] })).notFound).toEqual([one]);
    expect((await get(two)).addressBookIds).toEqual({ [book]: true });
    expect(await world.call('AddressBook/changes', { sinceState: state })).toMatchObject({
      created: [],
      updated: [book],
      destroyed: [],
    });
    expect((await world.call('AddressBook/get')).list).toMatchObject([{ name: 'Friends', sortOrder: 3 }]);
  });

  test('when the default goes, another is', async () => {
    const { created } = await world.call('AddressBook/set', { create: { k: { name: 'Other' } } });
    await world.call('AddressBook/set', { destroy: [book] });
    expect((await world.call('AddressBook/get')).list).toMatchObject([{ id: created.k.id, isDefault: true }]);
  });
});

describe('ContactCard', () => {
  test('is made, with what a card must have, and read', async () => {
    const { created, oldState, newState } = await create();
    expect(created.k).toEqual({
      id: expect.stringMatching(/^[a-z2-7]{20}$/),
      '@type': 'Card',
      version: '1.0',
      uid: expect.stringMatching(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      created: expect.stringMatching(/Z$/),
      updated: expect.stringMatching(/Z$/),
    });
    expect(await get(created.k.id)).toEqual({ ...john, ...created.k, addressBookIds: { [book]: true } });
    const changes = await world.call('ContactCard/changes', { sinceState: oldState });
    expect(changes).toMatchObject({ created: [created.k.id], newState });
    const some = await get(created.k.id, 'alice', { properties: ['uid', 'example.com:shoe'] });
    expect(some).toEqual({ id: created.k.id, uid: created.k.uid });
  });

  test('keeps what it does not know (RFC 9553 sections 1.7 and 1.8)', async () => {
    const card = {
      ...john,
      'example.com:shoe': { size: 42 },
      later: [1, { a: null }],
      name: { ...john.name, x: true },
    };
    const id = await made(card);
    expect(await get(id)).toMatchObject(card);
  });

  test('is changed in part, and its date with it', async () => {
    const id = await made({ ...john, emails: { e1: { address: 'john@example.com' } } });
    const before = await get(id);
    await world.clock.skip(5_000);
    const patch = { 'emails/e1/pref': 1, 'emails/e2': { address: 'doe@example.com' }, kind: 'individual' };
    const { updated } = await world.call('ContactCard/set', { update: { [id]: patch } });
    expect(updated[id].updated > before.updated).toBe(true);
    const emails = { e1: { address: 'john@example.com', pref: 1 }, e2: { address: 'doe@example.com' } };
    expect(await get(id)).toEqual({ ...before, emails, kind: 'individual', ...updated[id] });
    await world.call('ContactCard/set', { update: { [id]: { 'emails/e2': null, kind: null } } });
    expect(await get(id)).toMatchObject({ emails: { e1: emails.e1 } });
    expect(await get(id)).not.toHaveProperty('kind');
    // A whole card that was read comes back with one thing changed.
    const whole = { ...(await get(id)), language: 'de' };
    expect((await world.call('ContactCard/set', { update: { [id]: whole } })).notUpdated).toEqual({});
    const { oldState, destroyed } = await world.call('ContactCard/set', { destroy: [id] });
    expect(destroyed).toEqual([id]);
    expect(await world.call('ContactCard/changes', { sinceState: oldState })).toMatchObject({ destroyed: [id] });
  });

  test.each([
    ['no book', { addressBookIds: {} }, 'addressBookIds'],
    ['a book that there is not', { addressBookIds: { nothing: true } }, 'addressBookIds'],
    ['a book that is false', { addressBookIds: { nothing: false } }, 'addressBookIds'],
    ['another type', { '@type': 'Group' }, '@type'],
    ['another version', { version: '2.0' }, 'version'],
    ['an id', { id: 'x' }, 'id'],
    ['an empty uid', { uid: '' }, 'uid'],
    ['a name of nothing', { name: {} }, 'name'],
    ['a component without a kind', { name: { components: [{ value: 'x' }] } }, 'name'],
    ['an email without an address', { emails: { e: {} } }, 'emails'],
    ['a key that is no id', { emails: { 'e/1': { address: 'a@b' } } }, 'emails'],
    ['a preference of 0', { phones: { p: { number: '1', pref: 0 } } }, 'phones'],
    ['a date that is none', { anniversaries: { a: { kind: 'birth', date: { month: 13 } } } }, 'anniversaries'],
    ['members of somebody', { members: { x: true } }, 'members'],
    ['a list for a map', { emails: [] }, 'emails'],
    ['a false keyword', { keywords: { a: false } }, 'keywords'],
    ['a blob that there is not', { media: { p: { kind: 'photo', blobId: 'unothing' } } }, undefined],
  ])('is not made with %s', async (_, given, property) => {
    const { notCreated } = await create({ ...john, ...given });
    if (property === undefined) expect(notCreated.k).toMatchObject({ type: 'blobNotFound' });
    else expect(notCreated.k).toMatchObject({ type: 'invalidProperties', properties: [property] });
  });

  test('has a uid of its own in the account, and a size', async () => {
    const id = await made({ ...john, uid: 'urn:x' });
    expect((await create({ ...john, uid: 'urn:x' })).notCreated.k).toMatchObject({
      type: 'alreadyExists',
      existingId: id,
    });
    const other = await made({ ...john, uid: 'urn:y' });
    const update = { [other]: { uid: 'urn:x' } };
    expect((await world.call('ContactCard/set', { update })).notUpdated[other].type).toBe('alreadyExists');
    const notes = { n: { note: 'x'.repeat(100_000) } };
    expect((await create({ ...john, notes })).notCreated.k).toMatchObject({ type: 'tooLarge' });
    // What was destroyed leaves its uid to others.
    await world.call('ContactCard/set', { destroy: [id] });
    await made({ ...john, uid: 'urn:x' });
  });

  test('references what the same request has made', async () => {
    const answers = await world.request([
      ['AddressBook/set', { accountId: 'alice', create: { b: { name: 'New' } } }],
      ['ContactCard/set', { accountId: 'alice', create: { k: { ...john, addressBookIds: { '#b': true } } } }],
      ['ContactCard/get', { accountId: 'alice', ids: ['#k'], properties: ['addressBookIds'] }],
    ]);
    expect(answers[2]![1].list[0].addressBookIds).toEqual({ [answers[0]![1].created.b.id]: true });
  });
});

describe('media', () => {
  const photoOf = (card: Json) => card.media.p;

  test('an upload becomes a photo, and stays when the upload is over (RFC 9610 section 3)', async () => {
    const upload = JSON.parse(
      await bodyText(await world.http('/jmap/upload/alice/', { body: PNG, headers: { 'content-type': 'image/png' } })),
    );
    const id = await made({ ...john, media: { p: { kind: 'photo', blobId: upload.blobId } } });
    const photo = photoOf(await get(id));
    expect(photo).toEqual({ kind: 'photo', mediaType: 'image/png', blobId: expect.stringMatching(/^c/) });
    await world.clock.skip(3 * 86_400_000);
    const response = await world.http(`/jmap/download/alice/${photo.blobId}/p.png`);
    expect(await bodyBytes(response)).toEqual(PNG);
    expect(await world.http(`/jmap/download/alice/${upload.blobId}/p.png`)).toMatchObject({ status: 404 });
    // The same card again, with the same photo.
    const whole = { ...(await get(id)), language: 'en' };
    expect((await world.call('ContactCard/set', { update: { [id]: whole } })).notUpdated).toEqual({});
    expect(photoOf(await get(id))).toEqual(photo);
    await world.call('ContactCard/set', { update: { [id]: { media: null } } });
    expect(await world.http(`/jmap/download/alice/${photo.blobId}/p.png`)).toMatchObject({ status: 404 });
  });

  test('a data URI becomes a blob, another URI stays', async () => {
    const uri = `data:image/png;base64,${PNG.toString('base64')}`;
    const { created } = await create({
      ...john,
      media: { p: { kind: 'photo', uri }, l: { kind: 'logo', uri: 'https://example.com/l' } },
    });
    expect(created.k.media).toEqual({
      p: { kind: 'photo', mediaType: 'image/png', blobId: expect.any(String) },
      l: { kind: 'logo', uri: 'https://example.com/l' },
    });
    const response = await world.http(`/jmap/download/alice/${created.k.media.p.blobId}/p.png`);
    expect(await bodyBytes(response)).toEqual(PNG);
    const wrong = { ...john, media: { p: { kind: 'photo', uri: 'data:image/png;base64,§' } } };
    expect((await create(wrong)).notCreated.k).toMatchObject({ type: 'invalidProperties', properties: ['media'] });
  });

  test('what an email has attached becomes a photo', async () => {
    const email = await world.file(
      lines(
        'Content-Type: multipart/mixed; boundary=b',
        '',
        '--b',
        '',
        'Hello',
        '--b',
        'Content-Type: image/png',
        'Content-Disposition: attachment',
        'Content-Transfer-Encoding: base64',
        '',
        PNG.toString('base64'),
        '--b--',
      ),
    );
    const [{ attachments }] = (await world.call('Email/get', { ids: [email], properties: ['attachments'] })).list;
    const id = await made({ ...john, media: { p: { kind: 'photo', blobId: attachments[0].blobId } } });
    expect(await bodyBytes(await world.http(`/jmap/download/alice/${photoOf(await get(id)).blobId}/x`))).toEqual(PNG);
  });
});

describe('query', () => {
  beforeEach(async () => {
    const card = (given: string, surname: string, more: object) => ({
      addressBookIds: { [book]: true },
      name: {
        components: [
          { kind: 'given', value: given },
          { kind: 'surname', value: surname },
        ],
      },
      ...more,
    });
    const { notCreated } = await world.call('ContactCard/set', {
      create: {
        a: card('Élodie', 'Zola', {
          uid: 'a',
          created: '2024-01-01T00:00:00Z',
          updated: '2025-01-01T00:00:00Z',
          emails: { e: { address: 'elodie@example.com' } },
          nicknames: { n: { name: 'Lodi' } },
          notes: { n: { note: 'likes boats' } },
        }),
        b: card('Bjørn', 'Aas', {
          uid: 'b',
          created: '2024-06-01T00:00:00Z',
          updated: '2024-06-01T00:00:00Z',
          phones: { p: { number: '+47 22 33 44' } },
          organizations: { o: { name: 'Boats Ltd', units: [{ name: 'Sails' }] } },
          onlineServices: { s: { service: 'Mastodon', user: '@bjorn' } },
        }),
        c: {
          uid: 'c',
          kind: 'group',
          addressBookIds: { [book]: true },
          created: '2023-01-01T00:00:00Z',
          updated: '2026-01-01T00:00:00Z',
          name: { full: 'Sailors' },
          members: { b: true },
          addresses: { h: { full: 'Harbour 1, Oslo' } },
        },
      },
    });
    expect(notCreated).toEqual({});
  });

  const uids = async (args: object) => {
    const { ids } = await world.call('ContactCard/query', { ...args });
    const { list } = await world.call('ContactCard/get', { ids, properties: ['uid'] });
    return list.map(({ uid }: Json) => uid).join('');
  };
  const sort = [{ property: 'created' }];

  test.each([
    [{ uid: 'b' }, 'b'],
    [{ hasMember: 'b' }, 'c'],
    [{ kind: 'individual' }, 'ab'],
    [{ createdBefore: '2024-01-01T00:00:00Z' }, 'c'],
    [{ createdAfter: '2024-01-01T00:00:00Z' }, 'ab'],
    [{ updatedBefore: '2025-01-01T00:00:00Z' }, 'b'],
    [{ updatedAfter: '2025-01-01T00:00:00Z' }, 'ca'],
    [{ text: 'boats' }, 'ab'],
    [{ text: 'boats sails' }, 'b'],
    [{ name: 'elodie zola' }, 'a'],
    [{ name: 'sailors' }, 'c'],
    [{ 'name/given': 'lod' }, 'a'],
    [{ 'name/surname': 'lod' }, ''],
    [{ 'name/surname2': 'x' }, ''],
    [{ nickname: 'LODI' }, 'a'],
    [{ organization: 'sails' }, 'b'],
    [{ email: '@example.com' }, 'a'],
    [{ phone: '22 33' }, 'b'],
    [{ onlineService: 'mastodon' }, 'b'],
    [{ address: 'oslo' }, 'c'],
    [{ note: 'boats' }, 'a'],
    [{ inAddressBook: 'nothing' }, ''],
    [{ operator: 'NOT', conditions: [{ text: 'boats' }] }, 'c'],
    [{ operator: 'OR', conditions: [{ uid: 'a' }, { uid: 'c' }] }, 'ca'],
    [{ kind: 'individual', note: 'boats' }, 'a'],
  ])('by %j', async (filter, expected) => {
    expect(await uids({ filter, sort })).toBe(expected);
  });

  test.each([
    ['created', true, 'cab'],
    ['updated', false, 'cab'],
    ['name/given', true, 'cba'],
    ['name/surname', true, 'cba'],
    ['name/surname', false, 'abc'],
  ])('in the order of %s', async (property, isAscending, expected) => {
    expect(await uids({ sort: [{ property, isAscending }] })).toBe(expected);
  });

  test('windows, totals, what there is not', async () => {
    const page = await world.call('ContactCard/query', { sort, position: 1, limit: 1, calculateTotal: true });
    expect(page).toMatchObject({ total: 3, position: 1, canCalculateChanges: true });
    expect(page.ids).toHaveLength(1);
    expect(await world.failing('ContactCard/query', { sort: [{ property: 'shoe' }] })).toMatchObject({
      type: 'unsupportedSort',
    });
    expect(await world.failing('ContactCard/query', { filter: { shoe: 1 } })).toMatchObject({
      type: 'unsupportedFilter',
    });
  });

  test('queryChanges brings old results to the new ones', async () => {
    const args = { filter: { kind: 'individual' }, sort };
    const before = await world.call('ContactCard/query', args);
    const id = await made({ ...john, uid: 'd', created: '2024-03-01T00:00:00Z' });
    await world.call('ContactCard/set', { update: { [before.ids[0]]: { kind: 'org' } } });
    const changes = await world.call('ContactCard/queryChanges', {
      ...args,
      sinceQueryState: before.queryState,
      calculateTotal: true,
    });
    expect(changes).toMatchObject({ removed: [before.ids[0]], added: [{ id, index: 0 }], total: 2 });
    const tight = { ...args, sinceQueryState: before.queryState, maxChanges: 1 };
    expect(await world.failing('ContactCard/queryChanges', tight)).toMatchObject({ type: 'tooManyChanges' });
    expect(await world.failing('ContactCard/queryChanges', { ...args, sinceQueryState: 'x' })).toMatchObject({
      type: 'cannotCalculateChanges',
    });
  });
});

describe('sharing', () => {
  const bob = (name: string, args: object = {}) => world.call(name, { accountId: 'alice', ...args }, 'bob');

  test('of a book shows what is in it, and nothing else', async () => {
    expect(await world.failing('AddressBook/get', { accountId: 'alice' }, 'bob')).toMatchObject({
      type: 'accountNotFound',
    });
    const { created } = await world.call('AddressBook/set', { create: { k: { name: 'Private' } } });
    const hidden = await made({ ...john, addressBookIds: { [created.k.id]: true }, uid: 'h' });
    const both = await made({ ...john, addressBookIds: { [created.k.id]: true, [book]: true } });
    await share('bob', { mayRead: true });
    expect((await bob('AddressBook/get')).list).toEqual([
      {
        id: book,
        name: 'Contacts',
        description: null,
        sortOrder: 0,
        isDefault: false,
        isSubscribed: false,
        shareWith: null,
        myRights: { ...none, mayRead: true },
      },
    ]);
    expect((await bob('ContactCard/query')).ids).toEqual([both]);
    const { list, notFound } = await bob('ContactCard/get', { ids: [both, hidden] });
    expect(notFound).toEqual([hidden]);
    expect(list[0].addressBookIds).toEqual({ [book]: true });
    expect(await world.failing('ContactCard/get', { accountId: 'alice' }, 'carol')).toMatchObject({
      type: 'accountNotFound',
    });
    expect(await world.failing('Mailbox/get', { accountId: 'alice' }, 'bob')).toMatchObject({
      type: 'accountNotSupportedByMethod',
    });
    expect(await world.failing('ContactCard/set', { accountId: 'alice', destroy: [both] }, 'bob')).toMatchObject({
      type: 'accountReadOnly',
    });
    const [note] = (await world.call('ShareNotification/get', {}, 'bob')).list;
    expect(note).toMatchObject({ objectType: 'AddressBook', objectId: book, newRights: { mayRead: true } });
    await share('bob', null);
    expect(await world.failing('ContactCard/get', { accountId: 'alice' }, 'bob')).toMatchObject({
      type: 'accountNotFound',
    });
  });

  test('with mayWrite, cards are made, changed and taken out of what is seen', async () => {
    const { created } = await world.call('AddressBook/set', { create: { k: { name: 'Private' } } });
    const hidden = created.k.id;
    const both = await made({ ...john, addressBookIds: { [hidden]: true, [book]: true } });
    await share('bob', { mayRead: true, mayWrite: true });
    const set = await bob('ContactCard/set', {
      create: { k: { ...john, addressBookIds: { [book]: true } }, l: { ...john, addressBookIds: { [hidden]: true } } },
      update: { [both]: { language: 'no' } },
    });
    expect(set.notCreated.l).toMatchObject({ type: 'invalidProperties', properties: ['addressBookIds'] });
    expect(Object.keys(set.updated)).toEqual([both]);
    expect((await get(both)).addressBookIds).toEqual({ [hidden]: true, [book]: true });
    expect((await bob('ContactCard/set', { destroy: [both] })).destroyed).toEqual([both]);
    expect((await get(both)).addressBookIds).toEqual({ [hidden]: true });
    expect((await bob('ContactCard/query')).ids).toEqual([set.created.k.id]);
    // How he sees a book is his own; all else is the owner's.
    const update = (patch: object) => bob('AddressBook/set', { update: { [book]: patch } });
    expect((await update({ isSubscribed: true, sortOrder: 7 })).updated).toEqual({ [book]: null });
    expect((await bob('AddressBook/get')).list).toMatchObject([{ isSubscribed: true, sortOrder: 7 }]);
    expect((await world.call('AddressBook/get', { ids: [book] })).list).toMatchObject([{ sortOrder: 0 }]);
    for (const patch of [{ name: 'Mine' }, { shareWith: null, description: 'x' }]) {
      expect((await update(patch)).notUpdated[book].type).toBe('forbidden');
    }
    expect((await bob('AddressBook/set', { destroy: [book] })).notDestroyed[book].type).toBe('forbidden');
    expect((await bob('AddressBook/set', { create: { k: { name: 'x' } } })).notCreated.k.type).toBe('forbidden');
  });

  test('changes tell of what is seen and of nothing else', async () => {
    const { created } = await world.call('AddressBook/set', { create: { k: { name: 'Private' } } });
    const hidden = created.k.id;
    await share('bob', { mayRead: true });
    const { state } = await bob('ContactCard/get');
    const { state: bookState } = await bob('AddressBook/get');
    const secret = await made({ ...john, addressBookIds: { [hidden]: true } });
    await world.call('AddressBook/set', { update: { [hidden]: { name: 'Secret' } } });
    await world.call('ContactCard/set', { update: { [secret]: { language: 'de' } } });
    expect((await bob('ContactCard/get')).state).toBe(state);
    expect((await bob('AddressBook/get')).state).toBe(bookState);
    const id = await made();
    expect(await bob('ContactCard/changes', { sinceState: state })).toMatchObject({ created: [id], updated: [] });
    const later = (await bob('ContactCard/get')).state;
    await world.call('ContactCard/set', { destroy: [id, secret] });
    expect(await world.failing('ContactCard/changes', { accountId: 'alice', sinceState: later }, 'bob')).toMatchObject({
      type: 'cannotCalculateChanges',
    });
  });

  test('cards are copied from account to account, with their photos', async () => {
    const uri = `data:image/png;base64,${PNG.toString('base64')}`;
    const id = await made({ ...john, uid: 'urn:x', media: { p: { kind: 'photo', uri } } });
    await share('bob', { mayRead: true });
    const mine = (await world.call('AddressBook/get', {}, 'bob')).list[0].id;
    const copy = (more = {}) =>
      world.request(
        [
          [
            'ContactCard/copy',
            {
              fromAccountId: 'alice',
              accountId: 'bob',
              create: { k: { id, addressBookIds: { [mine]: true }, language: 'fr' } },
              ...more,
            },
          ],
        ],
        {},
        'bob',
      );
    const [[, { created, notCreated }]] = (await copy()) as [Json];
    expect(notCreated).toEqual({});
    const card = await get(created.k.id, 'bob');
    expect(card).toMatchObject({ ...john, uid: 'urn:x', language: 'fr', addressBookIds: { [mine]: true } });
    await world.call('ContactCard/set', { destroy: [id] });
    expect(await bodyBytes(await world.http(`/jmap/download/bob/${card.media.p.blobId}/x`, { user: 'bob' }))).toEqual(
      PNG,
    );
    expect((await copy())[0]![1].notCreated.k.type).toBe('notFound');
    expect(await copy({ fromAccountId: 'carol' })).toMatchObject([['error', { type: 'fromAccountNotFound' }, '0']]);
    expect(await copy({ fromAccountId: 'bob' })).toMatchObject([['error', { type: 'invalidArguments' }, '0']]);
  });
});
