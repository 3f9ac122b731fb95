import { type Signal, signal } from '@preact/signals';
import { call, chain, MethodError } from '../api/jmap.ts';
import { take } from './emails.ts';
import { type Chosen, NONE, without } from './selection.ts';
import { emailsOfThreads, type Thread, takeThreads } from './threads.ts';
import { type Email, ROW_PROPERTIES } from './types.ts';

/** What a list shows: a filter and an order of RFC 8621 section 4.4. */
export interface Query {
  readonly filter: Readonly<Record<string, unknown>> | null;
  readonly sort: readonly { readonly property: string; readonly isAscending: boolean; readonly keyword?: string }[];
  readonly collapseThreads: boolean;
}

const PAGE = 50;
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

  /** Reads again what is on the screen, after something has changed. */
  async refresh(): Promise<void> {
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

  /** Takes out what an action has moved away, before the server says so. */
  remove(ids: ReadonlySet<string>): void {
    const before = this.#ids.length;
    const under = this.#ids[this.cursor.peek()];
    const above = this.#ids.slice(0, this.cursor.peek()).filter((id) => id !== undefined && ids.has(id)).length;
    this.#ids = this.#ids.filter((id) => id === undefined || !ids.has(id));
    const gone = before - this.#ids.length;
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
      const { ids } = await call<Answer>('Email/query', { ...this.query, position: at, limit: IDS });
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
      const found = await this.#ask({ position: page * PAGE, limit: PAGE });
      if (generation === this.#generation) this.#place(found);
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
    this.total.value = total ?? ids.length;
    this.#ids.length = Math.min(this.#ids.length, this.total.value);
    this.error.value = undefined;
    this.version.value++;
  }

  async #ask(window: Readonly<Record<string, unknown>>): Promise<Answer> {
    const [query, emails, threads] = await chain<[Answer, { list: Email[] }, { list: Thread[] }]>(
      ['Email/query', { ...this.query, ...window, calculateTotal: true }, 'q'],
      ['Email/get', { '#ids': { resultOf: 'q', name: 'Email/query', path: '/ids' }, properties: ROW_PROPERTIES }, 'e'],
      ['Thread/get', { '#ids': { resultOf: 'e', name: 'Email/get', path: '/list/*/threadId' } }, 't'],
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
