/** An ascending set of UIDs (1 to 4294967295) kept as runs, as IMAP writes it: 1:5,7,9:12. Immutable. */
export class UidSet {
  static readonly EMPTY = new UidSet([]);
  /** Pairs first, last; ascending, neither touching nor overlapping. */
  readonly runs: readonly number[];
  readonly size: number;

  private constructor(runs: readonly number[]) {
    this.runs = runs;
    let size = 0;
    for (let i = 0; i < runs.length; i += 2) size += runs[i + 1]! - runs[i]! + 1;
    this.size = size;
  }

  /** From UIDs that ascend strictly. */
  static fromAscending(uids: Iterable<number>): UidSet {
    const runs: number[] = [];
    for (const uid of uids) {
      if (runs.length > 0 && runs[runs.length - 1]! + 1 === uid) runs[runs.length - 1] = uid;
      else runs.push(uid, uid);
    }
    return new UidSet(runs);
  }

  /** From UIDs in any order, repeats allowed. */
  static from(uids: Iterable<number>): UidSet {
    return UidSet.fromRuns([...uids].map((uid) => [uid, uid]));
  }

  /** From runs [first, last] in any order, overlaps allowed; a run given backwards is turned. */
  static fromRuns(pairs: Iterable<readonly [number, number]>): UidSet {
    const sorted = [...pairs]
      .map(([a, b]) => (a <= b ? ([a, b] as const) : ([b, a] as const)))
      .sort((x, y) => x[0] - y[0]);
    const runs: number[] = [];
    for (const [first, last] of sorted) {
      const end = runs.length - 1;
      if (end > 0 && first <= runs[end]! + 1) runs[end] = Math.max(runs[end]!, last);
      else runs.push(first, last);
    }
    return new UidSet(runs);
  }

  /** The single run first..last; empty when last < first. */
  static range(first: number, last: number): UidSet {
    return last < first ? UidSet.EMPTY : new UidSet([first, last]);
  }

  /** Reads what `toString` writes. Throws on anything else. */
  static parse(text: string): UidSet {
    if (text === '') return UidSet.EMPTY;
    return UidSet.fromRuns(
      text.split(',').map((run) => {
        const match = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(run);
        if (match === null) throw new Error(`not a UID set: ${text.slice(0, 100)}`);
        return [Number(match[1]), Number(match[2] ?? match[1])];
      }),
    );
  }

  get isEmpty(): boolean {
    return this.runs.length === 0;
  }

  has(uid: number): boolean {
    let low = 0;
    let high = this.runs.length / 2 - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (uid < this.runs[middle * 2]!) high = middle - 1;
      else if (uid > this.runs[middle * 2 + 1]!) low = middle + 1;
      else return true;
    }
    return false;
  }

  union(other: UidSet): UidSet {
    if (this.isEmpty) return other;
    if (other.isEmpty) return this;
    return UidSet.fromRuns([...this.pairs(), ...other.pairs()]);
  }

  /** What both have. Takes time by the number of runs, not of UIDs, as `without` does. */
  intersection(other: UidSet): UidSet {
    const runs: number[] = [];
    let j = 0;
    for (const [first, last] of this.pairs()) {
      while (j < other.runs.length && other.runs[j + 1]! < first) j += 2;
      for (let k = j; k < other.runs.length && other.runs[k]! <= last; k += 2) {
        runs.push(Math.max(first, other.runs[k]!), Math.min(last, other.runs[k + 1]!));
      }
    }
    return new UidSet(runs);
  }

  without(other: UidSet): UidSet {
    const runs: number[] = [];
    let j = 0;
    for (const [first, last] of this.pairs()) {
      while (j < other.runs.length && other.runs[j + 1]! < first) j += 2;
      let start = first;
      for (let k = j; k < other.runs.length && other.runs[k]! <= last; k += 2) {
        if (other.runs[k]! > start) runs.push(start, other.runs[k]! - 1);
        start = other.runs[k + 1]! + 1;
      }
      if (start <= last) runs.push(start, last);
    }
    return new UidSet(runs);
  }

  *pairs(): Generator<readonly [number, number]> {
    for (let i = 0; i < this.runs.length; i += 2) yield [this.runs[i]!, this.runs[i + 1]!];
  }

  *[Symbol.iterator](): Generator<number> {
    for (let i = 0; i < this.runs.length; i += 2) {
      for (let uid = this.runs[i]!; uid <= this.runs[i + 1]!; uid++) yield uid;
    }
  }

  /** IMAP's form; '' for the empty set. */
  toString(): string {
    const parts: string[] = [];
    for (const [first, last] of this.pairs()) parts.push(first === last ? String(first) : `${first}:${last}`);
    return parts.join(',');
  }
}
