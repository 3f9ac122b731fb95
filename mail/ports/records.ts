/**
 * The key-value table: account logs, directory, outbound queue, traces.
 * DynamoDB in the cloud (one table), `node:sqlite` on one machine.
 *
 * Contract, checked by test/contracts/records for every adapter:
 * - A write that resolved is durable and is seen by every later consistent read, in every process.
 * - A write throws `ConditionFailed` (nothing written), `Unavailable` (nothing written), `TooLarge` (nothing written) or
 *   `OutcomeUnknown` (perhaps written). No other failure.
 * - Two conditional writes of one key that race: exactly one succeeds.
 * - Keys order by their UTF-8 bytes.
 * - An item's key and body together are at most ITEM_LIMIT bytes.
 */

/** Bytes of one item, key included (DynamoDB: 400 KB, of which 100 bytes are left for attribute names and numbers). */
export const ITEM_LIMIT = 400 * 1024 - 100;

export interface Item {
  /** Partition: items of one partition are ordered by `sk`. */
  readonly pk: string;
  readonly sk: string;
  /** Opaque to the store. */
  readonly body: Uint8Array;
  /** Version for conditional replacement; the writer chooses it (usually the old one + 1). Absent: 0. */
  readonly rev?: number;
  /** Seconds since 1970 after which the store may drop the item, at any later time. Readers must not rely on it. */
  readonly expires?: number;
}

/**
 * What must hold for a write: `absent` (nothing has that key), `{ rev }` (an item is there and has that rev),
 * or `any`.
 */
export type Expect = 'absent' | 'any' | { readonly rev: number };

export interface Range {
  readonly pk: string;
  /** First sort key, inclusive. Default: the partition's first. */
  readonly from?: string;
  /** Last sort key, inclusive. Default: the partition's last. */
  readonly to?: string;
  /** Descending order of `sk`. */
  readonly reverse?: boolean;
  /** At most so many items; a page may also end earlier, at 1 MB. */
  readonly limit?: number;
}

export interface Page {
  readonly items: readonly Item[];
  /** The last key read: pass it as `startAfter` to go on. Absent when the range is exhausted. */
  readonly next?: string;
}

export interface Records {
  /** Consistent read of one item. */
  get(pk: string, sk: string): Promise<Item | undefined>;
  /** Writes one item if `expect` holds. */
  put(item: Item, expect: Expect): Promise<void>;
  /** Deletes one item if `expect` holds; deleting what is not there with `any` succeeds. */
  delete(pk: string, sk: string, expect: Exclude<Expect, 'absent'>): Promise<void>;
  /** Consistent read of one page of a range, in the range's order, beginning behind `startAfter`. */
  query(range: Range & { readonly startAfter?: string }): Promise<Page>;
}

/** Every item of a range, page after page. */
export async function* queryAll(records: Records, range: Range): AsyncGenerator<Item> {
  let startAfter: string | undefined;
  let left = range.limit ?? Number.POSITIVE_INFINITY;
  for (;;) {
    const page = await records.query({
      ...range,
      ...(Number.isFinite(left) ? { limit: left } : {}),
      ...(startAfter === undefined ? {} : { startAfter }),
    });
    yield* page.items;
    left -= page.items.length;
    if (page.next === undefined || left <= 0) return;
    startAfter = page.next;
  }
}
