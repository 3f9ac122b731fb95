import { type Signal, signal } from '@preact/signals';
import { chain } from '../api/jmap.ts';
import { take } from './emails.ts';
import { type Email, ROW_PROPERTIES } from './types.ts';

/** What a list shows: a filter and an order of RFC 8621 section 4.4. */
export interface Query {
  readonly filter: Readonly<Record<string, unknown>> | null;
  readonly sort: readonly { readonly property: string; readonly isAscending: boolean; readonly keyword?: string }[];
  readonly collapseThreads: boolean;
}

const PAGE = 50;

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
  #ids: (string | undefined)[] = [];
  readonly #loading = new Set<number>();
  #visible: readonly [first: number, last: number] = [0, 0];

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

  /** Tells what is on the screen; what is missing there is read. */
  show(first: number, last: number): void {
    this.#visible = [first, last];
    for (let page = Math.floor(first / PAGE); page <= Math.floor(last / PAGE); page++) {
      const from = page * PAGE;
      const until = Math.min(from + PAGE, this.total.peek() ?? from + PAGE);
      let missing = this.total.peek() === undefined;
      for (let index = from; index < until && !missing; index++) missing = this.#ids[index] === undefined;
      if (missing) void this.#load(page);
    }
  }

  /** Reads again what is on the screen, after something has changed. */
  async refresh(): Promise<void> {
    const [first, last] = this.#visible;
    const pages: number[] = [];
    for (let page = Math.floor(first / PAGE); page <= Math.floor(last / PAGE); page++) pages.push(page);
    this.#loading.clear();
    await Promise.all(pages.map((page) => this.#load(page, page === pages[0])));
  }

  /** Takes out what an action has moved away, before the server says so. */
  remove(ids: ReadonlySet<string>): void {
    const before = this.#ids.length;
    this.#ids = this.#ids.filter((id) => id === undefined || !ids.has(id));
    const gone = before - this.#ids.length;
    if (gone === 0) return;
    if (this.total.peek() !== undefined) this.total.value = this.total.peek()! - gone;
    this.version.value++;
  }

  async #load(page: number, forget = false): Promise<void> {
    if (this.#loading.has(page)) return;
    this.#loading.add(page);
    try {
      const [query, emails] = await chain<[{ ids: string[]; total?: number }, { list: Email[] }]>(
        ['Email/query', { ...this.query, position: page * PAGE, limit: PAGE, calculateTotal: true }, 'q'],
        [
          'Email/get',
          { '#ids': { resultOf: 'q', name: 'Email/query', path: '/ids' }, properties: ROW_PROPERTIES },
          'e',
        ],
      );
      take(emails.list);
      if (forget) this.#ids = this.#ids.slice(0, 0);
      query.ids.forEach((id, index) => {
        this.#ids[page * PAGE + index] = id;
      });
      this.total.value = query.total ?? query.ids.length;
      this.#ids.length = Math.min(this.#ids.length, this.total.value);
      this.error.value = undefined;
      this.version.value++;
    } catch (error) {
      this.error.value = error as Error;
    } finally {
      this.#loading.delete(page);
    }
  }
}
