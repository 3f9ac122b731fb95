import { type Flags, type Rows, SEEN, SYSTEM_FLAGS } from '../account/types.ts';
import type { UidSet } from '../account/uidset.ts';

/** `\Seen` as the flag is written. */
export const SEEN_FLAG = SYSTEM_FLAGS[Math.log2(SEEN)]!;

const variants = new WeakMap<Flags, Flags>();

/** Rows of somebody else's mailbox as their reader sees them: all flags are shared, but `\Seen` is his own (design: rule 14). */
export function asReadBy(rows: Rows, seen: UidSet): Rows {
  return {
    get length() {
      return rows.length;
    },
    find: (uid) => rows.find(uid),
    lowerBound: (uid) => rows.lowerBound(uid),
    uid: (i) => rows.uid(i),
    flags: (i) => withSeen(rows.flags(i), seen.has(rows.uid(i))),
    modseq: (i) => rows.modseq(i),
    created: (i) => rows.created(i),
    date: (i) => rows.date(i),
    saved: (i) => rows.saved(i),
    size: (i) => rows.size(i),
    email: (i) => rows.email(i),
    changedSince: (seq) => rows.changedSince(seq),
  };
}

/** The same combination with or without `\Seen`, the same object every time. */
function withSeen(flags: Flags, seen: boolean): Flags {
  if (((flags.system & SEEN) !== 0) === seen) return flags;
  let other = variants.get(flags);
  if (other === undefined) {
    const system = flags.system ^ SEEN;
    const list = [...SYSTEM_FLAGS.filter((_, bit) => (system & (1 << bit)) !== 0), ...flags.keywords];
    other = { system, keywords: flags.keywords, list };
    variants.set(flags, other);
  }
  return other;
}
