import { createHash } from 'node:crypto';
import { Refused } from '../refused.ts';
import { keys, rateItem } from './items.ts';
import type { DirectoryStore } from './store.ts';

/** So many in a span of time that begins with the first. */
export interface Rate {
  readonly most: number;
  readonly windowMs: number;
}

/** Counts what somebody may do so often only. In the records, so that all processes count together. */
export class Rates {
  readonly #store: DirectoryStore;

  constructor(store: DirectoryStore) {
    this.#store = store;
  }

  /** Counts one; false, and nothing is counted, where that would be one too many. `what` has counts of its own, for each `who`. */
  async take(what: string, who: string, { most, windowMs }: Rate): Promise<boolean> {
    const now = this.#store.clock.now();
    const key = keys.rate(what, createHash('sha256').update(who).digest('hex').slice(0, 32));
    try {
      await this.#store.update(
        key,
        rateItem,
        (item) => {
          const { began, count } = item !== undefined && now - item.began < windowMs ? item : { began: now, count: 0 };
          if (count >= most) throw new Enough();
          return { v: 1 as const, began, count: count + 1 };
        },
        Math.ceil((now + 2 * windowMs) / 1_000),
      );
      return true;
    } catch (error) {
      if (error instanceof Enough) return false;
      throw error;
    }
  }

  /** As `take`, and refused with that line where it is one too many. */
  async require(what: string, who: string, rate: Rate, message: string): Promise<void> {
    if (!(await this.take(what, who, rate))) throw new Refused('throttled', message);
  }
}

class Enough extends Error {}
