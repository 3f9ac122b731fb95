import { expect, test } from 'vitest';
import { ANNOTATIONS, type Draft, type State } from '../../mail/account/types.ts';
import { UidSet } from '../../mail/account/uidset.ts';
import { type Change, difference } from '../../mail/imap/notify/difference.ts';
import { type Picture, pictureOf, takePicture, withOwn } from '../../mail/imap/notify/picture.ts';
import { type ImapWorld, imapWorld, message } from '../support/imap.ts';

async function changed(world: ImapWorld, change: (draft: Draft) => void): Promise<Change[]> {
  const before = pictureOf(world.alice.state);
  await world.alice.write(change);
  return difference(before, pictureOf(world.alice.state));
}

const idOf = (state: State, name: string) => state.mailboxNamed(name)!.id;
const names = (changes: readonly Change[]) =>
  changes.map((change) => ('name' in change ? `${change.kind} ${change.name}` : change.kind));

test('nothing is different between a state and itself, or one that differs in what nobody can see', async () => {
  const world = await imapWorld();
  expect(difference(pictureOf(world.alice.state), pictureOf(world.alice.state))).toEqual([]);
  expect(await changed(world, (draft) => draft.putObject('identity', 'i1', { name: 'Ann' }))).toEqual([]);
  // A copy, as another process would have read it.
  const { mailboxes, ...rest } = pictureOf(world.alice.state);
  const copy = { ...rest, mailboxes: new Map([...mailboxes].map(([id, one]) => [id, { ...one }])) };
  expect(difference(pictureOf(world.alice.state), copy)).toEqual([]);
});

test('names: made, deleted and renamed, with the parent, without what only follows (RFC 5465 section 5.4)', async () => {
  const world = await imapWorld();
  expect(names(await changed(world, (draft) => draft.createMailbox('a/b/c')))).toEqual([
    'name a',
    'name a/b',
    'name a/b/c',
  ]);
  expect(await changed(world, (draft) => draft.renameMailbox('a', 'x/y'))).toEqual([
    { kind: 'name', name: 'x' },
    { kind: 'name', name: 'x/y', oldName: 'a' },
  ]);
  // A child that went its own way, too.
  expect(
    await changed(world, (draft) => {
      draft.renameMailbox('x/y/b', 'x/other');
      draft.renameMailbox('x', 'z');
    }),
  ).toEqual([
    { kind: 'name', name: 'z/other', oldName: 'x/y/b' },
    { kind: 'name', name: 'z', oldName: 'x' },
  ]);
  expect(names(await changed(world, (draft) => draft.deleteMailbox('z/other/c')))).toEqual([
    'name z/other',
    'name z/other/c',
  ]);
  // Deleted and made again: another mailbox, whose UIDs are others.
  await world.deliver('Archive', message('m'));
  expect(
    await changed(world, (draft) => {
      draft.deleteMailbox('Archive');
      draft.createMailbox('Archive');
    }),
  ).toMatchObject([
    { kind: 'name', name: 'Archive' },
    { kind: 'messages', name: 'Archive', counts: true },
  ]);
});

test('messages: whether counts, or only flags, are others', async () => {
  const world = await imapWorld();
  const mailbox = idOf(world.alice.state, 'INBOX');
  const before = pictureOf(world.alice.state);
  await world.deliver('INBOX', message('a'), message('b'));
  const delivered = pictureOf(world.alice.state);
  const base = { kind: 'messages', mailbox, name: 'INBOX' };
  expect(difference(before, delivered)).toEqual([{ ...base, counts: true, unseen: true }]);
  const store = (flag: string) => (draft: Draft) => draft.store(mailbox, UidSet.range(1, 1), 'add', [flag]);
  expect(await changed(world, store('\\Seen') as never)).toEqual([{ ...base, counts: false, unseen: true }]);
  expect(await changed(world, store('$x') as never)).toEqual([{ ...base, counts: false, unseen: false }]);
  // What came and went in between leaves its UID behind.
  await world.deliver('INBOX', message('c'));
  const there = pictureOf(world.alice.state);
  await world.deliver('INBOX', message('d'));
  await world.alice.write((draft) => draft.expunge(mailbox, UidSet.range(4, 4)));
  expect(difference(there, pictureOf(world.alice.state))).toEqual([{ ...base, counts: true, unseen: false }]);
});

test('subscriptions and annotations: what changed, by name', async () => {
  const world = await imapWorld();
  const inbox = idOf(world.alice.state, 'INBOX');
  expect(
    await changed(world, (draft) => {
      draft.subscribe('Trash', false);
      draft.createMailbox('new');
      draft.subscribe('new', true);
    }),
  ).toEqual([
    { kind: 'name', name: 'new' },
    { kind: 'subscription', name: 'Trash' },
    { kind: 'subscription', name: 'new' },
  ]);
  await world.alice.write((draft) => draft.putObject(ANNOTATIONS, inbox, { '/private/a': '1', '/private/b': '2' }));
  expect(
    await changed(world, (draft) => draft.putObject(ANNOTATIONS, inbox, { '/private/c': '3', '/private/a': '1' })),
  ).toContainEqual({ kind: 'metadata', mailbox: inbox, name: 'INBOX', entries: ['/private/b', '/private/c'] });
  expect(await changed(world, (draft) => draft.putObject(ANNOTATIONS, 'server', { '/private/x': '1' }))).toEqual([
    { kind: 'server metadata', entries: ['/private/x'] },
  ]);
  const sent = idOf(world.alice.state, 'Sent');
  expect(await changed(world, (draft) => draft.setRole(sent, undefined))).toContainEqual({
    kind: 'metadata',
    mailbox: sent,
    name: 'Sent',
    entries: ['/private/specialuse'],
  });
  // They go with the mailbox, of which only the name is told.
  await world.alice.write((draft) => draft.putObject(ANNOTATIONS, sent, { '/private/a': '1' }));
  expect(
    await changed(world, (draft) => {
      draft.deleteMailbox('Sent');
      draft.deleteObject(ANNOTATIONS, sent);
    }),
  ).toEqual([{ kind: 'name', name: 'Sent' }]);
});

test('what a client has done itself is known to it; what others did before or after it is not', async () => {
  const world = await imapWorld();
  await world.deliver('INBOX', message('a'));
  let known = pictureOf(world.alice.state);
  const own = async (act: (draft: Draft) => void) => {
    let before: Picture = known;
    let after: Picture = known;
    await world.alice.write((draft) => {
      before = takePicture(draft);
      act(draft);
      after = takePicture(draft);
    });
    known = withOwn(known, before, after);
  };
  const copy = (draft: Draft) =>
    draft.copy(draft.mailboxNamed('INBOX')!.id, UidSet.range(1, 1), draft.mailboxNamed('Archive')!.id);
  const untold = () => names(difference(known, pictureOf(world.alice.state)));

  await own(copy);
  await own((draft) => draft.createMailbox('mine/below'));
  await own((draft) => draft.subscribe('mine', true));
  await own((draft) => draft.putObject(ANNOTATIONS, idOf(draft, 'INBOX'), { '/private/a': '1' }));
  expect(untold()).toEqual([]);
  // Somebody else before: the client's own copy comes to be known with it.
  await world.deliver('Archive', message('b'));
  await own(copy);
  expect(untold()).toEqual(['messages Archive']);
  known = pictureOf(world.alice.state);
  // And after.
  await own(copy);
  await world.alice.write((draft) => draft.deleteMailbox('mine/below'));
  await world.deliver('Archive', message('c'));
  expect(untold()).toEqual(['name mine', 'name mine/below', 'messages Archive']);
  // Another in the same entry.
  known = pictureOf(world.alice.state);
  await Promise.all([own(copy), world.alice.write(copy), world.alice.write((draft) => draft.createMailbox('theirs'))]);
  expect(untold()).toEqual(['name theirs', 'messages Archive']);
});

test('thousands of mailboxes cost a comparison each, not a look inside', async () => {
  const world = await imapWorld();
  await world.alice.write((draft) => {
    for (let i = 0; i < 3_000; i++) draft.createMailbox(`m${i}`);
  });
  const before = pictureOf(world.alice.state);
  await world.deliver('m7', message('a'));
  const after = pictureOf(world.alice.state);
  const same = [...after.mailboxes].filter(([id, one]) => before.mailboxes.get(id) === one);
  expect(same.length).toBe(after.mailboxes.size - 1);
  expect(names(difference(before, after))).toEqual(['messages m7']);
  // A picture is taken once for all who look at a state.
  expect(pictureOf(world.alice.state)).toBe(after);
  const start = performance.now();
  for (let i = 0; i < 100; i++) difference(before, after);
  expect((performance.now() - start) / 100).toBeLessThan(10);
});
