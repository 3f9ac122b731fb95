import { DELETED, type Flags, SEEN, type State } from '../../account/types.ts';
import { keywordsOf } from './facts.ts';

/** What one or more placements come to; few combinations occur in an account, however many emails it has. */
interface Keywords {
  readonly any: ReadonlySet<string>;
  readonly allSeen: boolean;
}

/** What the index knows of every email of a state that JMAP shows, in typed arrays: for queries, which look at all of them. */
export interface Overview {
  /** Ascending. What follows is by the place of the email in here. */
  readonly numbers: Float64Array;
  /** Milliseconds since 1970. */
  readonly dates: Float64Array;
  readonly sizes: Float64Array;
  /** A place in `keywordSets`. */
  readonly keywords: Uint32Array;
  /** A place in `mailboxSets`. */
  readonly mailboxes: Uint32Array;
  readonly keywordSets: readonly ReadonlySet<string>[];
  readonly mailboxSets: readonly ReadonlySet<string>[];
}

const made = new WeakMap<State, Overview>();

export function overviewOf(state: State): Overview {
  let overview = made.get(state);
  if (overview === undefined) {
    overview = make(state);
    made.set(state, overview);
  }
  return overview;
}

/** The place of an email in ascending numbers, or -1. */
export function placeIn(numbers: Float64Array, number: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle]! < number) low = middle + 1;
    else high = middle;
  }
  return numbers[low] === number ? low : -1;
}

function make(state: State): Overview {
  const numbers = allNumbers(state);
  const dates = new Float64Array(numbers.length).fill(Number.POSITIVE_INFINITY);
  const sizes = new Float64Array(numbers.length);
  const flags = new Combinations<Keywords>(({ any, allSeen }) => `${allSeen} ${[...any].sort().join(' ')}`);
  const places = new Combinations<ReadonlySet<string>>((set) => [...set].sort().join(' '));
  const keywords = new Uint32Array(numbers.length);
  const mailboxes = new Uint32Array(numbers.length);
  const byFlags = new Map<Flags, number>();
  for (const { id } of state.mailboxes.values()) {
    const rows = state.rows(id);
    const here = places.numberOf(new Set([id]));
    for (let row = 0, at = -1; row < rows.length; row++) {
      const set = rows.flags(row);
      if ((set.system & DELETED) !== 0) continue;
      const number = rows.email(row);
      at = numbers[at + 1] === number ? at + 1 : placeIn(numbers, number);
      const isFirst = dates[at] === Number.POSITIVE_INFINITY;
      dates[at] = Math.min(dates[at]!, rows.date(row));
      sizes[at] = rows.size(row);
      let combination = byFlags.get(set);
      if (combination === undefined) {
        combination = flags.numberOf({ any: new Set(keywordsOf(set)), allSeen: (set.system & SEEN) !== 0 });
        byFlags.set(set, combination);
      }
      keywords[at] = isFirst ? combination : flags.joined(keywords[at]!, combination, joinKeywords);
      mailboxes[at] = isFirst ? here : places.joined(mailboxes[at]!, here, (a, b) => new Set([...a, ...b]));
    }
  }
  // Design: rule 7: seen is what is seen everywhere, all else what is so anywhere.
  const keywordSets = flags.all.map(({ any, allSeen }) =>
    allSeen ? any : new Set([...any].filter((keyword) => keyword !== '$seen')),
  );
  return { numbers, dates, sizes, keywords, mailboxes, keywordSets, mailboxSets: places.all };
}

function joinKeywords(a: Keywords, b: Keywords): Keywords {
  return { any: new Set([...a.any, ...b.any]), allSeen: a.allSeen && b.allSeen };
}

/** Every email once, ascending. */
function allNumbers(state: State): Float64Array {
  let count = 0;
  for (const { messages } of state.mailboxes.values()) count += messages;
  const all = new Float64Array(count);
  let end = 0;
  for (const { id } of state.mailboxes.values()) {
    const rows = state.rows(id);
    for (let row = 0; row < rows.length; row++) {
      if ((rows.flags(row).system & DELETED) === 0) all[end++] = rows.email(row);
    }
  }
  const visible = all.subarray(0, end).sort();
  let distinct = 0;
  for (const number of visible) if (distinct === 0 || all[distinct - 1] !== number) all[distinct++] = number;
  return all.subarray(0, distinct);
}

/** Values under small numbers, the same value under the same. */
class Combinations<T> {
  readonly all: T[] = [];
  readonly #keyOf: (value: T) => string;
  readonly #numbers = new Map<string, number>();
  readonly #joined = new Map<string, number>();

  constructor(keyOf: (value: T) => string) {
    this.#keyOf = keyOf;
  }

  numberOf(value: T): number {
    const key = this.#keyOf(value);
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.all.push(value) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }

  joined(a: number, b: number, join: (a: T, b: T) => T): number {
    if (a === b) return a;
    const key = `${a} ${b}`;
    let number = this.#joined.get(key);
    if (number === undefined) {
      number = this.numberOf(join(this.all[a]!, this.all[b]!));
      this.#joined.set(key, number);
    }
    return number;
  }
}
