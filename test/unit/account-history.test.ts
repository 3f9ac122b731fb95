import { expect, test } from 'vitest';
import { beginEpoch } from '../../mail/account/history.ts';
import { DAY, dump, world } from '../support/accounts.ts';
import { failing } from '../support/failing.ts';
import { A, addTo, boxOf, emailsIn, listed, makeInbox, noted, raw, seqs, uids } from './account-support.ts';

/** Days of mail with a snapshot each, one message and one change a day; notes what the account was like at each moment. */
async function days(count: number) {
  const { w, memory, watch, calls } = noted();
  const accounts = w.process();
  const account = await accounts.openWhole(A);
  const moments: { time: number; dump: unknown }[] = [];
  const note = () => moments.push({ time: w.clock.now(), dump: dump(account.state) });
  await makeInbox(account);
  note();
  for (let day = 1; day <= count; day++) {
    await w.clock.advance(DAY / 2);
    await addTo(account, { ...(await raw(w, `day ${day}`)), flags: day % 2 ? ['\\Seen'] : ['kept'] });
    note();
    await w.clock.advance(DAY / 2);
    await account.write((draft) => {
      if (day % 3 === 0) draft.expunge(boxOf(draft).id, uids(day - 1));
      else draft.store(boxOf(draft).id, uids(day), 'add', ['\\Flagged']);
    });
    note();
    if (day % 2 === 0) await accounts.compact(A);
  }
  return { w, memory, watch, calls, accounts, account, moments };
}

test('history: the account as it was at each moment, from whichever snapshot is near', async () => {
  const { w, moments } = await days(12);
  const reader = w.process();
  for (const { time, dump: was } of moments) {
    expect(dump((await reader.stateAt(A, time)) as never)).toEqual(was);
    expect(dump((await reader.stateAt(A, time + DAY / 4)) as never)).toEqual(was);
  }
  expect((await reader.stateAt(A, moments[0]!.time - 1)).mailboxes.size).toBe(0);
  expect(dump((await reader.stateAt(A, w.clock.now() + DAY)) as never)).toEqual(moments.at(-1)!.dump);
});

test('history: reading a moment folds from the snapshot before it, not from the beginning', async () => {
  const { w, moments, watch, calls } = await days(12);
  const reader = w.process(watch());
  await reader.openWhole(A);
  calls.length = 0;
  await reader.stateAt(A, moments.at(-3)!.time);
  expect(calls.length).toBeLessThan(10);
});

test('history: a time before the floor is refused, and says where history begins', async () => {
  const { w, moments, accounts, account } = await days(12);
  await w.clock.advance(95 * DAY - 8 * DAY);
  await addTo(account);
  await accounts.compact(A);
  await accounts.compact(A);
  const floor = account.base!.head.floor;
  expect(floor).toBeGreaterThan(1);
  expect(seqs(w)[0]).toBe(floor + 1);
  await expect(w.process().stateAt(A, moments[1]!.time)).rejects.toMatchObject({ code: 'cannot' });
  await expect(w.process().stateAt(A, moments[1]!.time)).rejects.toThrow(/History begins at 2026-01-/);
  expect(dump((await w.process().stateAt(A, moments.at(-1)!.time)) as never)).toEqual(moments.at(-1)!.dump);
});

test('history: what is dropped while it is read does not make it wrong', async () => {
  const { w, moments, accounts, account } = await days(20);
  await w.clock.advance(90 * DAY - 10 * DAY);
  // Each query waits, so that entries are dropped between two of its calls.
  const slow = failing(w.ports, {
    clock: w.clock,
    decide: ({ method }) => (method === 'query' || method === 'get' ? { kind: 'delay', ms: 20 } : undefined),
  });
  const reader = w.process(slow);
  const late = moments.at(-2)!;
  const early = moments[3]!;
  const both = async () => {
    await reader.openWhole(A);
    const reading = Promise.allSettled([reader.stateAt(A, early.time), reader.stateAt(A, late.time)]);
    await w.clock.sleep(30);
    await addTo(account);
    await accounts.compact(A);
    await accounts.compact(A);
    return reading;
  };
  const [first, second] = await w.clock.run(both());
  expect(account.base!.head.floor).toBeGreaterThan(8);
  expect(first).toMatchObject({ status: 'rejected', reason: { code: 'cannot' } });
  expect(dump((second as PromiseFulfilledResult<never>).value)).toEqual(late.dump);
});

test('undelete: a mailbox gets back what it held then, and keeps what it has now', async () => {
  const { clock, process } = world();
  const accounts = process();
  const account = await accounts.open(A);
  await makeInbox(account);
  const first = await addTo(account, { flags: ['\\Seen', 'red'], date: 1_600_000_000_000, size: 10 });
  const second = await addTo(account, { flags: ['\\Flagged'], size: 20 });
  await clock.advance(DAY);
  const then = clock.now();
  await clock.advance(DAY);
  await account.write((draft) => draft.expunge(boxOf(draft).id, uids(1)));
  await account.write((draft) => draft.store(boxOf(draft).id, uids(2), 'set', ['\\Seen']));
  const third = await addTo(account, { size: 40 });
  await accounts.compact(A);
  expect(account.state.bytes).toBe(60);
  expect(await accounts.restoreMailbox(A, 'inbox', then)).toBe(1);
  expect(emailsIn(account.state)).toEqual([second, third, first]);
  expect(listed(account.state)).toEqual([
    [2, '\\Seen'],
    [3, ''],
    [4, '\\Seen red'],
  ]);
  const rows = account.state.rows(boxOf(account.state).id);
  expect(rows.date(2)).toBe(1_600_000_000_000);
  expect([account.state.bytes, account.state.emails]).toEqual([70, 3]);
  expect(await accounts.restoreMailbox(A, 'INBOX', then)).toBe(0);
  await expect(accounts.restoreMailbox(A, 'Nowhere', then)).rejects.toMatchObject({ code: 'nonexistent' });
});

test('undelete: a mailbox that is gone is made anew, one that was renamed is found', async () => {
  const { clock, process } = world();
  const accounts = process();
  const account = await accounts.open(A);
  await makeInbox(account);
  await account.write((draft) => draft.createMailbox('Old/Gone', 'archive'));
  const email = await addTo(account, { flags: ['\\Answered'] }, 'Old/Gone');
  await clock.advance(1000);
  const then = clock.now();
  await clock.advance(1000);
  await account.write((draft) => draft.renameMailbox('INBOX', 'Kept'));
  const before = boxOf(account.state, 'Old/Gone');
  await account.write((draft) => {
    draft.deleteMailbox('Old/Gone');
    draft.deleteMailbox('Old');
  });
  expect(account.state.emails).toBe(0);
  expect(await accounts.restoreMailbox(A, 'Old/Gone', then)).toBe(1);
  const made = boxOf(account.state, 'Old/Gone');
  expect(made.id).not.toBe(before.id);
  expect(made.uidvalidity).toBeGreaterThan(before.uidvalidity);
  expect(made.role).toBe('archive');
  expect(emailsIn(account.state, 'Old/Gone')).toEqual([email]);
  await clock.advance(1000);
  const later = clock.now();
  await clock.advance(1000);
  await account.write((draft) => draft.renameMailbox('Old', 'New'));
  await account.write((draft) => draft.expunge(boxOf(draft, 'New/Gone').id, uids(1)));
  expect(await accounts.restoreMailbox(A, 'Old/Gone', later)).toBe(1);
  expect(emailsIn(account.state, 'New/Gone')).toEqual([email]);
  expect(account.state.mailboxNamed('Old/Gone')).toBeUndefined();
});

test('undelete: single emails come back to where they were last, those that are placed stay', async () => {
  const { w, accounts, account } = await days(9);
  await account.write((draft) => draft.createMailbox('Trash', 'trash'));
  const [first, second, third] = emailsIn(account.state);
  await account.write((draft) => draft.move(boxOf(draft).id, uids(1), boxOf(draft, 'Trash').id));
  await account.write((draft) => draft.expunge(boxOf(draft, 'Trash').id, uids(1)));
  await accounts.compact(A);
  await w.clock.advance(DAY);
  await account.write((draft) => draft.expunge(boxOf(draft).id, uids(3)));
  const gone = emailsIn(await accounts.stateAt(A, w.clock.now() - 1)).filter(
    (email) => !emailsIn(account.state).includes(email),
  );
  expect(gone).toEqual([second]);
  expect(await accounts.undelete(A, [first!, second!, third!, 999])).toBe(2);
  expect(emailsIn(account.state, 'Trash')).toEqual([first]);
  expect(emailsIn(account.state).at(-1)).toBe(second);
  expect(listed(account.state, 'Trash')).toEqual([[2, '\\Flagged \\Seen']]);
  expect(await accounts.undelete(A, [first!, second!])).toBe(0);
});

test('undelete: what was released or erased does not come back', async () => {
  const { clock, process } = world();
  const accounts = process();
  const account = await accounts.openWhole(A);
  await makeInbox(account);
  const email = await addTo(account);
  const other = await addTo(account);
  await clock.advance(1000);
  const then = clock.now();
  await clock.advance(1000);
  await account.write((draft) => draft.expunge(boxOf(draft).id, uids(2)));
  await accounts.eraseEmails(A, [email]);
  expect(await accounts.undelete(A, [email])).toBe(0);
  expect(await accounts.restoreMailbox(A, 'INBOX', then)).toBe(1);
  expect(emailsIn(account.state)).toEqual([other]);
});

test('rule 5: a new epoch renews UIDVALIDITYs, jumps over seqs, and the log goes on behind it in every process', async () => {
  const w = world();
  const accounts = w.process();
  const account = await accounts.openWhole(A);
  await makeInbox(account);
  await account.write((draft) => draft.createMailbox('Two'));
  await addTo(account);
  await account.write((draft) => draft.expunge(boxOf(draft).id, uids(1)));
  const other = await w.process().openWhole(A);
  const before = account.state;
  await accounts.compact(A);
  // Other writes of this process, at the same moment: none of them may end up in the epoch's entry.
  await Promise.all([
    addTo(account, { size: 8 }),
    beginEpoch(account),
    addTo(account, { size: 1 }),
    account.write((draft) => draft.createMailbox('Three')),
  ]);
  expect(account.state.epoch).toBe(before.epoch + 1);
  expect(account.state.seq).toBeGreaterThan(before.seq + 1_000_000);
  for (const name of ['INBOX', 'Two']) {
    const [was, is] = [boxOf(before, name), boxOf(account.state, name)];
    expect(is.uidvalidity).toBeGreaterThan(was.uidvalidity);
    expect(is.id).toBe(was.id);
    expect(is.modseq).toBeGreaterThan(was.modseq + 1_000_000);
  }
  const inbox = boxOf(account.state);
  expect(account.state.vanishedSince(inbox.id, before.seq)).toBeUndefined();
  expect(new Set([...account.state.mailboxes.values()].map(({ uidvalidity }) => uidvalidity)).size).toBe(3);
  await addTo(account, { size: 2 });
  await other.refresh();
  expect(dump(other.state)).toEqual(dump(account.state));
  await addTo(other, { size: 4 });
  await accounts.beginEpoch(A);
  await accounts.compact(A);
  const fresh = await w.process().openWhole(A);
  await account.refresh();
  expect(dump(fresh.state)).toEqual(dump(account.state));
  expect(fresh.state.bytes).toBe(15);
});

test('rule 5: undelete only adds: no placement, flag or UID that is there now changes', async () => {
  const { w, accounts, account, moments } = await days(10);
  const before = account.state;
  const inbox = boxOf(before).id;
  const restored = await accounts.restoreMailbox(A, 'INBOX', moments[5]!.time);
  expect(restored).toBeGreaterThan(0);
  const rows = account.state.rows(inbox);
  const was = before.rows(inbox);
  for (let i = 0; i < was.length; i++) {
    expect([rows.uid(i), rows.email(i), rows.modseq(i), rows.flags(i).list]).toEqual([
      was.uid(i),
      was.email(i),
      was.modseq(i),
      was.flags(i).list,
    ]);
  }
  expect(rows.length).toBe(was.length + restored);
  expect(account.state.epoch).toBe(before.epoch);
  const fresh = await w.process().openWhole(A);
  expect(dump(fresh.state)).toEqual(dump(account.state));
});
