import type { Copied, Draft, Mailbox, Rows, State } from '../account/types.ts';
import { UidSet } from '../account/uidset.ts';
import { kept } from '../limits.ts';
import { inOrder } from '../search/in-order.ts';
import { settleCopies } from '../sharing/draft.ts';
import { rightFor } from '../sharing/rights.ts';
import { checkQuota, noMailbox } from './append/upload.ts';
import { rowsOf } from './changes.ts';
import { No } from './errors.ts';
import { flagsOfNew } from './flagging.ts';
import type { Spot } from './places.ts';
import type { Session } from './session.ts';
import type { View } from './view.ts';

/** Messages that are copied into another account at a time: one entry holds them all. */
const MAX_ACROSS = 2_000;
/** Messages whose bytes are being copied, and bytes of them that may be on their way. */
const AHEAD = { count: 8, weight: 32 * 1024 * 1024 };

/** Copies or moves messages of the selected mailbox to the mailbox `name`, whoever it belongs to. */
export async function transfer(session: Session, uids: UidSet, name: string, op: 'copy' | 'move'): Promise<Copied> {
  const spot = await session.places.find(name, noMailbox);
  const isSame = spot.place.account.id === session.place.account.id;
  return isSame ? withinAccount(session, uids, spot, op) : acrossAccounts(session, uids, spot, op);
}

/** Refuses to take messages away where the user may not: that needs what STORE of \Deleted and EXPUNGE need (RFC 6851 section 3.3). */
export function checkRemoval(view: View, state: State): void {
  view.check(state, 't');
  view.check(state, 'e');
}

/** One entry. */
async function withinAccount(session: Session, uids: UidSet, spot: Spot, op: 'copy' | 'move'): Promise<Copied> {
  const { view } = session;
  const { account } = view.place;
  const { result } = await account.write((draft) => {
    const target = spot.place.mailbox(draft, spot.name, 'i', noMailbox);
    if (!draft.mailboxes.has(view.mailbox)) throw new No('NONEXISTENT', 'This mailbox has been deleted');
    view.check(draft);
    if (op === 'move') checkRemoval(view, draft);
    const before = kept(draft);
    const seen = draft.seenBy(view.mailbox, session.user.id);
    const made = draft[op](view.mailbox, uids, target.id);
    // The copies share their bytes. A write that throws leaves nothing.
    if (op === 'copy') checkQuota(session, spot.place, before, { bytes: 0, messages: made.from.size });
    if (!spot.place.isOwn) {
      const rights = spot.place.rights(draft, target);
      settleCopies(draft, target.id, made, seen, session.user.id, (flag) => rights.has(rightFor(flag)));
    }
    return made;
  });
  return result;
}

/** A message on its way. */
interface Travelling {
  readonly row: number;
  readonly email: number;
  readonly size: number;
}

/**
 * Into another account the bytes are copied: which accounts may name a blob was fixed when it was written (design: rule 3). All arrive in one entry;
 * a move takes them away in another one, after it, so that nothing is ever in neither.
 */
async function acrossAccounts(session: Session, uids: UidSet, spot: Spot, op: 'copy' | 'move'): Promise<Copied> {
  const { view } = session;
  const { account } = view.place;
  const { state } = account;
  const rows = view.rows(state);
  view.check(state);
  if (op === 'move') checkRemoval(view, state);
  const travelling = [...rowsOf(rows, uids)].map((row) => ({ row, email: rows.email(row), size: rows.size(row) }));
  if (travelling.length > MAX_ACROSS) {
    throw new No('LIMIT', `At most ${MAX_ACROSS} messages go to another account at a time: do it in parts`);
  }
  const more = { bytes: travelling.reduce((sum, { size }) => sum + size, 0), messages: travelling.length };
  const there = await spot.place.account.refresh();
  spot.place.mailbox(there, spot.name, 'i', noMailbox);
  checkQuota(session, spot.place, kept(there), more);
  const arriving = await copyBlobs(session, rows, travelling);
  const { result } = await spot.place.account.write((draft) => {
    const target = spot.place.mailbox(draft, spot.name, 'i', noMailbox);
    checkQuota(session, spot.place, kept(draft), more);
    return arrive(draft, spot, target, rows, arriving);
  });
  if (op === 'move' && !result.from.isEmpty) {
    await account.write((draft) => {
      checkRemoval(view, draft);
      if (draft.mailboxes.has(view.mailbox)) draft.expunge(view.mailbox, result.from);
    });
  }
  return result;
}

type Arriving = Awaited<ReturnType<typeof copyBlobs>>;

/** Those that are gone meanwhile are left out. */
async function copyBlobs(session: Session, rows: Rows, travelling: readonly Travelling[]) {
  const { blobs } = session.deps;
  const emails = await session.place.account.emails(travelling.map(({ email }) => email));
  const load = async ({ row, email }: Travelling) => {
    const stored = emails.get(email);
    if (stored === undefined) return undefined;
    const { name } = await blobs.put('raw', blobs.stream(stored.blob), { owners: 1 });
    return { uid: rows.uid(row), row, blob: name, stored };
  };
  const arriving = [];
  for await (const one of inOrder(travelling, AHEAD, ({ size }) => size, load)) {
    if (one !== undefined) arriving.push(one);
  }
  return arriving;
}

function arrive(draft: Draft, { place }: Spot, target: Mailbox, rows: Rows, arriving: Arriving): Copied {
  const to: number[] = [];
  const read: number[] = [];
  for (const { row, blob, stored } of arriving) {
    const { flags, seen } = flagsOfNew(draft, place, target, rows.flags(row).list);
    const { size, summary } = stored;
    const added = draft.add({ mailboxes: [target.id], blob, size, date: rows.date(row), flags, summary })!;
    const { uid } = added.placements[0]!;
    to.push(uid);
    if (seen) read.push(uid);
  }
  if (read.length > 0) draft.see(target.id, place.user.id, UidSet.fromAscending(read), true);
  const from = UidSet.fromAscending(arriving.map(({ uid }) => uid));
  return { from, to: UidSet.fromAscending(to), uidvalidity: target.uidvalidity };
}
