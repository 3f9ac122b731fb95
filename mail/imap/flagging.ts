import { type Draft, type Mailbox, SYSTEM_FLAGS } from '../account/types.ts';
import { UidSet } from '../account/uidset.ts';
import { rightFor } from '../sharing/rights.ts';
import { SEEN_FLAG } from '../sharing/seen.ts';
import { rowsOf } from './changes.ts';
import { No } from './errors.ts';
import type { Place } from './places.ts';

/** Changing flags as far as the user may: `\Seen` is everybody's own (design: rule 14), the others are shared. */

type Mode = 'set' | 'add' | 'remove';

/**
 * As `Draft.store`. Flags that the user may not change stay as they are; where there are no others, it is refused (RFC 4314 section 4, STORE).
 */
export function storeFlags(
  draft: Draft,
  place: Place,
  mailbox: Mailbox,
  uids: UidSet,
  mode: Mode,
  flags: readonly string[],
  unchangedSince?: number,
): { readonly changed: UidSet; readonly modified: UidSet } {
  if (place.isOwn) return draft.store(mailbox.id, uids, mode, flags, unchangedSince);
  const rights = place.rights(draft, mailbox);
  const may = (flag: string) => rights.has(rightFor(flag));
  const given = flags.filter(may);
  if (mode === 'set' ? !['s', 't', 'w'].some((right) => rights.has(right)) : flags.length > 0 && given.length === 0) {
    throw new No('NOPERM', 'You may not change those flags in this mailbox; its owner can give you the right');
  }
  const modified = changedSince(draft, mailbox, uids, unchangedSince);
  const rest = uids.without(modified);
  const store = (how: 'add' | 'remove', which: readonly string[]) =>
    which.length === 0 ? UidSet.EMPTY : storeSome(draft, place, mailbox, rest, how, which);
  let changed = UidSet.EMPTY;
  if (mode === 'set') {
    const kept = new Set(given.map((flag) => flag.toLowerCase()));
    const others = [...SYSTEM_FLAGS, ...mailbox.keywords].filter((flag) => may(flag) && !kept.has(flag.toLowerCase()));
    changed = store('remove', others);
  }
  return { changed: changed.union(store(mode === 'remove' ? 'remove' : 'add', given)), modified };
}

/** Of the flags that a new message comes with, those that the user may set, for everybody; and whether he has read it. */
export function flagsOfNew(
  draft: Draft,
  place: Place,
  mailbox: Mailbox,
  flags: readonly string[],
): { readonly flags: readonly string[]; readonly seen: boolean } {
  if (place.isOwn) return { flags, seen: false };
  const rights = place.rights(draft, mailbox);
  const may = flags.filter((flag) => rights.has(rightFor(flag)));
  return { flags: may.filter((flag) => flag !== SEEN_FLAG), seen: may.includes(SEEN_FLAG) };
}

function storeSome(
  draft: Draft,
  place: Place,
  mailbox: Mailbox,
  uids: UidSet,
  how: 'add' | 'remove',
  flags: readonly string[],
): UidSet {
  const shared = flags.filter((flag) => flag !== SEEN_FLAG);
  const stored = shared.length === 0 ? UidSet.EMPTY : draft.store(mailbox.id, uids, how, shared).changed;
  if (shared.length === flags.length) return stored;
  return stored.union(draft.see(mailbox.id, place.user.id, uids, how === 'add'));
}

/** RFC 7162 section 3.1.3: those that have been changed since the client knew them. */
function changedSince(draft: Draft, mailbox: Mailbox, uids: UidSet, unchangedSince: number | undefined): UidSet {
  if (unchangedSince === undefined) return UidSet.EMPTY;
  const rows = draft.rows(mailbox.id);
  const changed: number[] = [];
  for (const row of rowsOf(rows, uids)) if (rows.modseq(row) > unchangedSince) changed.push(rows.uid(row));
  return UidSet.fromAscending(changed);
}
