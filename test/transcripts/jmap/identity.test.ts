/** Identity (RFC 8621 section 6). */
import { describe, expect, test } from 'vitest';
import { jmapWorld } from '../../support/jmap.ts';

const DEFAULT = {
  ...{ id: 'default', name: '', email: 'alice@example.test', replyTo: null, bcc: null },
  ...{ textSignature: '', htmlSignature: '', mayDelete: false },
};

/** What section 6.2.1's example has, with an address of alice's. */
const WORK = {
  name: 'Joe Bloggs',
  email: 'alice+joe@example.test',
  replyTo: null,
  bcc: [{ name: null, email: 'joe+archive@example.com' }],
  textSignature: '-- \nJoe Bloggs\nMaster of Email',
  htmlSignature: '<div><b>Joe Bloggs</b></div><div>Master of Email</div>',
};

test('the account’s own address is an identity from the beginning', async () => {
  const { call } = await jmapWorld();
  expect(await call('Identity/get', { ids: null })).toMatchObject({ list: [DEFAULT], notFound: [] });
  const { list, notFound } = await call('Identity/get', { ids: ['default', 'other'], properties: ['email'] });
  expect(list).toEqual([{ id: 'default', email: 'alice@example.test' }]);
  expect(notFound).toEqual(['other']);
});

test('the example of section 6.1.1: all identities, an address that is theirs', async () => {
  const { call } = await jmapWorld();
  const { created } = await call('Identity/set', { create: { k1: WORK } });
  expect(created.k1).toEqual({ id: expect.any(String), mayDelete: true });
  const { list } = await call('Identity/get', { ids: null });
  expect(list).toEqual([DEFAULT, { id: created.k1.id, ...WORK, mayDelete: true }]);
});

test('what is left out is told', async () => {
  const { call } = await jmapWorld();
  const { created } = await call('Identity/set', { create: { k1: { email: 'alice@example.test' } } });
  const { email: _, id: __, ...defaults } = DEFAULT;
  expect(created.k1).toEqual({ ...defaults, id: expect.any(String), mayDelete: true });
});

describe('refused', () => {
  test.each([
    [{ name: 'Bob', email: 'bob@example.test' }, { type: 'forbiddenFrom' }],
    [{ email: '*@example.test' }, { type: 'forbiddenFrom' }],
    [{ name: 'Joe' }, { type: 'invalidProperties', properties: ['email'] }],
    [{ email: 'alice' }, { type: 'invalidProperties', properties: ['email'] }],
    [{ email: 'alice@example.test\r\nBcc: x@y' }, { type: 'invalidProperties', properties: ['email'] }],
    [
      { ...WORK, name: 'a\nb' },
      { type: 'invalidProperties', properties: ['name'] },
    ],
    [
      { ...WORK, replyTo: [{ email: 'nobody' }] },
      { type: 'invalidProperties', properties: ['replyTo'] },
    ],
    [
      { ...WORK, bcc: 'x@example.com' },
      { type: 'invalidProperties', properties: ['bcc'] },
    ],
    [
      { ...WORK, textSignature: 'é'.repeat(4097) },
      { type: 'invalidProperties', properties: ['textSignature'] },
    ],
    [
      { ...WORK, htmlSignature: 'x'.repeat(32769) },
      { type: 'invalidProperties', properties: ['htmlSignature'] },
    ],
    [
      { ...WORK, mayDelete: false },
      { type: 'invalidProperties', properties: ['mayDelete'] },
    ],
  ])('creating %#', async (identity, error) => {
    const { call } = await jmapWorld();
    const { created, notCreated, oldState, newState } = await call('Identity/set', { create: { k1: identity } });
    expect(created).toEqual({});
    expect(notCreated.k1).toMatchObject(error);
    expect(newState).toBe(oldState);
  });

  test.each([
    [{ email: 'alice+other@example.test' }, { type: 'invalidProperties', properties: ['email'] }],
    [{ email: null }, { type: 'invalidProperties', properties: ['email'] }],
    [{ mayDelete: true }, { type: 'invalidProperties', properties: ['mayDelete'] }],
    [{ color: 'red' }, { type: 'invalidProperties', properties: ['color'] }],
    [{ 'bcc/0': { email: 'x@example.com' } }, { type: 'invalidPatch' }],
  ])('changing %j', async (patch, error) => {
    const { call } = await jmapWorld();
    const { notUpdated } = await call('Identity/set', { update: { default: patch } });
    expect(notUpdated.default).toMatchObject(error);
    expect((await call('Identity/get')).list).toEqual([DEFAULT]);
  });

  test('the default stays; one that is not there cannot go', async () => {
    const { call } = await jmapWorld();
    const { notDestroyed } = await call('Identity/set', { destroy: ['default', 'other'] });
    expect(notDestroyed).toMatchObject({ default: { type: 'forbidden' }, other: { type: 'notFound' } });
    const { notUpdated } = await call('Identity/set', { update: { other: { name: 'x' } } });
    expect(notUpdated.other).toMatchObject({ type: 'notFound' });
  });

  test('more than 20', async () => {
    const { call } = await jmapWorld();
    const create = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`k${i}`, WORK]));
    const { created, notCreated } = await call('Identity/set', { create });
    expect(Object.keys(created)).toHaveLength(19);
    expect(notCreated).toMatchObject({ k19: { type: 'overQuota' } });
  });
});

test('changes: the default is changed, never created; others come and go', async () => {
  const { call } = await jmapWorld();
  const { state: first } = await call('Identity/get');
  const whole = { ...DEFAULT, name: 'Alice', textSignature: 'A.' };
  const set = await call('Identity/set', { ifInState: first, update: { default: whole } });
  expect(set).toMatchObject({ oldState: first, updated: { default: null } });
  const none = { created: [], updated: [], destroyed: [] };
  expect(await call('Identity/changes', { sinceState: first })).toMatchObject({
    ...none,
    updated: ['default'],
    newState: set.newState,
  });
  expect((await call('Identity/get')).list).toEqual([whole]);

  const { created, newState: second } = await call('Identity/set', { create: { k1: WORK } });
  const { id } = created.k1;
  expect(await call('Identity/changes', { sinceState: set.newState })).toMatchObject({ ...none, created: [id] });
  await call('Identity/set', { update: { [id]: { name: 'Joe', bcc: null } } });
  expect(await call('Identity/changes', { sinceState: second })).toMatchObject({ ...none, updated: [id] });
  await call('Identity/set', { destroy: [id] });
  expect(await call('Identity/changes', { sinceState: second })).toMatchObject({ ...none, destroyed: [id] });
  expect((await call('Identity/get')).list).toEqual([whole]);
});
