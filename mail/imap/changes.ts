import type { Flags, Rows, State } from '../account/types.ts';
import type { UidSet } from '../account/uidset.ts';

const answers = new WeakMap<State, Map<string, readonly number[]>>();

/**
 * The rows of a mailbox that entries after `seq` have changed or made, ascending. Many sessions ask the same when a mailbox that they
 * all idle on moves: the walk over its rows is made once for each state.
 */
export function changedSince(state: State, mailbox: string, rows: Rows, seq: number): readonly number[] {
  let known = answers.get(state);
  if (known === undefined) answers.set(state, (known = new Map()));
  const question = `${mailbox} ${seq}`;
  let changed = known.get(question);
  if (changed === undefined) {
    known.set(question, (changed = rows.changedSince(seq)));
  }
  return changed;
}

/** Both lists in one, ascending, each row once. */
export function mergeAscending(a: readonly number[], b: readonly number[]): readonly number[] {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const merged: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const next = Math.min(a[i] ?? Number.POSITIVE_INFINITY, b[j] ?? Number.POSITIVE_INFINITY);
    if (a[i] === next) i++;
    if (b[j] === next) j++;
    merged.push(next);
  }
  return merged;
}

/** The rows of those of `uids` that exist, ascending. */
export function* rowsOf(rows: Rows, uids: UidSet): Generator<number> {
  for (const [first, last] of uids.pairs()) {
    for (let row = rows.lowerBound(first); row < rows.length && rows.uid(row) <= last; row++) yield row;
  }
}

/** The flags of those of `uids` that exist, by UID. It reads them when it is asked: the rows of a state or of a draft that is decided stay as they are. */
export function flagsOf(rows: Rows, uids: UidSet): (uid: number) => Flags | undefined {
  return (uid) => {
    const row = uids.has(uid) ? rows.find(uid) : -1;
    return row < 0 ? undefined : rows.flags(row);
  };
}
