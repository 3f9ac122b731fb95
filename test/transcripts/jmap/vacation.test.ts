/** VacationResponse (RFC 8621 section 8). What it does to mail: test/unit/vacation.test.ts. */
import { describe, expect, test } from 'vitest';
import { type Json, jmapWorld } from '../../support/jmap.ts';

const OFF = {
  ...{ id: 'singleton', isEnabled: false, fromDate: null, toDate: null },
  ...{ subject: null, textBody: null, htmlBody: null },
};

test('there is one from the beginning, and it is off', async () => {
  const { call } = await jmapWorld();
  const { list, notFound } = await call('VacationResponse/get', { ids: null });
  expect({ list, notFound }).toEqual({ list: [OFF], notFound: [] });
  expect(
    await call('VacationResponse/get', { ids: ['singleton', 'other'], properties: ['isEnabled', 'subject'] }),
  ).toMatchObject({ list: [{ id: 'singleton', isEnabled: false, subject: null }], notFound: ['other'] });
});

test('every property is set, and set back by null', async () => {
  const { call } = await jmapWorld();
  const { state } = await call('VacationResponse/get');
  const given = {
    ...{ isEnabled: true, fromDate: '2026-07-01T00:00:00Z', toDate: '2026-07-15T00:00:00Z' },
    ...{ subject: 'Grüße vom See', textBody: 'Back on the 15th.', htmlBody: '<p>Back on the <b>15th</b>.</p>' },
  };
  const set = await call('VacationResponse/set', { ifInState: state, update: { singleton: given } });
  expect(set).toMatchObject({ oldState: state, updated: { singleton: null } });
  const after = await call('VacationResponse/get');
  expect(after).toMatchObject({ state: set.newState, list: [{ id: 'singleton', ...given }] });
  expect(after.state).not.toBe(state);
  // A whole object comes back, with one property changed (RFC 8620 section 5.3).
  await call('VacationResponse/set', { update: { singleton: { ...after.list[0], toDate: null } } });
  const nulls = Object.fromEntries(Object.keys(given).map((name) => [name, null]));
  expect((await call('VacationResponse/get')).list).toEqual([{ id: 'singleton', ...given, toDate: null }]);
  await call('VacationResponse/set', { update: { singleton: nulls } });
  expect((await call('VacationResponse/get')).list).toEqual([OFF]);
});

test('it cannot be created or destroyed', async () => {
  const { call } = await jmapWorld();
  expect(
    await call('VacationResponse/set', { create: { k: { isEnabled: true } }, destroy: ['singleton', 'other'] }),
  ).toMatchObject({
    created: {},
    destroyed: [],
    notCreated: { k: { type: 'singleton' } },
    notDestroyed: { singleton: { type: 'singleton' }, other: { type: 'notFound' } },
  });
});

describe('refused', () => {
  const wrong: readonly (readonly [Json, string])[] = [
    [{ isEnabled: 'yes' }, 'isEnabled'],
    [{ fromDate: '2026-07-01' }, 'fromDate'],
    [{ fromDate: '2026-07-01T00:00:00+02:00' }, 'fromDate'],
    [{ toDate: '2026-13-01T00:00:00Z' }, 'toDate'],
    [{ fromDate: '2026-07-02T00:00:00Z', toDate: '2026-07-01T00:00:00Z' }, 'toDate'],
    [{ subject: 'a\r\nBcc: x@example.com' }, 'subject'],
    [{ subject: 'é'.repeat(251) }, 'subject'],
    [{ textBody: 'x'.repeat(16 * 1024 + 1) }, 'textBody'],
    [{ htmlBody: 'x'.repeat(32 * 1024 + 1) }, 'htmlBody'],
    [{ id: 'other' }, 'id'],
    [{ color: 'red' }, 'color'],
  ];
  test.each(wrong)('%#: %j', async (patch, property) => {
    const { call } = await jmapWorld();
    const { updated, notUpdated } = await call('VacationResponse/set', { update: { singleton: patch } });
    expect(updated).toEqual({});
    expect(notUpdated.singleton).toMatchObject({ type: 'invalidProperties', properties: [property] });
    expect((await call('VacationResponse/get')).list).toEqual([OFF]);
  });

  test('what is not there, an old state, unknown arguments and properties', async () => {
    const { call, failing } = await jmapWorld();
    expect(await call('VacationResponse/set', { update: { other: {} } })).toMatchObject({
      notUpdated: { other: { type: 'notFound' } },
    });
    const { state } = await call('VacationResponse/get');
    await call('VacationResponse/set', { update: { singleton: { isEnabled: true } } });
    expect(await failing('VacationResponse/set', { ifInState: state, update: {} })).toMatchObject({
      type: 'stateMismatch',
    });
    expect(await failing('VacationResponse/get', { properties: ['color'] })).toMatchObject({
      type: 'invalidArguments',
    });
    expect(await failing('VacationResponse/set', { color: 'red' })).toMatchObject({ type: 'invalidArguments' });
    expect(await failing('VacationResponse/get', { accountId: 'bob' })).toMatchObject({ type: 'accountNotFound' });
    // RFC 8621 section 8: it has /get and /set alone.
    expect(await failing('VacationResponse/changes', { sinceState: state })).toMatchObject({ type: 'unknownMethod' });
  });
});

test('changes are pushed', async () => {
  const { call, alice } = await jmapWorld();
  const before = alice.state.typeSeq('VacationResponse');
  await call('VacationResponse/set', { update: { singleton: { isEnabled: true } } });
  expect(alice.state.typeSeq('VacationResponse')).toBeGreaterThan(before);
});
