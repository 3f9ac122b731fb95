/** Emails that leave their mailbox until a time (docs/jmap.md), over HTTP. */
import { beforeEach, describe, expect, test } from 'vitest';
import { UidSet } from '../../../mail/account/uidset.ts';
import { useOf } from '../../../mail/imap/special-use.ts';
import { CORE, MAIL, SNOOZE_URN } from '../../../mail/jmap/capabilities.ts';
import { sweepSnoozed } from '../../../mail/jmap/snooze/wake.ts';
import { bodyText, type JmapWorld, type Json, jmapWorld, lines } from '../../support/jmap.ts';
import { silentLog } from '../../support/memory.ts';

const HOUR = 3_600_000;

let world: JmapWorld;
let id: string;

beforeEach(async () => {
  world = await jmapWorld();
  id = await world.file(lines('Subject: later', '', 'x'), { flags: ['\\Seen', '\\Flagged'] });
});

const inAnHour = () => `${new Date(world.clock.now() + HOUR).toISOString().slice(0, 19)}Z`;

async function snooze(details: unknown, email = id): Promise<Json> {
  return world.call('Email/set', { update: { [email]: { snoozed: details } } });
}

async function email(): Promise<Json> {
  const properties = ['mailboxIds', 'keywords', 'snoozed', 'awakenedAt'];
  return (await world.call('Email/get', { ids: [id], properties })).list[0];
}

const sweep = () => sweepSnoozed({ ...world.ports, accounts: world.accounts, clock: world.clock, log: silentLog });

async function boxes(): Promise<string[]> {
  const names = [...world.alice.state.mailboxes.values()];
  return Object.keys((await email()).mailboxIds)
    .map((box) => names.find((one) => one.id === box)!.name)
    .sort();
}

const alarms = async () => (await world.ports.records.query({ pk: 'snoozes' })).items.length;

test('is announced with its limits', async () => {
  const session = JSON.parse(await bodyText(await world.http('/.well-known/jmap')));
  expect(session.capabilities[SNOOZE_URN]).toEqual({});
  expect(session.accounts.alice.accountCapabilities[SNOOZE_URN]).toEqual({
    maxSnoozed: 1000,
    maxDelayedWaking: 157_680_000,
  });
});

describe('an email that is snoozed', () => {
  test('is in a mailbox of its own, which is made then, until its time; and comes back unread, as new in its mailbox', async () => {
    expect([...world.alice.state.mailboxes.values()].map(({ name }) => name)).not.toContain('Snoozed');
    const until = inAnHour();
    const { updated, notUpdated } = await snooze({ until });
    expect(notUpdated).toEqual({});
    // The client is told where the server has put it.
    const snoozed = world.mailbox('Snoozed');
    expect(updated).toEqual({ [id]: { mailboxIds: { [snoozed]: true } } });
    expect(world.alice.state.mailboxes.get(snoozed)?.role).toBe('snoozed');
    expect(useOf(world.alice.state.mailboxes.get(snoozed))).toBe('\\Snoozed');
    expect(await email()).toMatchObject({
      mailboxIds: { [snoozed]: true },
      keywords: { $seen: true, $flagged: true },
      snoozed: { until, moveToMailboxId: null, setKeywords: { $seen: false } },
      awakenedAt: null,
    });
    expect(await sweep()).toBe(0);
    const { state } = await world.call('Email/get', { ids: [] });
    await world.clock.skip(HOUR + 1000);
    expect(await sweep()).toBe(1);
    const back = await email();
    expect(back).toMatchObject({ mailboxIds: { [world.mailbox('INBOX')]: true }, keywords: { $flagged: true } });
    expect(back.keywords.$seen).toBeUndefined();
    expect(back.snoozed).toBeNull();
    expect(Date.parse(back.awakenedAt)).toBeGreaterThanOrEqual(Date.parse(until));
    // IMAP sees a new message at the end of the mailbox.
    const rows = world.alice.state.rows(world.mailbox('INBOX'));
    expect(rows.uid(rows.length - 1)).toBe(2);
    expect((await world.call('Email/changes', { sinceState: state })).updated).toEqual([id]);
    expect([await sweep(), await alarms()]).toEqual([0, 0]);
  });

  test('comes back to all of its mailboxes, or to the one that was asked for, with the keywords that were', async () => {
    await world.call('Email/set', {
      update: { [id]: { mailboxIds: { [world.mailbox('INBOX')]: true, [world.mailbox('Archive')]: true } } },
    });
    await snooze({ until: inAnHour() });
    expect(await boxes()).toEqual(['Snoozed']);
    await world.clock.skip(2 * HOUR);
    await sweep();
    expect(await boxes()).toEqual(['Archive', 'INBOX']);
    const moveToMailboxId = world.mailbox('Drafts');
    await snooze({ until: inAnHour(), moveToMailboxId, setKeywords: { $Seen: true, $flagged: false, todo: true } });
    expect((await email()).snoozed).toMatchObject({ moveToMailboxId });
    await world.clock.skip(2 * HOUR);
    await sweep();
    expect(await boxes()).toEqual(['Drafts']);
    expect((await email()).keywords).toEqual({ $seen: true, todo: true });
  });

  test('comes back to the inbox where its mailbox is no more', async () => {
    const { created } = await world.call('Mailbox/set', { create: { b: { name: 'Project' } } });
    await world.call('Email/set', { update: { [id]: { mailboxIds: { [created.b.id]: true } } } });
    await snooze({ until: inAnHour() });
    await world.call('Mailbox/set', { destroy: [created.b.id] });
    await world.clock.skip(2 * HOUR);
    await sweep();
    expect(await boxes()).toEqual(['INBOX']);
  });

  test('can be given another time, of which those that follow are told; and be taken back as it is', async () => {
    const { newState } = await snooze({ until: inAnHour() });
    const later = `${new Date(world.clock.now() + 3 * HOUR).toISOString().slice(0, 19)}Z`;
    await snooze({ until: later });
    expect((await world.call('Email/changes', { sinceState: newState })).updated).toEqual([id]);
    expect((await email()).snoozed.until).toBe(later);
    await world.clock.skip(2 * HOUR);
    // The first alarm says nothing any more.
    await sweep();
    expect(await boxes()).toEqual(['Snoozed']);
    const { updated } = await snooze(null);
    expect(updated).toEqual({ [id]: { mailboxIds: { [world.mailbox('INBOX')]: true } } });
    expect(await email()).toMatchObject({ keywords: { $seen: true, $flagged: true }, snoozed: null, awakenedAt: null });
    await world.clock.skip(5 * HOUR);
    await sweep();
    expect([(await email()).awakenedAt, await alarms()]).toEqual([null, 0]);
  });

  test('stays where somebody moves it, by whatever protocol', async () => {
    await snooze({ until: inAnHour() });
    await world.alice.write((draft) =>
      draft.move(world.mailbox('Snoozed'), UidSet.range(1, 1), world.mailbox('Trash')),
    );
    expect((await email()).snoozed).toBeNull();
    await world.clock.skip(2 * HOUR);
    await sweep();
    expect(await boxes()).toEqual(['Trash']);
    expect((await email()).keywords).toEqual({ $seen: true, $flagged: true });
    expect(await alarms()).toBe(0);
  });

  test('stays where it was copied to, and comes back besides', async () => {
    await snooze({ until: inAnHour() });
    await world.alice.write((draft) =>
      draft.copy(world.mailbox('Snoozed'), UidSet.range(1, 1), world.mailbox('Archive')),
    );
    await world.clock.skip(2 * HOUR);
    await sweep();
    expect(await boxes()).toEqual(['Archive', 'INBOX']);
  });

  test('is gone where it was destroyed, or the mailbox with it', async () => {
    await snooze({ until: inAnHour() });
    const other = await world.file(lines('Subject: other', '', 'x'));
    await snooze({ until: inAnHour() }, other);
    await world.call('Email/set', { destroy: [other] });
    await world.call('Mailbox/set', { destroy: [world.mailbox('Snoozed')], onDestroyRemoveEmails: true });
    await world.clock.skip(2 * HOUR);
    await sweep();
    expect(await alarms()).toBe(0);
    expect((await world.call('Email/query')).ids).toEqual([]);
    // The next has a new mailbox.
    id = await world.file(lines('Subject: third', '', 'x'));
    await snooze({ until: inAnHour() });
    expect(await boxes()).toEqual(['Snoozed']);
  });

  test('those that are snoozed are the emails of their mailbox', async () => {
    const until = inAnHour();
    await snooze({ until });
    const filter = { inMailbox: world.mailbox('Snoozed') };
    const [, [, { list }]] = (await world.request([
      ['Email/query', { accountId: 'alice', filter }],
      [
        'Email/get',
        { accountId: 'alice', '#ids': { resultOf: '0', name: 'Email/query', path: '/ids' }, properties: ['snoozed'] },
      ],
    ])) as Json;
    expect(list).toEqual([{ id, snoozed: expect.objectContaining({ until }) }]);
  });
});

describe('a snooze is refused', () => {
  const cases: readonly (readonly [string, () => unknown, string])[] = [
    ['in the past', () => ({ until: '2020-01-01T00:00:00Z' }), 'invalidProperties'],
    ['too far away', () => ({ until: '2199-01-01T00:00:00Z' }), 'invalidProperties'],
    ['no time', () => ({}), 'invalidProperties'],
    ['not UTC', () => ({ until: '2199-01-01T00:00:00+01:00' }), 'invalidProperties'],
    ['something else', () => 7, 'invalidProperties'],
    ['an unknown detail', () => ({ until: inAnHour(), colour: 'red' }), 'invalidProperties'],
    ['a mailbox that is not there', () => ({ until: inAnHour(), moveToMailboxId: 'm0' }), 'invalidProperties'],
    ['a keyword that is none', () => ({ until: inAnHour(), setKeywords: { 'a b': true } }), 'invalidProperties'],
  ];
  test.each(cases)('%s', async (_, details, type) => {
    const { notUpdated } = await snooze(details());
    expect(notUpdated[id]).toMatchObject({ type, properties: ['snoozed'] });
    expect(notUpdated[id].description).not.toBe('');
    expect(await boxes()).toEqual(['INBOX']);
  });

  test('in part, with mailboxIds, of an email that is not there, of one that the same call makes', async () => {
    const until = inAnHour();
    const inbox = { [world.mailbox('INBOX')]: true };
    const { notUpdated } = await world.call('Email/set', {
      update: { [id]: { 'snoozed/until': until }, e1: { snoozed: { until } } },
    });
    expect(notUpdated).toMatchObject({ [id]: { type: 'invalidPatch' }, e1: { type: 'notFound' } });
    const both = await world.call('Email/set', { update: { [id]: { snoozed: { until }, mailboxIds: inbox } } });
    expect(both.notUpdated[id]).toMatchObject({ type: 'invalidProperties', properties: ['mailboxIds'] });
    const made = await world.call('Email/set', {
      create: { k: { mailboxIds: inbox } },
      update: { '#k': { snoozed: { until } } },
    });
    expect(made.notUpdated['#k']).toMatchObject({ type: 'invalidProperties', properties: ['snoozed'] });
  });

  test('where the request does not use the capability', async () => {
    const [[, set], [name, { type }]] = (await world.request(
      [
        ['Email/set', { accountId: 'alice', update: { [id]: { snoozed: { until: inAnHour() } } } }],
        ['Email/get', { accountId: 'alice', ids: [id], properties: ['snoozed'] }],
      ],
      { using: [CORE, MAIL] },
    )) as Json;
    expect(set.notUpdated[id].type).toBe('invalidProperties');
    expect([name, type]).toEqual(['error', 'invalidArguments']);
  });

  test('into the mailbox of snoozed emails itself', async () => {
    await snooze({ until: inAnHour() });
    const { notUpdated } = await snooze({ until: inAnHour(), moveToMailboxId: world.mailbox('Snoozed') });
    expect(notUpdated[id].type).toBe('invalidProperties');
  });
});
