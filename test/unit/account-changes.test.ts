import { expect, test } from 'vitest';
import type { OpenAccount } from '../../mail/account/account.ts';
import { emailId, emailNumber, type State } from '../../mail/account/types.ts';
import { summary, world } from '../support/accounts.ts';
import { A, addTo, boxOf, emailsIn, makeInbox, uids } from './account-support.ts';

/** What a type's changes since a position come to, ids only. */
function told(state: State, type: string, since: number): Record<'created' | 'updated' | 'destroyed', string[]> {
  const changes = state.changes(type, since)!;
  const ids = (fits: (change: (typeof changes)[number]) => boolean) =>
    changes
      .filter(fits)
      .map(({ id }) => id)
      .sort();
  return {
    created: ids(({ created, gone }) => created > since && gone === 0),
    updated: ids(({ created, gone }) => created <= since && gone === 0),
    destroyed: ids(({ created, gone }) => created <= since && gone > 0),
  };
}

test('emails come, change and go; what came and went in between is seen as both', async () => {
  const w = world();
  const accounts = w.process();
  const account = await accounts.open(A);
  await makeInbox(account);
  const one = await addTo(account, { summary: summary({ subject: 'one' }) });
  const two = await addTo(account, { summary: summary({ subject: 'two' }) });
  const since = account.state.seq;
  const inbox = boxOf(account.state).id;
  await account.write((draft) => draft.store(inbox, uids(1), 'add', ['\\Flagged']));
  await account.write((draft) => draft.expunge(inbox, uids(2)));
  const three = await addTo(account, { summary: summary({ subject: 'three' }) });
  const four = await addTo(account, { summary: summary({ subject: 'four' }) });
  await account.write((draft) => draft.expunge(inbox, uids(4)));
  const check = (state: State) => {
    expect(told(state, 'Email', since)).toEqual({
      created: [emailId(three)],
      updated: [emailId(one)],
      destroyed: [emailId(two)],
    });
    const fourth = state.changes('Email', since)!.find(({ id }) => id === emailId(four))!;
    expect(fourth.created).toBeGreaterThan(since);
    expect(fourth.gone).toBeGreaterThan(fourth.created);
    expect(state.changes('Email', state.seq)).toEqual([]);
  };
  check(account.state);
  await accounts.compact(A);
  check((await w.process().open(A)).state);
});

test('a snapshot keeps what changed, and a process that opens it knows the same', async () => {
  const w = world();
  const accounts = w.process();
  const account = await accounts.open(A);
  await makeInbox(account);
  await account.write((draft) => draft.createMailbox('Gone'));
  await account.write((draft) => draft.putObject('identity', 'i1', { name: 'first' }));
  await account.write((draft) => draft.putObject('identity', 'i2', { name: 'second' }));
  const since = account.state.seq;
  const gone = boxOf(account.state, 'Gone').id;
  await account.write((draft) => draft.deleteMailbox('Gone'));
  const made = (await account.write((draft) => draft.createMailbox('Made'))).result.id;
  await account.write((draft) => draft.subscribe('INBOX', true));
  await account.write((draft) => draft.putObject('identity', 'i1', { name: 'changed' }));
  await account.write((draft) => draft.deleteObject('identity', 'i2'));
  await account.write((draft) => draft.putObject('identity', 'i3', { name: 'third' }));
  const inbox = boxOf(account.state).id;
  const check = (state: State) => {
    expect(told(state, 'Mailbox', since)).toEqual({ created: [made], updated: [inbox], destroyed: [gone] });
    expect(told(state, 'identity', since)).toEqual({ created: ['i3'], updated: ['i1'], destroyed: ['i2'] });
    expect(boxOf(state).described).toBe(since + 3);
  };
  check(account.state);
  await accounts.compact(A);
  check((await w.process().open(A)).state);
});

test('what came again counts as new', async () => {
  const account = await world().process().open(A);
  await makeInbox(account);
  await account.write((draft) => draft.putObject('identity', 'i1', 1));
  await account.write((draft) => draft.deleteObject('identity', 'i1'));
  const since = account.state.seq;
  await account.write((draft) => draft.putObject('identity', 'i1', 2));
  expect(told(account.state, 'identity', since)).toEqual({ created: ['i1'], updated: [], destroyed: [] });
});

test('threads change when emails join and leave them, not with flags', async () => {
  const account = await world().process().open(A);
  await makeInbox(account);
  const root = await addTo(account, { summary: summary({ messageId: 'root@x' }) });
  const thread = account.state.threadOf(root)!;
  expect(account.state.inThread(thread)).toEqual([root]);
  const since = account.state.seq;
  const inbox = boxOf(account.state).id;
  await account.write((draft) => draft.store(inbox, uids(1), 'add', ['\\Seen']));
  expect(account.state.changes('Thread', since)).toEqual([]);
  const reply = await addTo(account, { summary: summary({ messageId: 'reply@x', inReplyTo: ['root@x'] }) });
  expect(account.state.inThread(thread)).toEqual([root, reply]);
  expect(told(account.state, 'Thread', since)).toEqual({ created: [], updated: [thread], destroyed: [] });
  const both = account.state.seq;
  await account.write((draft) => draft.expunge(inbox, uids(1, 2)));
  expect(account.state.inThread(thread)).toEqual([]);
  expect(told(account.state, 'Thread', both)).toEqual({ created: [], updated: [], destroyed: [thread] });
});

test('an email is found wherever it is', async () => {
  const account = await world().process().open(A);
  await makeInbox(account);
  const archive = (await account.write((draft) => draft.createMailbox('Archive'))).result.id;
  await addTo(account);
  const email = await addTo(account);
  const inbox = boxOf(account.state).id;
  await account.write((draft) => draft.copy(inbox, uids(2), archive));
  expect(account.state.placements(email)).toEqual([
    { mailbox: inbox, row: 1 },
    { mailbox: archive, row: 0 },
  ]);
  await account.write((draft) => draft.expunge(inbox, uids(1, 2)));
  expect(account.state.placements(email)).toEqual([{ mailbox: archive, row: 0 }]);
  expect(emailNumber(emailId(email))).toBe(email);
  expect(emailNumber('x1')).toBeUndefined();
});

test('a new epoch forgets', async () => {
  const w = world();
  const accounts = w.process();
  const account = await accounts.open(A);
  await makeInbox(account);
  await addTo(account);
  const since = account.state.seq;
  await accounts.beginEpoch(A);
  expect(account.state.changes('Email', since)).toBeUndefined();
  expect(emailsIn(account.state)).toHaveLength(1);
});

test('an email that is hidden and comes back says where it was shown, also from a snapshot', async () => {
  const w = world();
  const accounts = w.process();
  const account = await accounts.open(A);
  await makeInbox(account);
  await account.write((draft) => draft.createMailbox('Other'));
  const inbox = boxOf(account.state).id;
  const other = boxOf(account.state, 'Other').id;
  const email = await addTo(account, { mailboxes: [inbox, other] });
  const step = async (mailbox: string, what: 'add' | 'remove' | 'expunge') => {
    const { seq } = await account.write((draft) => {
      if (what === 'expunge') draft.expunge(mailbox, uids(1));
      else draft.store(mailbox, uids(1), what, ['\\Deleted']);
    });
    return seq;
  };
  const since = account.state.seq;
  // One mark hides nothing while the other placement has none.
  await step(inbox, 'add');
  expect(account.state.changes('Email', since)![0]!.shown).toBeNull();
  const hid = await step(other, 'add');
  const back = await step(inbox, 'remove');
  const again = await step(inbox, 'expunge');
  const gone = await step(other, 'expunge');
  const created = account.state.changes('Email', 0)![0]!.created;
  const check = (state: State) => {
    const shownAfter = (seq: number) => state.changes('Email', seq)![0]!.shown;
    expect(shownAfter(0)).toEqual([
      [created, hid],
      [back, again],
    ]);
    expect(shownAfter(hid)).toEqual([[back, again]]);
    expect(shownAfter(again)).toEqual([]);
    expect(state.changes('Email', again)![0]!.gone).toBe(gone);
  };
  check(account.state);
  await accounts.compact(A);
  check((await w.process().open(A)).state);
  // Undelete: it was there until it went, and is there again.
  const { seq } = await (account as OpenAccount).decide((draft) => draft.place(inbox, [{ email, flags: [], date: 0 }]));
  expect(account.state.changes('Email', gone)![0]!.shown).toEqual([[seq, Number.POSITIVE_INFINITY]]);
});
