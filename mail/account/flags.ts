import { type Flags, SYSTEM_FLAGS } from './types.ts';

/**
 * The combinations of flags that occur in an account, each under a small number, so that a row holds one number and a
 * change of flags on thousands of rows is worked out once per combination. Immutable: `including` gives a longer table.
 */
export class FlagTable {
  static readonly EMPTY = new FlagTable([[]]);
  readonly #sets: readonly Flags[];
  readonly #numbers: ReadonlyMap<string, number>;
  /** First spelling of each keyword, by its lower case form: later spellings mean the same keyword. */
  readonly #spelling: ReadonlyMap<string, string>;

  constructor(lists: readonly (readonly string[])[]) {
    const sets: Flags[] = [];
    const numbers = new Map<string, number>();
    const spelling = new Map<string, string>();
    for (const list of lists) {
      const flags = normalised(list, spelling);
      for (const keyword of flags.keywords) spelling.set(keyword.toLowerCase(), keyword);
      numbers.set(keyOf(flags), sets.length);
      sets.push(flags);
    }
    this.#sets = sets;
    this.#numbers = numbers;
    this.#spelling = spelling;
  }

  get(number: number): Flags {
    const flags = this.#sets[number];
    if (flags === undefined) throw new Error(`no flag combination ${number}`);
    return flags;
  }

  /** The number of a combination, in any order and spelling; undefined where the table does not have it. */
  find(list: readonly string[]): number | undefined {
    return this.#numbers.get(keyOf(normalised(list, this.#spelling)));
  }

  /** This table, or a longer one, that has the combination. System flags that do not exist are left out. */
  including(list: readonly string[]): FlagTable {
    return this.find(list) === undefined ? new FlagTable([...this.toJSON(), list]) : this;
  }

  /** What setting, adding or removing flags makes of a combination. */
  changed(base: number, mode: 'set' | 'add' | 'remove', change: readonly string[]): readonly string[] {
    if (mode === 'set') return change;
    const from = this.get(base).list;
    if (mode === 'add') return [...from, ...change];
    const gone = new Set(change.map((flag) => flag.toLowerCase()));
    return from.filter((flag) => !gone.has(flag.toLowerCase()));
  }

  /** All combinations in the order of their numbers, for a snapshot. */
  toJSON(): (readonly string[])[] {
    return this.#sets.map((flags) => flags.list);
  }
}

function normalised(list: readonly string[], spelling: ReadonlyMap<string, string>): Flags {
  let system = 0;
  const keywords = new Map<string, string>();
  for (const flag of list) {
    const key = flag.toLowerCase();
    const bit = SYSTEM_FLAGS.findIndex((name) => name.toLowerCase() === key);
    if (bit >= 0) system |= 1 << bit;
    else if (!flag.startsWith('\\') && !keywords.has(key)) keywords.set(key, spelling.get(key) ?? flag);
  }
  const sorted = [...keywords.values()].sort();
  return {
    system,
    keywords: sorted,
    list: [...SYSTEM_FLAGS.filter((_, bit) => (system & (1 << bit)) !== 0), ...sorted],
  };
}

function keyOf(flags: Flags): string {
  return `${flags.system} ${flags.keywords.join(' ')}`;
}
