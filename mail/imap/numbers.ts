import { UidSet } from '../account/uidset.ts';

/**
 * The message sequence numbers of a session: number n is the nth UID, ascending (RFC 3501 section 2.3.1.2). Kept as runs of UIDs,
 * so that an idle session on a mailbox of any size costs next to nothing. Immutable.
 */
export class Numbers {
  static readonly NONE = new Numbers(UidSet.EMPTY);
  readonly uids: UidSet;
  /** The sequence number of each run's first UID. */
  readonly #starts: number[] = [];

  constructor(uids: UidSet) {
    this.uids = uids;
    let next = 1;
    for (const [first, last] of uids.pairs()) {
      this.#starts.push(next);
      next += last - first + 1;
    }
  }

  get size(): number {
    return this.uids.size;
  }

  /** The highest UID, 0 when there is none. */
  get last(): number {
    return this.uids.runs.at(-1) ?? 0;
  }

  /** The sequence number of a UID, 0 when the session does not know it. */
  of(uid: number): number {
    const { runs } = this.uids;
    let low = 0;
    let high = this.#starts.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (uid < runs[middle * 2]!) high = middle - 1;
      else if (uid > runs[middle * 2 + 1]!) low = middle + 1;
      else return this.#starts[middle]! + uid - runs[middle * 2]!;
    }
    return 0;
  }

  /** The UIDs of a set of sequence numbers; numbers that nobody has are left out. */
  uidsOf(numbers: UidSet): UidSet {
    const { runs } = this.uids;
    const pairs: [number, number][] = [];
    let run = 0;
    for (const [first, last] of numbers.pairs()) {
      while (run < this.#starts.length && this.#end(run) < first) run++;
      for (let i = run; i < this.#starts.length && this.#starts[i]! <= last; i++) {
        const start = this.#starts[i]!;
        const base = runs[i * 2]! - start;
        pairs.push([base + Math.max(first, start), base + Math.min(last, this.#end(i))]);
      }
    }
    return UidSet.fromRuns(pairs);
  }

  /** The sequence numbers of those UIDs that have one. */
  numbersOf(uids: UidSet): UidSet {
    const pairs: [number, number][] = [];
    for (const [first, last] of this.known(uids).pairs()) pairs.push([this.of(first), this.of(last)]);
    return UidSet.fromRuns(pairs);
  }

  /** Those UIDs of a set that the session knows. */
  known(uids: UidSet): UidSet {
    return uids.intersection(this.uids);
  }

  with(uids: UidSet): Numbers {
    return uids.isEmpty ? this : new Numbers(this.uids.union(uids));
  }

  without(uids: UidSet): Numbers {
    return uids.isEmpty ? this : new Numbers(this.uids.without(uids));
  }

  /** The sequence number of a run's last UID. */
  #end(run: number): number {
    return this.#starts[run]! + this.uids.runs[run * 2 + 1]! - this.uids.runs[run * 2]!;
  }
}
