/** Preferences, our own type (docs/jmap.md). Each property's good and bad values: every-method.test.ts. */
import { describe, expect, test } from 'vitest';
import { DEFAULTS } from '../../../mail/jmap/preferences/defaults.ts';
import { MAX_PREFERENCES } from '../../../mail/jmap/preferences/object.ts';
import { type Json, jmapWorld } from '../../support/jmap.ts';

test('ME-20: they are there from the beginning, as by default', async () => {
  const { call } = await jmapWorld();
  const { list, notFound } = await call('Preferences/get', { ids: null });
  expect({ list, notFound }).toEqual({ list: [{ id: 'singleton', ...DEFAULTS }], notFound: [] });
  expect(await call('Preferences/get', { ids: ['other'] })).toMatchObject({ list: [], notFound: ['other'] });
});

test('ME-20: every property is set, and set back by null', async () => {
  const { call } = await jmapWorld();
  const given = {
    ...{ locale: 'de', theme: 'dark', density: 'compact', conversations: false, shortcuts: false },
    ...{ markReadAfter: 'never', undoSeconds: 30, composeFormat: 'plain', signatureUse: 'new' },
    ...{ defaultIdentity: 'i1', spelling: false, dictionary: { Postern: true } },
    templates: { a: { name: 'Thanks', subject: '', html: '<p>Thank you.</p>' } },
    ...{ remoteImages: 'always', trustedSenders: { '@example.com': true }, notifyAbout: 'all', notifyPreview: false },
  };
  expect(Object.keys(given).sort()).toEqual(Object.keys(DEFAULTS).sort());
  const { state } = await call('Preferences/get');
  const set = await call('Preferences/set', { ifInState: state, update: { singleton: given } });
  expect(set).toMatchObject({ oldState: state, updated: { singleton: null } });
  const after = await call('Preferences/get');
  expect(after).toMatchObject({ list: [{ id: 'singleton', ...given }] });
  expect(after.state).not.toBe(state);
  const nulls = Object.fromEntries(Object.keys(given).map((name) => [name, null]));
  await call('Preferences/set', { update: { singleton: nulls } });
  expect((await call('Preferences/get')).list).toEqual([{ id: 'singleton', ...DEFAULTS }]);
});

test('IM-14: words are added and removed one by one, by their path', async () => {
  const { call } = await jmapWorld();
  const change = (patch: Json) => call('Preferences/set', { update: { singleton: patch } });
  await change({ 'dictionary/Postern': true });
  await change({ 'dictionary/and~1or': true });
  await change({ 'dictionary/Grüße': true });
  await change({ 'dictionary/Postern': null });
  const [{ dictionary }] = (await call('Preferences/get')).list;
  expect(dictionary).toEqual({ 'and/or': true, Grüße: true });
});

test('other types do not change their states', async () => {
  const { call } = await jmapWorld();
  const { state } = await call('Identity/get');
  await call('Preferences/set', { update: { singleton: { theme: 'dark' } } });
  expect((await call('Identity/get')).state).toBe(state);
});

describe('refused', () => {
  test('a second one, none at all, another', async () => {
    const { call } = await jmapWorld();
    expect(
      await call('Preferences/set', {
        create: { k: { theme: 'dark' } },
        update: { other: { theme: 'dark' } },
        destroy: ['singleton', 'nothing'],
      }),
    ).toMatchObject({
      notCreated: { k: { type: 'singleton' } },
      notUpdated: { other: { type: 'notFound' } },
      notDestroyed: { singleton: { type: 'singleton' }, nothing: { type: 'notFound' } },
    });
  });

  test('properties that there are none of, and what would be in nothing', async () => {
    const { call } = await jmapWorld();
    const refusal = async (patch: Json) =>
      (await call('Preferences/set', { update: { singleton: patch } })).notUpdated.singleton;
    expect(await refusal({ shoe: 1 })).toMatchObject({ type: 'invalidProperties', properties: ['shoe'] });
    expect(await refusal({ 'theme/x': 1 })).toMatchObject({ type: 'invalidPatch' });
    expect(await refusal({ 'templates/a/name': 'x' })).toMatchObject({ type: 'invalidPatch' });
    expect(await refusal({ 'templates/__proto__': {} })).toMatchObject({ type: 'invalidPatch' });
  });

  test('more than there is room for; what was there stays', async () => {
    const { call } = await jmapWorld();
    const template = { name: 'Long', subject: '', html: 'x'.repeat(MAX_PREFERENCES / 2 - 1_000) };
    await call('Preferences/set', { update: { singleton: { 'templates/a': template } } });
    const { notUpdated } = await call('Preferences/set', {
      update: { singleton: { 'templates/b': template, 'templates/c': { ...template, html: 'x'.repeat(4_000) } } },
    });
    expect(notUpdated.singleton).toMatchObject({ type: 'overQuota' });
    const [{ templates }] = (await call('Preferences/get')).list;
    expect(Object.keys(templates)).toEqual(['a']);
  });
});
