import { type Signal, signal } from '@preact/signals';
import { call, chain } from '../api/jmap.ts';
import { MethodError } from '../api/method-error.ts';
import { email, take } from './emails.ts';
import { PAGE, rowsOf } from './first.ts';
import { HELD_MOST, isByKeyword, isHeld, withHeld } from './held.ts';
import { type Chosen, NONE, without } from './selection.ts';
import { emailsOfThreads, type Thread, takeThreads } from './threads.ts';
import { type Email, ROW_PROPERTIES } from './types.ts';

/** What a list shows: a filter and an order of RFC 8621 section 4.4. */
export interface Query {
  readonly filter: Readonly<Record<string, unknown>> | null;
  readonly sort: readonly { readonly property: string; readonly isAscending: boolean; readonly keyword?: string }[];
  readonly collapseThreads: boolean;
}

/** Ids of one /query at most, as the server answers (docs/jmap.md). */
const IDS = 5_000;

interface Answer {
  readonly ids: readonly string[];
  readonly position: number;
  readonly total?: number;
}

/**
 * The ids of a query, as many as were looked at: a list of any length costs what of it is on the screen. A page that comes replaces what
 * stood there, so that the list never flickers when it is read again.
 */
export class List {
  readonly query: Query;
  /** How many there are; undefined until it is known. */
  readonly total: Signal<number | undefined> = signal(undefined);
  readonly error: Signal<Error | undefined> = signal(undefined);
  /** Counts changes of the ids. */
  readonly version: Signal<number> = signal(0);
  /** Where the reader was, in pixels: kept for when he comes back. */
  scrollTop = 0;
  /** The row that has the focus, had it last, or is read. */
  readonly cursor: Signal<number> = signal(0);
  readonly chosen: Signal<Chosen> = signal(NONE);
  /** What an action has moved away last. */
  readonly removed: Signal<ReadonlySet<string>> = signal(new Set<string>());
  #ids: (string | undefined)[] = [];
  readonly #loading = new Set<number>();
  #visible: readonly [first: number, last: number] = [0, 0];
  #anchor: number | undefined;
  #shift = 0;
  #generation = 0;
  /** Rows that the server does not find any more: all of them are among the first that were read together. */
  #held: ReadonlySet<string> = new Set();

  constructor(query: Query) {
    this.query = query;
  }

  idAt(index: number): string | undefined {
    return this.#ids[index];
  }

  indexOf(id: string): number {
    return this.#ids.indexOf(id);
  }

  /** Ids that are known, in order. */
  known(): readonly string[] {
    return this.#ids.filter((id) => id !== undefined);
  }

  /** Ids of the rows that are on the screen. */
  visible(): readonly string[] {
    return this.#ids.slice(this.#visible[0], this.#visible[1] + 1).filter((id) => id !== undefined);
  }

  /**
   * Tells what is on the screen. `anchor`: the row that must not move when others come or go above it;
   * none at the top of the list, where new ones are to be seen.
   */
  look(first: number, last: number, anchor?: number): void {
    this.#visible = [first, last];
    this.#anchor = anchor;
  }

  /** Reads what is missing of what is on the screen. */
  fill(): void {
    const [first, last] = this.#visible;
    for (let page = Math.floor(first / PAGE); page <= Math.floor(last / PAGE); page++) {
      const from = page * PAGE;
      const until = Math.min(from + PAGE, this.total.peek() ?? from + PAGE);
      let missing = this.total.peek() === undefined;
      for (let index = from; index < until && !missing; index++) missing = this.#ids[index] === undefined;
      if (missing) void this.#load(page);
    }
  }

  /** By how many rows the anchor has moved since it was asked for. */
  takeShift(): number {
    const shift = this.#shift;
    this.#shift = 0;
    return shift;
  }

  /** Follows what has changed; what a filter by a keyword would lose of what is looked at stays. */
  follow(): Promise<void> {
    return isByKeyword(this.query) && this.#ids.length <= HELD_MOST ? this.#refreshHeld() : this.refresh();
  }

  /** Reads again what is on the screen, after something has changed. */
  async refresh(): Promise<void> {
    this.#held = new Set();
    const [first, last] = this.#visible;
    const generation = ++this.#generation;
    this.#loading.clear();
    const limit = Math.max(PAGE, last - first + 1);
    const anchor = this.#anchor;
    const id = anchor === undefined ? undefined : this.#ids[anchor];
    try {
      const found =
        id === undefined
          ? await this.#ask({ position: first, limit })
          : await this.#ask({ anchor: id, anchorOffset: first - anchor!, limit }).catch((error: Error) => {
              // It went away: the place stays then, and not the row.
              if (!(error instanceof MethodError) || error.type !== 'anchorNotFound') throw error;
              return this.#ask({ position: first, limit });
            });
      if (generation !== this.#generation) return;
      const under = this.#ids[this.cursor.peek()];
      this.#ids = [];
      const at = id === undefined ? -1 : found.ids.indexOf(id);
      if (at >= 0) this.#shift += found.position + at - anchor!;
      this.#place(found);
      const now = under === undefined ? -1 : this.#ids.indexOf(under);
      if (now >= 0) this.cursor.value = now;
    } catch (error) {
      if (generation === this.#generation) this.error.value = error as Error;
    }
  }

  async #refreshHeld(): Promise<void> {
    const generation = ++this.#generation;
    this.#loading.clear();
    const before = this.known();
    const limit = Math.max(PAGE, this.#ids.length, this.#visible[1] + 1);
    try {
      const found = await this.#ask({ position: 0, limit });
      const gone = before.filter((id) => !found.ids.includes(id));
      const { list } =
        gone.length === 0
          ? { list: [] }
          : await call<{ list: Email[] }>('Email/get', { ids: gone, properties: ROW_PROPERTIES });
      if (generation !== this.#generation) return;
      take(list);
      // A conversation stands in the list once.
      const threads = new Set(found.ids.map((id) => email(id).peek()?.threadId));
      const stay = list.filter((one) => isHeld(one, this.query) && !threads.has(one.threadId)).map(({ id }) => id);
      const [under, anchor] = [this.#ids[this.cursor.peek()], this.#anchor];
      const at = anchor === undefined ? undefined : this.#ids[anchor];
      this.#held = new Set(stay);
      this.#ids = [];
      this.#place({ ...found, ids: withHeld(before, found.ids, this.#held) });
      const now = under === undefined ? -1 : this.#ids.indexOf(under);
      if (now >= 0) this.cursor.value = now;
      const moved = at === undefined ? -1 : this.#ids.indexOf(at);
      if (moved >= 0) this.#shift += moved - anchor!;
    } catch (error) {
      if (generation === this.#generation) this.error.value = error as Error;
    }
  }

  /** Takes out what an action has moved away, before the server says so. */
  remove(ids: ReadonlySet<string>): void {
    const before = this.#ids.length;
    const under = this.#ids[this.cursor.peek()];
    const above = this.#ids.slice(0, this.cursor.peek()).filter((id) => id !== undefined && ids.has(id)).length;
    this.#ids = this.#ids.filter((id) => id === undefined || !ids.has(id));
    const gone = before - this.#ids.length;
    this.#held = new Set([...this.#held].filter((id) => !ids.has(id)));
    // Answers on their way know nothing of this; the server's word that it is done has the list read again.
    this.#generation++;
    this.#loading.clear();
    this.chosen.value = without(this.chosen.peek(), ids);
    if (gone === 0) return;
    // The row that was under the cursor, or the one that took its place.
    const at = under === undefined ? -1 : this.#ids.indexOf(under);
    const last = Math.max(0, (this.total.peek() ?? 0) - gone - 1);
    this.cursor.value = Math.min(at >= 0 ? at : this.cursor.peek() - above, last);
    this.removed.value = ids;
    if (this.total.peek() !== undefined) this.total.value = this.total.peek()! - gone;
    this.version.value++;
  }

  /** All ids from one row to another; those that were not on the screen yet are asked for. */
  async between(one: number, other: number): Promise<readonly string[]> {
    const first = Math.min(one, other);
    const last = Math.max(one, other);
    for (let at = first; at <= last; at++) {
      if (this.#ids[at] !== undefined) continue;
      const position = Math.max(0, at - this.#held.size);
      const { ids } = await call<Answer>('Email/query', { ...this.query, position, limit: IDS });
      if (ids.length === 0) break;
      ids.forEach((id, index) => {
        this.#ids[at + index] = id;
      });
    }
    return this.#ids.slice(first, last + 1).filter((id) => id !== undefined);
  }

  async #load(page: number): Promise<void> {
    if (this.#loading.has(page)) return;
    this.#loading.add(page);
    const generation = this.#generation;
    try {
      const held = this.#held.size;
      const found = await this.#ask({ position: Math.max(0, page * PAGE - held), limit: PAGE });
      if (generation === this.#generation) this.#place({ ...found, position: found.position + held });
    } catch (error) {
      if (generation === this.#generation) this.error.value = error as Error;
    } finally {
      this.#loading.delete(page);
    }
  }

  #place({ ids, position, total }: Answer): void {
    ids.forEach((id, index) => {
      // One that stood elsewhere has moved here.
      this.#ids[position + index] = id;
    });
    this.total.value = (total ?? ids.length) + this.#held.size;
    this.#ids.length = Math.min(this.#ids.length, this.total.value);
    this.error.value = undefined;
    this.version.value++;
  }

  async #ask(window: Readonly<Record<string, unknown>>): Promise<Answer> {
    const [query, emails, threads] = await chain<[Answer, { list: Email[] }, { list: Thread[] }]>(
      ...rowsOf({ ...this.query, ...window }),
    );
    take(emails.list);
    takeThreads(threads.list);
    // What else is in these conversations, for what is unread or starred in them: it may come later than the rows.
    if (this.query.collapseThreads) void emailsOfThreads(threads.list.map(({ id }) => id)).catch(() => undefined);
    return query;
  }
}

/** Lists that were looked at last, so that coming back is at once and to the same place. */
const kept = new Map<string, List>();
const KEPT = 8;

export function listOf(query: Query): List {
  const key = JSON.stringify(query);
  const list = kept.get(key) ?? new List(query);
  kept.delete(key);
  kept.set(key, list);
  for (const oldest of kept.keys()) {
    if (kept.size <= KEPT) break;
    kept.delete(oldest);
  }
  return list;
}

/** Forgets everything, after signing out. */
export function forgetLists(): void {
  kept.clear();
}
