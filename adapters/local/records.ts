/** The key-value table in SQLite. */
import { Buffer } from 'node:buffer';
import type { StatementSync } from 'node:sqlite';
import {
  ConditionFailed,
  type Expect,
  ITEM_LIMIT,
  type Item,
  type Page,
  type Range,
  type Records,
  TooLarge,
} from '../../mail/ports/index.ts';
import type { Store } from './store.ts';

/** Bytes of bodies and keys after which a page ends. */
const PAGE_LIMIT = 1024 * 1024;
/** In SQLite every blob sorts behind every text. */
const BEHIND_ALL = new Uint8Array(0);
/** Items dropped in one transaction of the sweep (the statement's LIMIT). */
const SWEEP_BATCH = 500;

interface Row {
  readonly sk: string;
  readonly body: Uint8Array;
  readonly rev: number;
  readonly expires: number | null;
}

export class LocalRecords implements Records {
  readonly #store: Store;
  readonly #get: StatementSync;
  readonly #up: StatementSync;
  readonly #upBehind: StatementSync;
  readonly #down: StatementSync;
  readonly #downBehind: StatementSync;

  constructor(store: Store) {
    this.#store = store;
    this.#get = store.prepareRead('SELECT body, rev, expires FROM records WHERE pk = ?1 AND sk = ?2');
    // One lower and one upper bound each, so that the index leads straight to the first row.
    const select = (bounds: string) =>
      store.prepareRead(`SELECT sk, body, rev, expires FROM records WHERE pk = ?1 AND ${bounds}`);
    this.#up = select('sk >= ?2 AND sk <= ?3 ORDER BY sk');
    this.#upBehind = select('sk > ?2 AND sk <= ?3 ORDER BY sk');
    this.#down = select('sk >= ?2 AND sk <= ?3 ORDER BY sk DESC');
    this.#downBehind = select('sk >= ?2 AND sk < ?3 ORDER BY sk DESC');
  }

  async get(pk: string, sk: string): Promise<Item | undefined> {
    const row = this.#get.get(pk, sk) as Omit<Row, 'sk'> | undefined;
    return row === undefined ? undefined : toItem(pk, { sk, ...row });
  }

  async put(item: Item, expect: Expect): Promise<void> {
    const { pk, sk, body, rev = 0, expires = null } = item;
    if (size(item) > ITEM_LIMIT) throw new TooLarge(`an item takes at most ${ITEM_LIMIT} bytes`);
    if (expect === 'any') {
      await this.#store.write('putAny', pk, sk, body, rev, expires);
      return;
    }
    const changes =
      expect === 'absent'
        ? await this.#store.write('putAbsent', pk, sk, body, rev, expires)
        : await this.#store.write('putRev', pk, sk, body, rev, expires, expect.rev);
    if (changes === 0) throw new ConditionFailed('the item is not as expected');
  }

  async delete(pk: string, sk: string, expect: Exclude<Expect, 'absent'>): Promise<void> {
    if (expect === 'any') {
      await this.#store.write('deleteAny', pk, sk);
      return;
    }
    const changes = await this.#store.write('deleteRev', pk, sk, expect.rev);
    if (changes === 0) throw new ConditionFailed('the item is not as expected');
  }

  async query(range: Range & { readonly startAfter?: string }): Promise<Page> {
    const limit = range.limit ?? Number.POSITIVE_INFINITY;
    const items: Item[] = [];
    if (limit < 1) return { items };
    let bytes = 0;
    for (const row of this.#rows(range)) {
      // A row beyond the page proves that the range goes on behind the last one.
      if (items.length >= limit || bytes >= PAGE_LIMIT) return { items, next: items.at(-1)!.sk };
      const item = toItem(range.pk, row);
      items.push(item);
      bytes += size(item);
    }
    return { items };
  }

  /** Drops what has expired before `now` (seconds since 1970). */
  async dropExpired(now: number): Promise<void> {
    while ((await this.#store.write('dropExpired', now)) === SWEEP_BATCH);
  }

  #rows(range: Range & { readonly startAfter?: string }): Iterable<Row> {
    const { pk, from = '', to = BEHIND_ALL, reverse = false, startAfter } = range;
    const rows = reverse
      ? startAfter === undefined
        ? this.#down.iterate(pk, from, to)
        : this.#downBehind.iterate(pk, from, startAfter)
      : startAfter === undefined
        ? this.#up.iterate(pk, from, to)
        : this.#upBehind.iterate(pk, startAfter, to);
    return rows as unknown as Iterable<Row>;
  }
}

function toItem(pk: string, { sk, body, rev, expires }: Row): Item {
  return { pk, sk, body, ...(rev === 0 ? {} : { rev }), ...(expires === null ? {} : { expires }) };
}

function size({ pk, sk, body }: Item): number {
  return Buffer.byteLength(pk) + Buffer.byteLength(sk) + body.length;
}
