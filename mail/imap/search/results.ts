import type { Rows } from '../../account/types.ts';
import { UidSet } from '../../account/uidset.ts';
import type { SortCriterion } from '../grammar/sort.ts';
import type { Session } from '../session.ts';
import { compareMessages, sorted, sortValues, type Valued } from './sort.ts';

/** Messages that come to stand, or stood, one behind the other from a place on; 0: in the order of the mailbox. */
export interface Run {
  readonly place: number;
  readonly uids: number[];
}

/** What a search that goes on has found, in its order (RFC 5267 sections 4.3.3 and 4.3.4). */
export interface FoundList {
  readonly set: UidSet;
  /** Takes out those of `uids` that are in it. Runs in the order in which the client takes them out. */
  remove(uids: UidSet): Run[];
  /** Puts in messages that are not in it. Runs in the order in which the client puts them in. */
  add(session: Session, rows: Rows, uids: UidSet): Promise<Run[]>;
}

/** In the order of the mailbox, which the client finds by itself. */
export class FoundUnsorted implements FoundList {
  set: UidSet;

  constructor(found: Iterable<number>) {
    this.set = UidSet.from(found);
  }

  remove(uids: UidSet): Run[] {
    const gone = this.set.intersection(uids);
    this.set = this.set.without(gone);
    return gone.isEmpty ? [] : [{ place: 0, uids: [...gone] }];
  }

  async add(_session: Session, _rows: Rows, uids: UidSet): Promise<Run[]> {
    this.set = this.set.union(uids);
    return uids.isEmpty ? [] : [{ place: 0, uids: [...uids] }];
  }
}

/**
 * In the order that SORT was asked for. It keeps UIDs only: a new message finds its place by halving, which reads the summaries of a
 * few others, for what a message is sorted by never changes.
 */
export class FoundSorted implements FoundList {
  set: UidSet;
  readonly #criteria: readonly SortCriterion[];
  #uids: Uint32Array;

  constructor(found: readonly number[], criteria: readonly SortCriterion[]) {
    this.set = UidSet.from(found);
    this.#uids = Uint32Array.from(found);
    this.#criteria = criteria;
  }

  remove(uids: UidSet): Run[] {
    const gone = this.set.intersection(uids);
    if (gone.isEmpty) return [];
    const runs: Run[] = [];
    let kept = 0;
    for (const uid of this.#uids) {
      // Those before it that are gone are so for the client by now, too.
      if (gone.has(uid)) follow(runs, kept + 1, uid, true);
      else this.#uids[kept++] = uid;
    }
    this.#uids = this.#uids.slice(0, kept);
    this.set = this.set.without(gone);
    return runs;
  }

  async add(session: Session, rows: Rows, uids: UidSet): Promise<Run[]> {
    if (uids.isEmpty) return [];
    const isFew = uids.size * 16 < this.#uids.length;
    const order = isFew ? await this.#inserted(session, rows, uids) : await this.#sortedWith(session, rows, uids);
    const runs: Run[] = [];
    for (const [i, uid] of order.entries()) if (uids.has(uid)) follow(runs, i + 1, uid, false);
    this.#uids = order;
    // One that was erased meanwhile has no place.
    this.set = this.set.union(UidSet.from(runs.flatMap((run) => run.uids)));
    return runs;
  }

  /** Sorts all of them: for many that are new. Those that are gone, but not for the client, stay where they are. */
  async #sortedWith(session: Session, rows: Rows, uids: UidSet): Promise<Uint32Array> {
    const there = [...this.#uids].filter((uid) => rows.find(uid) >= 0);
    const order = await sorted(session, rows, [...there, ...uids], this.#criteria);
    const known = new Set(order);
    const lost = [...this.#uids].filter((uid) => !known.has(uid));
    return lost.length === 0 ? Uint32Array.from(order) : this.#withLost(order, uids);
  }

  /** Puts back what could not be sorted, each behind the message that it stood behind. */
  #withLost(order: readonly number[], fresh: UidSet): Uint32Array {
    const old = [...this.#uids];
    const known = new Set(order);
    const result: number[] = [];
    let i = 0;
    const lost = () => {
      while (i < old.length && !known.has(old[i]!)) result.push(old[i++]!);
    };
    lost();
    for (const uid of order) {
      result.push(uid);
      if (fresh.has(uid)) continue;
      i++;
      lost();
    }
    return Uint32Array.from(result);
  }

  async #inserted(session: Session, rows: Rows, uids: UidSet): Promise<Uint32Array> {
    const fresh = await sortValues(session, rows, [...uids], this.#criteria);
    fresh.sort((a, b) => compareMessages(a, b, this.#criteria));
    const result: number[] = [];
    let from = 0;
    for (const one of fresh) {
      const to = await this.#placeOf(session, rows, one, from);
      for (; from < to; from++) result.push(this.#uids[from]!);
      result.push(one.uid);
    }
    for (; from < this.#uids.length; from++) result.push(this.#uids[from]!);
    return Uint32Array.from(result);
  }

  /** The index of the first message, from `low` on, that comes behind `one`. */
  async #placeOf(session: Session, rows: Rows, one: Valued, low: number): Promise<number> {
    let first = low;
    let end = this.#uids.length;
    while (first < end) {
      const middle = (first + end) >> 1;
      const there = await this.#nextThere(session, rows, middle, end);
      if (there === undefined) end = middle;
      else if (compareMessages(there.valued, one, this.#criteria) < 0) first = there.index + 1;
      else end = middle;
    }
    return first;
  }

  /** The first message at or behind an index that is still there to be compared. */
  async #nextThere(session: Session, rows: Rows, from: number, end: number) {
    for (let index = from; index < end; index++) {
      const uid = this.#uids[index]!;
      if (rows.find(uid) < 0) continue;
      const [valued] = await sortValues(session, rows, [uid], this.#criteria);
      if (valued !== undefined) return { index, valued };
    }
    return undefined;
  }
}

/** Goes on with the last run, where the message comes right behind it, or begins another. */
function follow(runs: Run[], place: number, uid: number, removed: boolean): void {
  const last = runs.at(-1);
  const next = last === undefined ? 0 : removed ? last.place : last.place + last.uids.length;
  if (next === place) last!.uids.push(uid);
  else runs.push({ place, uids: [uid] });
}
