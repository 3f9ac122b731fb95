/** Emails that are snoozed come back once, whatever breaks off and whoever is at work at the same time. */
import { describe, expect, test } from 'vitest';
import { UidSet } from '../../mail/account/uidset.ts';
import { setAlarm } from '../../mail/jmap/snooze/alarms.ts';
import { MAX_SNOOZED } from '../../mail/jmap/snooze/limits.ts';
import { snoozes } from '../../mail/jmap/snooze/object.ts';
import { sweepSnoozed, type WakeDeps } from '../../mail/jmap/snooze/wake.ts';
import type { Records } from '../../mail/ports/index.ts';
import { Refused } from '../../mail/refused.ts';
import { type JmapWorld, jmapWorld, lines } from '../support/jmap.ts';
import { silentLog } from '../support/memory.ts';

const HOUR = 3_600_000;

async function snoozedWorld(): Promise<{ readonly world: JmapWorld; readonly id: string; readonly deps: WakeDeps }> {
  const world = await jmapWorld();
  const id = await world.file(lines('Subject: later', '', 'x'), { flags: ['\\Seen'] });
  await snooze(world, id);
  return { world, id, deps: depsOf(world) };
}

function depsOf(world: JmapWorld): WakeDeps {
  return { records: world.ports.records, accounts: world.accounts, clock: world.clock, log: silentLog };
}

async function snooze(world: JmapWorld, ...ids: string[]): Promise<void> {
  const until = `${new Date(world.clock.now() + HOUR).toISOString().slice(0, 19)}Z`;
  const update = Object.fromEntries(ids.map((id) => [id, { snoozed: { until } }]));
  const { notUpdated } = await world.call('Email/set', { update });
  expect(notUpdated).toEqual({});
}

async function alarms({ ports }: JmapWorld): Promise<number> {
  return (await ports.records.query({ pk: 'snoozes' })).items.length;
}

function inboxUids({ alice, mailbox }: JmapWorld): number[] {
  const rows = alice.state.rows(mailbox('INBOX'));
  return Array.from({ length: rows.length }, (_, row) => rows.uid(row));
}

/** Records of which one kind of call fails. */
function failing(records: Records, call: 'put' | 'delete'): Records {
  return { ...bound(records), [call]: () => Promise.reject(new Error('the process ended here')) };
}

function bound(records: Records): Records {
  return {
    get: (...args) => records.get(...args),
    put: (...args) => records.put(...args),
    delete: (...args) => records.delete(...args),
    query: (...args) => records.query(...args),
  };
}

describe('an email that is snoozed', () => {
  test('comes back once, where its alarm cannot be dropped and rings again', async () => {
    const { world, deps } = await snoozedWorld();
    await world.clock.skip(2 * HOUR);
    await sweepSnoozed({ ...deps, records: failing(deps.records, 'delete') });
    expect([inboxUids(world), await alarms(world)]).toEqual([[2], 1]);
    // Its owner has read it meanwhile.
    await world.alice.write((draft) => draft.store(world.mailbox('INBOX'), UidSet.range(2, 2), 'add', ['\\Seen']));
    await sweepSnoozed(deps);
    expect([inboxUids(world), await alarms(world)]).toEqual([[2], 0]);
    expect(world.alice.state.rows(world.mailbox('INBOX')).flags(0).list).toEqual(['\\Seen']);
  });

  test('comes back once, where many sweep at the same time', async () => {
    const { world, deps } = await snoozedWorld();
    await world.clock.skip(2 * HOUR);
    await Promise.all(Array.from({ length: 5 }, () => sweepSnoozed(deps)));
    expect([inboxUids(world), await alarms(world)]).toEqual([[2], 0]);
  });

  test('is not snoozed where its alarm could not be set', async () => {
    const world = await jmapWorld();
    const id = await world.file(lines('Subject: later', '', 'x'));
    const { put } = world.ports.records;
    world.ports.records.put = (item, ...rest) =>
      item.pk === 'snoozes' ? Promise.reject(new Error('no')) : put.call(world.ports.records, item, ...rest);
    const until = `${new Date(world.clock.now() + HOUR).toISOString().slice(0, 19)}Z`;
    const error = await world.failing('Email/set', { update: { [id]: { snoozed: { until } } } });
    expect([error.type, inboxUids(world)]).toEqual(['serverFail', [1]]);
  });

  test('an alarm that the log knows nothing of is dropped in the end, and not before', async () => {
    const { world, id, deps } = await snoozedWorld();
    // As a process leaves it that ends between alarm and log.
    await setAlarm(deps.records, { account: 'alice', email: id, until: world.clock.now() + 1000 });
    await world.clock.skip(2000);
    await sweepSnoozed(deps);
    expect([inboxUids(world), await alarms(world)]).toEqual([[], 2]);
    await world.clock.skip(2 * HOUR);
    await sweepSnoozed(deps);
    expect([inboxUids(world), await alarms(world)]).toEqual([[2], 0]);
  });

  test('its alarm goes with an account that was erased', async () => {
    const { world, deps } = await snoozedWorld();
    await world.clock.skip(2 * HOUR);
    const accounts = { open: () => Promise.reject(new Refused('nonexistent', 'This account was erased.')) };
    await sweepSnoozed({ ...deps, accounts });
    expect(await alarms(world)).toBe(0);
  });

  test('waits for a store that does not answer', async () => {
    const { world, deps } = await snoozedWorld();
    await world.clock.skip(2 * HOUR);
    const accounts = { open: () => Promise.reject(new Error('no answer')) };
    expect(await sweepSnoozed({ ...deps, accounts })).toBe(1);
    expect(await alarms(world)).toBe(1);
    await sweepSnoozed(deps);
    expect([inboxUids(world), await alarms(world)]).toEqual([[2], 0]);
  });
});

test('so many are snoozed at once; those that somebody took out do not count', async () => {
  const world = await jmapWorld();
  const ids: string[] = [];
  for (let n = 0; n < MAX_SNOOZED; n++) ids.push(await world.file(lines(`Subject: ${n}`, '', 'x')));
  await snooze(world, ...ids);
  const more = await world.file(lines('Subject: more', '', 'x'));
  const until = `${new Date(world.clock.now() + HOUR).toISOString().slice(0, 19)}Z`;
  const again = () => world.call('Email/set', { update: { [more]: { snoozed: { until } } } });
  expect((await again()).notUpdated[more].type).toBe('overQuota');
  await world.alice.write((draft) => draft.expunge(world.mailbox('Snoozed'), UidSet.range(1, 1)));
  expect((await again()).notUpdated).toEqual({});
  await world.clock.skip(2 * HOUR);
  await sweepSnoozed(depsOf(world));
  expect(world.alice.state.mailboxNamed('Snoozed')!.messages).toBe(0);
  expect(snoozes(world.alice.state).size).toBe(MAX_SNOOZED);
});
