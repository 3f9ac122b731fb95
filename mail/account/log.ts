import { ConditionFailed, type Item, isTransient, NotFound, OutcomeUnknown, queryAll } from '../ports/index.ts';
import { Refused } from '../refused.ts';
import { decodeEntry, decodeHead, encodeEntry, encodeHead, type Head, payloadBlob } from './codec.ts';
import type { Deps } from './deps.ts';
import type { Entry, Operation } from './operations.ts';

/** Tries of a call that is refused before it did anything, and the wait between them. */
const TRIES = 6;
const BACKOFF_MS = 20;
const LONGEST_BACKOFF_MS = 2_000;
/** Entries read with the head in one query: more than a tail has when it is compacted in time. */
const TAIL_PAGE = 200;

const HEAD = 'h';

export function partitionOf(account: string): string {
  return `a/${account}`;
}

/** Sort keys: the head's is above every entry's, so that one reverse query reads it and the tail. */
export function entryKey(seq: number): string {
  return `e/${String(seq).padStart(13, '0')}`;
}

/** One account's items: entries by seq, and the head. */
export class AccountLog {
  readonly #deps: Deps;
  readonly #pk: string;

  constructor(deps: Deps, account: string) {
    this.#deps = deps;
    this.#pk = partitionOf(account);
  }

  /** The head, where there is one, and every entry behind its snapshot, ascending. */
  async open(): Promise<{ readonly head: Head | undefined; readonly entries: readonly Entry[] }> {
    let head: Head | undefined;
    const items: Item[] = [];
    const range = { pk: this.#pk, from: entryKey(0), to: HEAD, reverse: true, limit: TAIL_PAGE };
    for (;;) {
      const last = items.at(-1)?.sk;
      const page = await this.#deps.records.query(last === undefined ? range : { ...range, startAfter: last });
      for (const item of page.items) {
        if (item.sk === HEAD) head = decodeHead(item.body, item.rev ?? 0);
        else if (head === undefined || item.sk > entryKey(head.seq)) items.push(item);
        else return { head, entries: await this.#decodeAll(items.reverse()) };
      }
      if (page.next === undefined) return { head, entries: await this.#decodeAll(items.reverse()) };
    }
  }

  /** The entries behind `seq`, ascending, without a gap; with the head where `withHead`. None where the floor has passed `seq`. */
  async after(
    seq: number,
    withHead: boolean,
  ): Promise<{ readonly head: Head | undefined; readonly entries: readonly Entry[] }> {
    let head: Head | undefined;
    const items: Item[] = [];
    const range = { pk: this.#pk, from: entryKey(seq + 1), to: withHead ? HEAD : 'e/~' };
    for await (const item of queryAll(this.#deps.records, range)) {
      if (item.sk === HEAD) head = decodeHead(item.body, item.rev ?? 0);
      else items.push(item);
    }
    // What is left of the entries below the floor may be half dropped.
    if (head !== undefined && head.floor > seq) return { head, entries: [] };
    return { head, entries: await this.#decodeAll(items) };
  }

  /** Entries from `first` to `last`, oldest first, one by one: for history. Those that are dropped meanwhile are left out. */
  async *between(first: number, last: number): AsyncGenerator<Entry> {
    const range = { pk: this.#pk, from: entryKey(first), to: entryKey(last) };
    for await (const item of queryAll(this.#deps.records, range)) {
      const entry = await this.#decode(item);
      if (entry !== undefined) yield entry;
    }
  }

  /** The stored items at or below `last`, oldest first: for dropping and erasing. */
  items(last: number): AsyncGenerator<Item> {
    return queryAll(this.#deps.records, { pk: this.#pk, from: entryKey(0), to: entryKey(last) });
  }

  async drop(item: Item): Promise<void> {
    await this.#deps.records.delete(item.pk, item.sk, 'any');
  }

  async head(): Promise<Head | undefined> {
    const item = await this.#settledGet(HEAD);
    return item === undefined ? undefined : decodeHead(item.body, item.rev ?? 0);
  }

  /**
   * Puts other operations in the place of an entry's, with the same effects; seq, nonce and time stay. `change` gives undefined where there is
   * nothing to change, and may be called again. The blob that held the old ones is deleted, or named as `former`.
   */
  async rewrite(
    seq: number,
    change: (operations: readonly Operation[]) => readonly Operation[] | undefined,
  ): Promise<void> {
    const { records, blobs } = this.#deps;
    for (let attempt = 1; ; attempt++) {
      const item = await this.#settledGet(entryKey(seq));
      const entry = item === undefined ? undefined : await this.#settled(() => this.#decode(item));
      if (item === undefined || entry === undefined) return;
      const operations = change(entry.operations);
      const payload = payloadBlob(item.body);
      const former = [...(entry.former ?? []), ...(payload === undefined || operations === undefined ? [] : [payload])];
      if (operations !== undefined) {
        const body = await encodeEntry(blobs, { ...entry, operations, former });
        const rev = item.rev ?? 0;
        try {
          await records.put({ ...item, body, rev: rev + 1 }, { rev });
        } catch (error) {
          const lost = error instanceof ConditionFailed;
          if (!lost && (!isTransient(error) || attempt >= TRIES)) throw error;
          await this.#backOff(attempt);
          continue;
        }
      }
      for (const blob of former) await blobs.delete(blob);
      return;
    }
  }

  /**
   * Puts the entry `seq`, and settles what became of it. True: it is there, durable. False: another writer's is there.
   * Throws `Refused('unavailable')` only where nothing was written and nothing can still be; while the outcome is open it goes on
   * asking, because an answer either way could be wrong (design: rule 2). The body holds the nonce, so that an equal body is ours.
   */
  async append(seq: number, body: Uint8Array, nonce: string): Promise<boolean> {
    const item: Item = { pk: this.#pk, sk: entryKey(seq), body };
    let open = false;
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#deps.records.put(item, 'absent');
        return true;
      } catch (error) {
        // Refused the first time, it cannot be ours that is there.
        if (error instanceof ConditionFailed) return open && this.#isOurs(await this.#settledGet(item.sk), item, nonce);
        if (!isTransient(error)) throw error;
        open ||= error instanceof OutcomeUnknown;
        if (!open && attempt >= TRIES) throw new Refused('unavailable', 'The store does not answer: try again later.');
      }
      await this.#backOff(attempt);
      if (!open) continue;
      const there = await this.#settledGet(item.sk);
      if (there !== undefined) return this.#isOurs(there, item, nonce);
    }
  }

  /**
   * Takes a snapshot into use. `lost`: the head is not the one of `rev` any more. `passed`: it was lost, or it was in use for a moment and
   * another has built on it, so that what it names must stay.
   */
  async setHead(head: Omit<Head, 'rev'>, rev: number | undefined): Promise<'set' | 'lost' | 'passed'> {
    const item: Item = { pk: this.#pk, sk: HEAD, body: encodeHead(head), rev: (rev ?? 0) + 1 };
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#deps.records.put(item, rev === undefined ? 'absent' : { rev });
        return 'set';
      } catch (error) {
        if (error instanceof ConditionFailed) {
          const there = await this.#settledGet(HEAD);
          if (there !== undefined && equal(there.body, item.body)) return 'set';
          return there?.rev === item.rev ? 'lost' : 'passed';
        }
        // Whether it took effect or not, the log is the same: whoever comes next sees which head there is.
        if (!isTransient(error) || attempt >= TRIES) throw error;
      }
      await this.#backOff(attempt);
    }
  }

  /** Whether what stands in the slot is our entry, perhaps with content that was erased since. */
  async #isOurs(there: Item | undefined, ours: Item, nonce: string): Promise<boolean> {
    if (there === undefined) return false;
    if ((there.rev ?? 0) === 0) return equal(there.body, ours.body);
    return (await this.#settled(() => this.#decode(there)))?.nonce === nonce;
  }

  #settledGet(sk: string): Promise<Item | undefined> {
    return this.#settled(() => this.#deps.records.get(this.#pk, sk));
  }

  /** What is read, as soon as the store answers. */
  async #settled<T>(read: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await read();
      } catch (error) {
        if (!isTransient(error)) throw error;
      }
      await this.#backOff(attempt);
    }
  }

  async #backOff(attempt: number): Promise<void> {
    const longest = Math.min(BACKOFF_MS * 2 ** attempt, LONGEST_BACKOFF_MS);
    await this.#deps.clock.sleep(longest * (0.5 + this.#deps.random.number() / 2));
  }

  /** The entries, as far as none of them was dropped meanwhile. */
  async #decodeAll(items: readonly Item[]): Promise<Entry[]> {
    const entries = await Promise.all(items.map((item) => this.#decode(item)));
    const missing = entries.indexOf(undefined);
    return (missing < 0 ? entries : entries.slice(0, missing)) as Entry[];
  }

  /** An entry as it stands now, where its operations have moved to another blob since it was read; undefined: it was dropped. */
  async #decode(item: Item): Promise<Entry | undefined> {
    for (let current: Item | undefined = item; ; ) {
      try {
        return await decodeEntry(this.#deps.blobs, seqOf(item), current.body);
      } catch (error) {
        if (!(error instanceof NotFound)) throw error;
        const before: Uint8Array = current.body;
        current = await this.#deps.records.get(item.pk, item.sk);
        if (current === undefined) return undefined;
        if (equal(current.body, before)) throw error;
      }
    }
  }
}

function seqOf(item: Item): number {
  return Number(item.sk.slice(2));
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
