/** JMAP for Sieve scripts (RFC 9661). What a script may be: test/unit/sieve-check.test.ts. */
import { describe, expect, test } from 'vitest';
import { bodyText, type JmapWorld, type Json, jmapWorld } from '../../support/jmap.ts';

/** Section 2.2.1's script. */
const SCRIPT = 'require "fileinto";\r\nif address :is :all ["From"] "test@example.com" { fileinto "Test"; }\r\n';
const OTHER = '# é\nkeep;\n';

async function upload({ call }: Pick<JmapWorld, 'call'>, script: string): Promise<string> {
  const { created } = await call('Blob/upload', {
    create: { s: { data: [{ 'data:asText': script }], type: 'application/sieve' } },
  });
  return created.s.id;
}

async function make(world: JmapWorld, script: string, more: Json = {}, args: Json = {}): Promise<string> {
  const set = await world.call('SieveScript/set', {
    create: { A: { blobId: await upload(world, script), ...more } },
    ...args,
  });
  expect(set.notCreated).toEqual({});
  return set.created.A.id;
}

test('the session says what scripts may be', async () => {
  const { http } = await jmapWorld();
  const session = JSON.parse(await bodyText(await http('/.well-known/jmap')));
  const urn = 'urn:ietf:params:jmap:sieve';
  expect(session.capabilities[urn]).toEqual({ implementation: 'Postern' });
  expect(session.accounts.alice.accountCapabilities[urn]).toEqual({
    maxSizeScriptName: 512,
    maxSizeScript: 65536,
    maxNumberScripts: 32,
    maxNumberRedirects: 4,
    sieveExtensions: expect.arrayContaining(['fileinto', 'vacation', 'imap4flags']),
    notificationMethods: null,
    externalLists: null,
  });
});

test('sections 2.2.1 to 2.2.4: created and active at once, renamed, its content replaced, another activated, deactivated, destroyed', async () => {
  const world = await jmapWorld();
  const { call } = world;
  const { state: none } = await call('SieveScript/get');
  const blobId = await upload(world, SCRIPT);
  const first = await call('SieveScript/set', {
    create: { A: { name: null, blobId } },
    onSuccessActivateScript: '#A',
  });
  const { id } = first.created.A;
  expect(first).toMatchObject({ oldState: none, notCreated: {}, updated: {} });
  expect(first.created.A).toEqual({ id, name: id, blobId: expect.any(String), isActive: true });
  const { list, state } = await call('SieveScript/get', { ids: [id] });
  expect(state).toBe(first.newState);
  expect(list).toEqual([first.created.A]);
  // What was uploaded goes in a day; what the script has stays.
  expect(list[0].blobId).not.toBe(blobId);

  const renamed = await call('SieveScript/set', { ifInState: state, update: { [id]: { name: 'Tests' } } });
  expect(renamed.updated).toEqual({ [id]: null });
  const replaced = await call('SieveScript/set', { update: { [id]: { blobId: await upload(world, OTHER) } } });
  const now = (await call('SieveScript/get')).list[0];
  expect(now).toEqual({ id, name: 'Tests', blobId: replaced.updated[id].blobId, isActive: true });
  expect(now.blobId).not.toBe(list[0].blobId);

  const other = await make(world, SCRIPT, { name: 'other' });
  const activated = await call('SieveScript/set', { onSuccessActivateScript: other });
  expect(activated.updated).toEqual({ [id]: { isActive: false }, [other]: { isActive: true } });
  expect(activated.newState).not.toBe(activated.oldState);

  expect(await call('SieveScript/set', { destroy: [other, id] })).toMatchObject({
    destroyed: [id],
    notDestroyed: { [other]: { type: 'sieveIsActive' } },
  });
  // Deactivated after the changes: so not yet.
  expect(await call('SieveScript/set', { destroy: [other], onSuccessDeactivateScript: true })).toMatchObject({
    updated: {},
    notDestroyed: { [other]: { type: 'sieveIsActive' } },
  });
  expect(await call('SieveScript/set', { onSuccessDeactivateScript: true })).toMatchObject({
    updated: { [other]: { isActive: false } },
  });
  expect(await call('SieveScript/set', { destroy: [other] })).toMatchObject({ destroyed: [other] });
  expect((await call('SieveScript/get')).list).toEqual([]);
});

test('what a script holds is read as a blob, byte by byte, and looked up', async () => {
  const world = await jmapWorld();
  const { call, http } = world;
  const id = await make(world, `\ufeff${OTHER}`);
  const [{ blobId }] = (await call('SieveScript/get')).list;
  const response = await http(`/jmap/download/alice/${blobId}/a.sieve?accept=application/sieve`);
  expect([response.status, await bodyText(response)]).toEqual([200, `\ufeff${OTHER}`]);
  const { list } = await call('Blob/get', { ids: [blobId], properties: ['size'] });
  expect(list).toEqual([{ id: blobId, size: Buffer.byteLength(`\ufeff${OTHER}`) }]);
  expect((await call('Blob/lookup', { typeNames: ['SieveScript', 'Email'], ids: [blobId] })).list).toEqual([
    { id: blobId, matchedIds: { SieveScript: [id], Email: [] } },
  ]);
  expect((await http(`/jmap/download/bob/${blobId}/a.sieve`, { user: 'bob' })).status).toBe(404);
  // The same blob makes another script.
  const set = await call('SieveScript/set', { create: { B: { name: 'copy', blobId } } });
  expect(set.created.B).toMatchObject({ blobId, isActive: false });
});

describe('activation', () => {
  test('only where nothing was refused', async () => {
    const world = await jmapWorld();
    const id = await make(world, SCRIPT);
    const set = await world.call('SieveScript/set', {
      update: { [id]: { color: 'red' } },
      onSuccessActivateScript: id,
    });
    expect(set.notUpdated[id]).toMatchObject({ type: 'invalidProperties', properties: ['color'] });
    expect((await world.call('SieveScript/get')).list[0].isActive).toBe(false);
  });

  test('a script that there is not is passed over; with both arguments the one that is named is active', async () => {
    const world = await jmapWorld();
    const id = await make(world, SCRIPT, {}, { onSuccessActivateScript: '#A' });
    for (const nobody of ['nobody', '#nobody']) {
      expect(await world.call('SieveScript/set', { onSuccessActivateScript: nobody })).toMatchObject({ updated: {} });
    }
    const other = await make(world, OTHER);
    const args = { onSuccessActivateScript: other, onSuccessDeactivateScript: true };
    expect((await world.call('SieveScript/set', { ...args, update: { [id]: { name: 'x' } } })).updated).toEqual({
      [id]: { isActive: false },
      [other]: { isActive: true },
    });
    expect((await world.call('SieveScript/set', args)).updated).toEqual({});
  });
});

describe('refused', () => {
  test.each([
    [{ name: '' }, { type: 'invalidProperties', properties: ['name'] }],
    [{ name: 'a\u0085b' }, { type: 'invalidProperties', properties: ['name'] }],
    [{ name: 'a\u2028b' }, { type: 'invalidProperties', properties: ['name'] }],
    [{ name: 'é'.repeat(257) }, { type: 'invalidProperties', properties: ['name'] }],
    [{ name: 1 }, { type: 'invalidProperties', properties: ['name'] }],
    [{ isActive: true }, { type: 'invalidProperties', properties: ['isActive'] }],
    [{ id: 'x' }, { type: 'invalidProperties', properties: ['id'] }],
    [{ blobId: null }, { type: 'invalidProperties', properties: ['blobId'] }],
    [{ blobId: 'a b' }, { type: 'invalidProperties', properties: ['blobId'] }],
    [{ blobId: 'unobody' }, { type: 'blobNotFound', notFound: ['unobody'] }],
  ])('%j', async (change, error) => {
    const world = await jmapWorld();
    const { call } = world;
    const blobId = await upload(world, SCRIPT);
    const set = await call('SieveScript/set', { create: { A: { blobId, ...change } } });
    expect(set).toMatchObject({ created: {}, notCreated: { A: error } });
    const id = await make(world, SCRIPT);
    expect((await call('SieveScript/set', { update: { [id]: change } })).notUpdated[id]).toMatchObject(error);
  });

  test.each([
    ['', 'A script is not empty'],
    ['keep', 'line 1, column 5: expected ";" or a block behind keep, not the end of the script'],
    ['\r\n\r\nrequire "frob";\r\n', 'line 3, column 9: there is no extension "frob"'],
  ])('a script that is none: %j', async (script, description) => {
    const world = await jmapWorld();
    const blobId = await upload(world, script);
    const error = { type: 'invalidSieve', description };
    expect(await world.call('SieveScript/validate', { blobId })).toEqual({ accountId: 'alice', error });
    const { notCreated } = await world.call('SieveScript/set', { create: { A: { blobId } } });
    expect(notCreated.A).toMatchObject(error);
  });

  test('too large, too many, too much, a name that is taken', async () => {
    const world = await jmapWorld();
    const { call } = world;
    const comment = (size: number) => `#${'x'.repeat(size - 1)}`;
    const blobId = await upload(world, comment(65536 + 1));
    expect((await call('SieveScript/set', { create: { A: { blobId } } })).notCreated.A.type).toBe('tooLarge');
    expect((await call('SieveScript/validate', { blobId })).error.type).toBe('tooLarge');
    const id = await make(world, SCRIPT, { name: 'a\u0301' });
    expect(
      await call('SieveScript/set', { create: { A: { name: '\u00e1', blobId: await upload(world, OTHER) } } }),
    ).toMatchObject({ notCreated: { A: { type: 'alreadyExists', existingId: id } } });

    const small = await upload(world, OTHER);
    const many = Object.fromEntries(Array.from({ length: 32 }, (_, i) => [`k${i}`, { blobId: small }]));
    const set = await call('SieveScript/set', { create: many });
    expect(Object.keys(set.created)).toHaveLength(31);
    expect(set.notCreated).toMatchObject({ k31: { type: 'overQuota' } });
    const large = await upload(world, comment(65536));
    const updates = Object.fromEntries(
      Object.values(set.created)
        .slice(0, 8)
        .map((one) => [(one as Json).id, { blobId: large }]),
    );
    expect(Object.values((await call('SieveScript/set', { update: updates })).notUpdated)).toMatchObject([
      { type: 'overQuota' },
    ]);
  });

  test('what is not there, an old state, unknown arguments, others’ accounts, methods that there are not', async () => {
    const world = await jmapWorld();
    const { call, failing } = world;
    expect(await call('SieveScript/set', { update: { x: { name: 'y' } }, destroy: ['y'] })).toMatchObject({
      notUpdated: { x: { type: 'notFound' } },
      notDestroyed: { y: { type: 'notFound' } },
    });
    expect(await call('SieveScript/get', { ids: ['x'] })).toMatchObject({ list: [], notFound: ['x'] });
    const { state } = await call('SieveScript/get');
    await make(world, SCRIPT);
    expect(await failing('SieveScript/set', { ifInState: state })).toMatchObject({ type: 'stateMismatch' });
    expect(await failing('SieveScript/get', { properties: ['content'] })).toMatchObject({ type: 'invalidArguments' });
    expect(await failing('SieveScript/set', { onSuccess: 'x' })).toMatchObject({ type: 'invalidArguments' });
    expect(await failing('SieveScript/validate', {})).toMatchObject({ type: 'invalidArguments' });
    expect(await failing('SieveScript/get', { accountId: 'bob' })).toMatchObject({
      type: expect.stringMatching(/^account/),
    });
    expect((await call('SieveScript/validate', { blobId: 'unobody' })).error.type).toBe('blobNotFound');
    for (const name of ['SieveScript/changes', 'SieveScript/queryChanges']) {
      expect(await failing(name, { sinceState: state })).toMatchObject({ type: 'unknownMethod' });
    }
  });
});

test('a good script is valid (section 2.4)', async () => {
  const world = await jmapWorld();
  const blobId = await upload(world, SCRIPT);
  expect(await world.call('SieveScript/validate', { blobId })).toEqual({ accountId: 'alice', error: null });
  expect((await world.call('SieveScript/get')).list).toEqual([]);
});

describe('query', () => {
  test('by name and whether it is active, sorted by either', async () => {
    const world = await jmapWorld();
    const { call, failing } = world;
    const b = await make(world, SCRIPT, { name: 'Beta' }, { onSuccessActivateScript: '#A' });
    const a = await make(world, SCRIPT, { name: 'alpha' });
    const c = await make(world, SCRIPT, { name: 'gamma' });
    const ids = async (args: Json) => (await call('SieveScript/query', args)).ids;
    expect(await ids({ filter: { isActive: true } })).toEqual([b]);
    expect(await ids({ filter: { name: 'MM' } })).toEqual([c]);
    expect(
      await ids({ filter: { operator: 'NOT', conditions: [{ name: 'et' }] }, sort: [{ property: 'name' }] }),
    ).toEqual([a, c]);
    expect(await ids({ sort: [{ property: 'name', isAscending: false }] })).toEqual([c, b, a]);
    expect(await ids({ sort: [{ property: 'isActive', isAscending: false }, { property: 'name' }] })).toEqual([
      b,
      a,
      c,
    ]);
    expect(
      await call('SieveScript/query', { sort: [{ property: 'name' }], anchor: b, limit: 1, calculateTotal: true }),
    ).toMatchObject({
      ids: [b],
      position: 1,
      total: 3,
      canCalculateChanges: false,
      queryState: (await call('SieveScript/get')).state,
    });
    expect(await failing('SieveScript/query', { filter: { size: 1 } })).toMatchObject({ type: 'unsupportedFilter' });
    expect(await failing('SieveScript/query', { sort: [{ property: 'blobId' }] })).toMatchObject({
      type: 'unsupportedSort',
    });
    expect(await failing('SieveScript/query', { anchor: 'x' })).toMatchObject({ type: 'anchorNotFound' });
  });
});
