import { expect, test } from 'vitest';
import type { Draft } from '../../mail/account/types.ts';
import { listReleased, sweepReleased } from '../../mail/blobs/release.ts';
import { NotFound } from '../../mail/ports/index.ts';
import { DAY, dump, message, summary, type World, world } from '../support/accounts.ts';
import { Crash, failing } from '../support/failing.ts';
import { A, addTo, boxOf, emailsIn, listed, makeInbox, noted, raw, uids } from './account-support.ts';

const RETENTION = 90 * DAY;

/** An email is expunged, and its account lives on for so long that no moment with it can be restored. */
async function outlived(w: World, id: string, blob: string): Promise<void> {
  const accounts = w.process();
  const account = await accounts.open(id);
  await makeInbox(account);
  await addTo(account, { blob });
  await accounts.compact(id);
  await account.write((draft) => draft.expunge(boxOf(draft).id, uids(1)));
  await livesOn(w, id, 130);
}

async function livesOn(w: World, id: string, days: number): Promise<void> {
  for (let day = 0; day < days; day += 10) {
    const accounts = w.process();
    await (await accounts.open(id)).write((draft) => draft.putObject('day', 'x', day));
    await accounts.compact(id);
    await w.clock.advance(10 * DAY);
  }
}

async function released(w: World): Promise<{ blob: string; owners: readonly string[] }[]> {
  const all: { blob: string; owners: readonly string[] }[] = [];
  for await (const { blob, owners } of listReleased(w.ports.records)) all.push({ blob, owners });
  return all;
}

test('rule 3: a blob goes after its last owner has released it, and the retention', async () => {
  const w = world();
  const { blob } = await raw(w, 'shared', 2);
  await outlived(w, 'a1', blob);
  expect(await released(w)).toEqual([{ blob, owners: ['a1'] }]);
  await w.clock.advance(RETENTION);
  await sweepReleased(w.ports, w.clock.now(), RETENTION);
  expect((await w.ports.blobs.get(blob)).length).toBeGreaterThan(0);
  await outlived(w, 'a2', blob);
  expect(await released(w)).toEqual([{ blob, owners: ['a1', 'a2'] }]);
  await sweepReleased(w.ports, w.clock.now(), RETENTION);
  expect((await w.ports.blobs.get(blob)).length).toBeGreaterThan(0);
  await w.clock.advance(RETENTION);
  await sweepReleased(w.ports, w.clock.now(), RETENTION);
  await expect(w.ports.blobs.get(blob)).rejects.toThrow(NotFound);
  expect(await released(w)).toEqual([]);
});

test('rule 3: an email that can still be restored is not released, nor one that came back', async () => {
  const w = world();
  const accounts = w.process();
  const account = await accounts.open(A);
  await makeInbox(account);
  const email = await addTo(account, await raw(w, 'one'));
  await w.clock.advance(1000);
  await account.write((draft) => draft.expunge(boxOf(draft).id, uids(1)));
  await livesOn(w, A, 80);
  expect(await released(w)).toEqual([]);
  expect(await accounts.undelete(A, [email])).toBe(1);
  await livesOn(w, A, 200);
  expect(await released(w)).toEqual([]);
  expect(emailsIn((await w.process().open(A)).state)).toEqual([email]);
});

test('rule 3: in an account where nothing happens any more, too, what was thrown away is released', async () => {
  const w = world();
  const accounts = w.process();
  const account = await accounts.open(A);
  await makeInbox(account);
  const { blob } = await raw(w, 'one');
  await addTo(account, { blob });
  await account.write((draft) => draft.expunge(boxOf(draft).id, uids(1)));
  await accounts.compact(A);
  await w.clock.advance(89 * DAY);
  await w.process().compact(A);
  expect(await released(w)).toEqual([]);
  await w.clock.advance(2 * DAY);
  await w.process().compact(A);
  expect(await released(w)).toEqual([{ blob, owners: [A] }]);
});

test('rule 3: a release that was cut off after its entry is made good before the entry goes', async () => {
  const w = world();
  const { blob } = await raw(w, 'one');
  const dying = failing(w.ports, {
    clock: w.clock,
    decide: ({ subject }) => (subject.startsWith('blob/') ? { kind: 'crash', when: 'before' } : undefined),
  });
  const accounts = w.process();
  const account = await accounts.open(A);
  await makeInbox(account);
  await addTo(account, { blob });
  await account.write((draft) => draft.expunge(boxOf(draft).id, uids(1)));
  await accounts.compact(A);
  await w.clock.advance(91 * DAY);
  await expect(w.process(dying).compact(A)).rejects.toThrow(Crash);
  await w.process().compact(A);
  expect(await released(w)).toEqual([]);
  await livesOn(w, A, 110);
  expect(await released(w)).toEqual([{ blob, owners: [A] }]);
});

test('rule 6: a delivery is filed once, whatever races, repeats and processes', async () => {
  const w = world();
  const slow = failing(w.ports, { clock: w.clock, decide: () => ({ kind: 'delay', ms: 3 }) });
  const history = async () => {
    const processes = [w.process(slow), w.process({ ...slow, writer: 'worker' }), w.process(slow)];
    await makeInbox(await processes[0]!.open(A));
    const results = await Promise.all(
      processes.flatMap((process) =>
        [1, 2, 3].map(async () => {
          const account = await process.open(A);
          const { result } = await account.write((draft) => draft.add(message([boxOf(draft).id], { delivery: 'job' })));
          return result;
        }),
      ),
    );
    expect(results.filter((result) => result !== undefined)).toHaveLength(1);
  };
  await w.clock.run(history());
  expect(emailsIn((await w.process().open(A)).state)).toHaveLength(1);
});

test('rule 6: two of the same id in one entry are one', async () => {
  const account = await world().process().open(A);
  await makeInbox(account);
  const { result } = await account.write((draft) => {
    const of = message([boxOf(draft).id], { delivery: 'job' });
    return [draft.add(of), draft.add(of)];
  });
  expect(result[0]).toBeDefined();
  expect(result[1]).toBeUndefined();
});

test('rule 6: delivery ids are remembered for 45 days, through snapshots and their successors, and then forgotten', async () => {
  const w = world();
  const account = await w.process().open(A);
  await makeInbox(account);
  await addTo(account, { delivery: 'early' });
  const accounts = w.process();
  for (let day = 0; day < 44; day += 11) {
    await w.clock.advance(11 * DAY);
    await accounts.compact(A);
    await (await accounts.open(A)).write((draft) => draft.putObject('day', 'x', day));
  }
  await addTo(await accounts.open(A), { delivery: 'late' });
  await accounts.compact(A);
  const fresh = await w.process().open(A);
  expect(['early', 'late'].map((id) => fresh.state.delivered(id))).toEqual([true, true]);
  await w.clock.advance(10 * DAY);
  await addTo(fresh);
  await accounts.compact(A);
  const later = await w.process().open(A);
  expect(['early', 'late'].map((id) => later.state.delivered(id))).toEqual([false, true]);
});

test('rule 6: a delivery that was decided and not written is not remembered', async () => {
  const w = world();
  const account = await w.process().open(A);
  await makeInbox(account);
  const refused = account.write((draft) => {
    draft.add(message([boxOf(draft).id], { delivery: 'job' }));
    throw new Error('the filter failed');
  });
  await expect(refused).rejects.toThrow('the filter failed');
  expect(account.state.delivered('job')).toBe(false);
  await addTo(account, { delivery: 'job' });
  expect(listed(account.state)).toEqual([[1, '']]);
});

test('rule 7: flags belong to a placement; the email is one, wherever it is placed', async () => {
  const w = world();
  const account = await w.process().open(A);
  await makeInbox(account);
  await account.write((draft) => draft.createMailbox('Other'));
  const email = await addTo(account, { size: 50, flags: ['$Label'] });
  const { result } = await account.write((draft) =>
    draft.copy(boxOf(draft).id, uids(1, 2, 3), boxOf(draft, 'Other').id),
  );
  expect([result.from.toString(), result.to.toString()]).toEqual(['1', '1']);
  expect(result.uidvalidity).toBe(boxOf(account.state, 'Other').uidvalidity);
  await account.write((draft) => draft.store(boxOf(draft, 'Other').id, uids(1), 'add', ['\\Deleted', '\\Seen']));
  // Into a mailbox that holds it already: one more placement, with the flags of the one that is copied.
  await account.write((draft) => draft.copy(boxOf(draft, 'Other').id, uids(1), boxOf(draft).id));
  expect(listed(account.state)).toEqual([
    [1, '$Label'],
    [2, '\\Deleted \\Seen $Label'],
  ]);
  expect(emailsIn(account.state)).toEqual([email, email]);
  expect(emailsIn(account.state, 'Other')).toEqual([email]);
  expect([account.state.emails, account.state.bytes]).toEqual([1, 50]);
  const inbox = boxOf(account.state);
  expect([inbox.messages, inbox.unseen, inbox.deleted, inbox.bytes, inbox.keywords]).toEqual([
    2,
    1,
    1,
    100,
    ['$Label'],
  ]);
  await account.write((draft) => draft.expunge(boxOf(draft).id, uids(1, 2)));
  expect([account.state.emails, account.state.bytes]).toEqual([1, 50]);
  await account.write((draft) => draft.move(boxOf(draft, 'Other').id, uids(1), boxOf(draft).id));
  expect(listed(account.state)).toEqual([[3, '\\Deleted \\Seen $Label']]);
  expect(account.state.vanishedSince(boxOf(account.state, 'Other').id, 5)?.toString()).toBe('1');
  expect(emailsIn(account.state)).toEqual([email]);
  await account.write((draft) => draft.expunge(boxOf(draft).id, uids(3)));
  expect([account.state.emails, account.state.bytes]).toEqual([0, 0]);
  expect(dump((await w.process().openWhole(A)).state)).toEqual(dump(account.state as never));
});

test('rule 7: copying and moving within one mailbox', async () => {
  const w = world();
  const account = await w.process().open(A);
  await makeInbox(account);
  const emails = [await addTo(account), await addTo(account), await addTo(account)];
  const inside = (how: 'copy' | 'move', ...numbers: number[]) =>
    account.write((draft) => draft[how](boxOf(draft).id, uids(...numbers), boxOf(draft).id));
  await inside('copy', 1, 3);
  expect(emailsIn(account.state)).toEqual([...emails, emails[0], emails[2]]);
  await inside('move', 2, 4);
  expect(listed(account.state).map(([uid]) => uid)).toEqual([1, 3, 5, 6, 7]);
  expect(emailsIn(account.state)).toEqual([emails[0], emails[2], emails[2], emails[1], emails[0]]);
  expect(boxOf(account.state)).toMatchObject({ messages: 5, uidnext: 8, bytes: 500 });
  expect([account.state.emails, account.state.bytes]).toEqual([3, 300]);
  expect(dump((await w.process().openWhole(A)).state)).toEqual(dump(account.state as never));
});

/** The thread of each message, by its id, filed in the order given. */
async function threads(w: World, id: string, mail: Record<string, { references?: string[]; inReplyTo?: string[] }>) {
  const account = await w.process().open(id);
  if (account.state.mailboxNamed('INBOX') === undefined) await makeInbox(account);
  const found: Record<string, string> = {};
  for (const [messageId, of] of Object.entries(mail)) {
    const email = await addTo(account, { summary: summary({ messageId, ...of }) });
    found[messageId] = (await account.emails([email])).get(email)!.thread;
  }
  return found;
}

test('rule 8: a message joins the thread of any message that it names, and the ones it names join it', async () => {
  const w = world();
  const found = await threads(w, A, {
    root: {},
    reply: { inReplyTo: ['root'] },
    second: { references: ['root', 'reply'], inReplyTo: ['reply'] },
    alone: {},
    // What is named arrives after what names it.
    early: { references: ['unseen', 'unseen2'] },
    unseen2: { references: ['unseen'] },
    unseen: {},
    // Only the map knows where this one belongs: it names nothing, and was not the first that was named.
    late: { references: ['lost', 'kept'] },
    kept: {},
  });
  expect([found.reply, found.second]).toEqual([found.root, found.root]);
  expect([found.unseen, found.unseen2]).toEqual([found.early, found.early]);
  expect(found.kept).toBe(found.late);
  expect(new Set(Object.values(found)).size).toBe(4);
});

test('rule 8: threads never merge: what names two joins the lower, and both stay', async () => {
  const w = world();
  const found = await threads(w, A, { one: {}, two: {}, both: { references: ['one', 'two'] } });
  expect(found.one).not.toBe(found.two);
  const number = (thread: string) => Number.parseInt(thread.slice(1), 36);
  expect(number(found.both!)).toBe(Math.min(number(found.one!), number(found.two!)));
  const account = await w.process().open(A);
  const stored = [...(await account.emails(emailsIn(account.state))).values()].map(({ thread }) => thread);
  expect(stored).toEqual([found.one, found.two, found.both]);
  const later = await threads(w, A, { three: { references: ['one'] }, four: { references: ['two'] } });
  expect([later.three, later.four]).toEqual([found.one, found.two]);
});

test('rule 8: a thread has the same name in every account and process: a hash of its first message', async () => {
  const w = world();
  const mail = { root: {}, reply: { references: ['root'] }, reply2: { references: ['root', 'reply'] } };
  const first = await threads(w, A, mail);
  expect(await threads(world(7), 'a9', mail)).toEqual(first);
  expect((await threads(world(8), 'a8', { reply2: mail.reply2 })).reply2).toBe(first.root);
  expect((await threads(world(8), 'a8', { other: { references: ['x'], inReplyTo: ['root'] } })).other).not.toBe(
    first.root,
  );
});

test('rule 8: threads are remembered through snapshots for twelve months', async () => {
  const w = world();
  const found = await threads(w, A, { one: {}, two: {}, both: { references: ['one', 'two'] } });
  await w.process().compact(A);
  // The higher of the two: only the map knows its thread, no hash gives it.
  const higher = found.both === found.one ? 'two' : 'one';
  const reply = { references: [`new-${higher}`, higher] };
  await w.clock.advance(300 * DAY);
  expect((await threads(w, A, { late: reply })).late).toBe(found[higher]);
  await w.process().compact(A);
  await w.clock.advance(120 * DAY);
  await threads(w, A, { filler: {} });
  await w.process().compact(A);
  expect((await threads(w, A, { later: { references: [`newer-${higher}`, higher] } })).later).not.toBe(found[higher]);
});

test('rule 10: the states of types and mailboxes move only with what they are about', async () => {
  const w = world();
  const account = await w.process().open(A);
  await makeInbox(account);
  await account.write((draft) => draft.createMailbox('Other'));
  await addTo(account);
  await addTo(account, {}, 'Other');
  const types = ['Email', 'Mailbox', 'Thread', 'identity', 'vacation'];
  const after = async (change: (draft: Draft) => unknown) => {
    const before = account.state;
    await account.write((draft) => void change(draft));
    const { state } = account;
    expect(state.seq).toBe(before.seq + 1);
    const moved = (was: number, is: number) => {
      if (is !== was) expect(is).toBe(state.seq);
      return is !== was;
    };
    return [
      types.filter((type) => moved(before.typeSeq(type), state.typeSeq(type))),
      ['INBOX', 'Other'].filter((name) => moved(boxOf(before, name).modseq, boxOf(state, name).modseq)),
    ];
  };
  const inbox = boxOf(account.state).id;
  const other = boxOf(account.state, 'Other').id;
  expect(await after((d) => d.putObject('identity', 'i', 1))).toEqual([['identity'], []]);
  expect(await after((d) => d.deleteObject('identity', 'i'))).toEqual([['identity'], []]);
  expect(await after((d) => d.putObject('vacation', 'v', 1))).toEqual([['vacation'], []]);
  expect(await after((d) => d.store(inbox, uids(1), 'add', ['x']))).toEqual([['Email', 'Mailbox'], ['INBOX']]);
  expect(await after((d) => d.add(message([other])))).toEqual([['Email', 'Mailbox', 'Thread'], ['Other']]);
  expect(await after((d) => d.copy(inbox, uids(1), other))).toEqual([['Email', 'Mailbox'], ['Other']]);
  expect(await after((d) => d.move(other, uids(1), inbox))).toEqual([
    ['Email', 'Mailbox'],
    ['INBOX', 'Other'],
  ]);
  expect(await after((d) => d.expunge(other, uids(2)))).toEqual([['Email', 'Mailbox', 'Thread'], ['Other']]);
  // HIGHESTMODSEQ rises with what annotates a mailbox, its use among that (RFC 7162 section 3.2).
  expect(await after((d) => d.setRole(other, 'junk'))).toEqual([['Mailbox'], ['Other']]);
  expect(await after((d) => d.putObject('metadata', inbox, {}))).toEqual([[], ['INBOX']]);
  expect(await after((d) => d.deleteObject('metadata', inbox))).toEqual([[], ['INBOX']]);
  expect(await after((d) => d.subscribe('Other', true))).toEqual([['Mailbox'], []]);
  expect(await after((d) => d.createMailbox('Third'))).toEqual([['Mailbox'], []]);
  // What changes nothing is no entry.
  const { seq } = account.state;
  await account.write((draft) => draft.store(inbox, uids(1), 'add', ['x']));
  await account.write((draft) => draft.subscribe('Other', true));
  expect(account.state.seq).toBe(seq);
});

test('rule 10: each placement has the seq of its last change, and UNCHANGEDSINCE keeps to it', async () => {
  const account = await world().process().open(A);
  const inbox = (await makeInbox(account)).id;
  for (let n = 0; n < 3; n++) await addTo(account);
  await account.write((draft) => draft.store(inbox, uids(1, 3), 'add', ['\\Seen']));
  const rows = account.state.rows(inbox);
  expect([0, 1, 2].map((i) => [rows.modseq(i), rows.created(i)])).toEqual([
    [5, 2],
    [3, 3],
    [5, 4],
  ]);
  const { result } = await account.write((draft) => draft.store(inbox, uids(1, 2, 3), 'add', ['\\Flagged'], 4));
  expect([result.changed.toString(), result.modified.toString()]).toEqual(['2', '1,3']);
});

test('rule 10: VANISHED comes from tombstones down to the floor, the same in every process; below it there is no answer', async () => {
  const w = world();
  const accounts = w.process();
  const account = await accounts.openWhole(A);
  const inbox = (await makeInbox(account)).id;
  for (let n = 0; n < 12; n++) await addTo(account);
  const start = account.state.seq;
  for (let n = 1; n <= 10; n++) {
    await account.write((draft) => draft.expunge(inbox, uids(n)));
    await accounts.compact(A);
    await w.clock.advance(12 * DAY);
  }
  await accounts.compact(A);
  await addTo(account);
  await accounts.compact(A);
  const { floor } = account.base!.head;
  expect(floor).toBeGreaterThan(start);
  const fresh = await w.process().open(A);
  expect(fresh.state.vanishedSince(inbox, floor - 1)).toBeUndefined();
  expect(fresh.state.vanishedSince(inbox, 1)).toBeUndefined();
  for (let seq = floor; seq <= start + 10; seq++) {
    const gone = fresh.state.vanishedSince(inbox, seq);
    expect(gone?.toString()).toBe(account.state.vanishedSince(inbox, seq)?.toString());
    expect([...gone!]).toEqual(Array.from({ length: start + 10 - seq }, (_, i) => seq - start + 1 + i));
  }
  expect(fresh.state.vanishedSince('mnone', floor)).toBeUndefined();
});

test('rule 14: UIDVALIDITY is the seconds of the entry, or one more than the last', async () => {
  const w = world();
  const account = await w.process().open(A);
  const now = Math.floor(w.clock.now() / 1000);
  const made = await account.write((draft) => [draft.createMailbox('A'), draft.createMailbox('B/C')]);
  expect(made.result.map(({ uidvalidity }) => uidvalidity)).toEqual([now, now + 2]);
  expect(boxOf(account.state, 'B').uidvalidity).toBe(now + 1);
  await account.write((draft) => draft.deleteMailbox('A'));
  const again = await account.write((draft) => draft.createMailbox('A'));
  expect(again.result.uidvalidity).toBe(now + 3);
  await w.clock.advance(3_600_000);
  const later = await account.write((draft) => draft.createMailbox('D'));
  expect(later.result.uidvalidity).toBe(now + 3600);
  // A machine whose clock is behind.
  const behind = { now: () => 1_000_000, sleep: w.clock.sleep.bind(w.clock), after: w.clock.after.bind(w.clock) };
  const other = await w.process({ clock: behind }).open(A);
  const past = await other.write((draft) => draft.createMailbox('E'));
  expect(past.result.uidvalidity).toBe(now + 3601);
  expect(new Set([...other.state.mailboxes.values()].map(({ id }) => id)).size).toBe(5);
});

test('rule 14: RENAME INBOX moves what is in it; INBOX keeps its id and UIDNEXT', async () => {
  const w = world();
  const account = await w.process().open(A);
  const inbox = await makeInbox(account);
  await account.write((draft) => draft.createMailbox('INBOX/Sub'));
  const emails = [await addTo(account, { flags: ['\\Seen'] }), await addTo(account)];
  const { seq } = account.state;
  await account.write((draft) => draft.renameMailbox('inbox', 'Old/Mail'));
  expect(boxOf(account.state)).toMatchObject({ id: inbox.id, uidvalidity: inbox.uidvalidity, uidnext: 3, messages: 0 });
  expect(account.state.vanishedSince(inbox.id, seq)?.toString()).toBe('1:2');
  expect(emailsIn(account.state, 'Old/Mail')).toEqual(emails);
  expect(listed(account.state, 'Old/Mail')).toEqual([
    [1, '\\Seen'],
    [2, ''],
  ]);
  expect(account.state.mailboxNamed('INBOX/Sub')).toBeDefined();
  expect(account.state.seq).toBe(seq + 1);
  await addTo(account);
  expect(listed(account.state)).toEqual([[3, '']]);
});

test('rule 14: a rename takes inferiors along and keeps ids; what a name cannot be is refused', async () => {
  const account = await world().process().open(A);
  await makeInbox(account);
  await account.write((draft) => draft.createMailbox('a/b/c'));
  const ids = ['a', 'a/b', 'a/b/c'].map((name) => boxOf(account.state, name).id);
  await account.write((draft) => draft.renameMailbox('a', 'x/y'));
  expect(['x/y', 'x/y/b', 'x/y/b/c'].map((name) => boxOf(account.state, name).id)).toEqual(ids);
  expect(account.state.mailboxNamed('a')).toBeUndefined();
  const refused = (change: (draft: Draft) => unknown, code: string) =>
    expect(account.write((draft) => void change(draft))).rejects.toMatchObject({ code });
  await refused((d) => d.renameMailbox('x', 'x/inside'), 'cannot');
  await refused((d) => d.renameMailbox('x', 'inbox'), 'alreadyexists');
  await refused((d) => d.renameMailbox('none', 'z'), 'nonexistent');
  await refused((d) => d.deleteMailbox('x'), 'cannot');
  await refused((d) => d.deleteMailbox('Inbox'), 'cannot');
  await refused((d) => d.createMailbox('x/y'), 'alreadyexists');
  await refused((d) => d.createMailbox('x//y'), 'cannot');
  await refused((d) => d.createMailbox('x\ny'), 'cannot');
  await refused((d) => d.createMailbox(Array(33).fill('d').join('/')), 'limit');
  await refused((d) => d.add(message(['m0'])), 'nonexistent');
  await refused((d) => d.deleteObject('identity', 'none'), 'nonexistent');
});

test('rule 14: the wake-up follows the entry, before the answer', async () => {
  const { w, calls, watch } = noted();
  const account = await w.process(watch()).open(A);
  calls.length = 0;
  await makeInbox(account);
  expect(calls.map(({ port, method }) => `${port} ${method}`)).toEqual(['records put', 'wakeups publish']);
});

test('rule 14: who watches subscribes first and then reads the tail; events and, without them, polling do the rest', async () => {
  const w = world();
  let deaf = false;
  const ports = failing(w.ports, {
    clock: w.clock,
    decide: ({ method }) => (method === 'publish' && deaf ? { kind: 'unavailable' } : undefined),
  });
  const writer = await w.process(ports).open(A);
  const account = await w.process().open(A);
  await makeInbox(writer);
  const seen: number[] = [];
  const stop = account.watch((state) => void seen.push(state.seq));
  await w.clock.advance(1);
  expect(seen).toEqual([1]);
  await addTo(writer);
  await w.clock.advance(1);
  expect(seen).toEqual([1, 2]);
  deaf = true;
  await addTo(writer);
  await w.clock.advance(30_000);
  expect(seen).toEqual([1, 2]);
  await w.clock.advance(31_000);
  expect(seen).toEqual([1, 2, 3]);
  stop();
  await addTo(writer);
  await w.clock.advance(200_000);
  expect(seen).toEqual([1, 2, 3]);
});
