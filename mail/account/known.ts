import { hash } from 'node:crypto';
import { bytesToString, stringToBytes } from './bytes.ts';

/**
 * What an account remembers to decide about a new message: the delivery ids it has filed (design: rule 6) and the threads of
 * the Message-IDs it has seen (rule 8). It only grows between snapshots, so versions share one base; a draft keeps its
 * additions aside until they are committed. A version that is held on to may therefore know of later deliveries: only the
 * newest is ever asked.
 */

/** Deliveries are remembered for 45 days, and two more, so that no clock decides at the edge. */
export const DELIVERY_MEMORY_MS = 45 * 86_400_000;
const KEEP_DELIVERIES_MS = DELIVERY_MEMORY_MS + 2 * 86_400_000;
const MONTH_MS = 30 * 86_400_000;
const KEEP_MONTHS = 12;

interface Maps {
  /** Seconds since 1970 by delivery id. */
  readonly deliveries: Map<string, number>;
  /** Thread by key of a Message-ID, in months since 1970. */
  readonly months: Map<number, Map<number, number>>;
}

interface Additions {
  readonly deliveries: Map<string, number>;
  readonly threads: Map<number, readonly [thread: number, month: number]>;
}

/** What all versions share. Unpacked when it is first asked: most who open an account only read it. */
class Base {
  #stored: Uint8Array | undefined;
  readonly #maps: Maps = { deliveries: new Map(), months: new Map() };
  #waiting: Additions[] = [];

  constructor(stored: Uint8Array | undefined) {
    this.#stored = stored;
  }

  add(additions: Additions): void {
    if (this.#stored === undefined) include(this.#maps, additions);
    else this.#waiting.push(additions);
  }

  get maps(): Maps {
    if (this.#stored !== undefined) {
      decodeInto(this.#maps, this.#stored);
      this.#stored = undefined;
      for (const additions of this.#waiting) include(this.#maps, additions);
      this.#waiting = [];
    }
    return this.#maps;
  }
}

/** A number of 52 bits for a Message-ID or another name of a thread. */
export function threadKey(name: string): number {
  return Number.parseInt(hash('sha1', name, 'hex').slice(0, 13), 16);
}

export class Known {
  readonly #base: Base;
  #added: Additions;

  private constructor(base: Base, added: Additions) {
    this.#base = base;
    this.#added = added;
  }

  /** That of a new account, or what `encode` wrote. */
  static from(stored?: Uint8Array): Known {
    return new Known(new Base(stored), { deliveries: new Map(), threads: new Map() });
  }

  /** A version whose additions stay apart until `commit`. */
  fork(): Known {
    return new Known(this.#base, {
      deliveries: new Map(this.#added.deliveries),
      threads: new Map(this.#added.threads),
    });
  }

  /** Makes the additions part of what all later versions know. */
  commit(): void {
    this.#base.add(this.#added);
    this.#added = { deliveries: new Map(), threads: new Map() };
  }

  delivered(id: string): boolean {
    return this.#added.deliveries.has(id) || this.#base.maps.deliveries.has(id);
  }

  addDelivery(id: string, time: number): void {
    this.#added.deliveries.set(id, Math.floor(time / 1000));
  }

  /** The thread of a Message-ID, where one is known. */
  thread(key: number): number | undefined {
    return threadOf(this.#base.maps, key) ?? this.#added.threads.get(key)?.[0];
  }

  /** Remembers the thread of Message-IDs; what is known already stays. */
  addThreads(keys: readonly number[], thread: number, time: number): void {
    const month = Math.floor(time / MONTH_MS);
    for (const key of keys) {
      if (!this.#added.threads.has(key)) this.#added.threads.set(key, [thread, month]);
    }
  }

  /** What a snapshot keeps at `time`: additions included, what is too old left out. */
  encode(time: number): Uint8Array {
    const { maps } = this.#base;
    const merged: Maps = {
      deliveries: new Map(maps.deliveries),
      months: new Map([...maps.months].map(([month, keys]) => [month, new Map(keys)])),
    };
    include(merged, this.#added);
    const deliveries: [string, number][] = [];
    for (const [id, seconds] of merged.deliveries) {
      if (seconds * 1000 >= time - KEEP_DELIVERIES_MS) deliveries.push([id, seconds]);
    }
    const months: [number, number][] = [];
    const threads: number[] = [];
    for (const [month, keys] of merged.months) {
      if (month < Math.floor(time / MONTH_MS) - KEEP_MONTHS) continue;
      months.push([month, keys.size]);
      for (const [key, thread] of keys) threads.push(key, thread);
    }
    const head = stringToBytes(JSON.stringify({ v: 1, deliveries, months }));
    const bytes = new Uint8Array(4 + head.length + threads.length * 8);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, head.length, true);
    bytes.set(head, 4);
    for (let i = 0; i < threads.length; i++) view.setFloat64(4 + head.length + i * 8, threads[i]!, true);
    return bytes;
  }
}

function include(maps: Maps, { deliveries, threads }: Additions): void {
  for (const [id, seconds] of deliveries) maps.deliveries.set(id, seconds);
  for (const [key, [thread, month]] of threads) {
    if (threadOf(maps, key) !== undefined) continue;
    let keys = maps.months.get(month);
    if (keys === undefined) {
      keys = new Map();
      maps.months.set(month, keys);
    }
    keys.set(key, thread);
  }
}

function decodeInto(maps: Maps, bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true);
  const head = JSON.parse(bytesToString(bytes.subarray(4, 4 + length))) as {
    deliveries: [string, number][];
    months: [number, number][];
  };
  for (const [id, seconds] of head.deliveries) maps.deliveries.set(id, seconds);
  let at = 4 + length;
  for (const [month, size] of head.months) {
    const keys = new Map<number, number>();
    for (let i = 0; i < size; i++, at += 16) keys.set(view.getFloat64(at, true), view.getFloat64(at + 8, true));
    maps.months.set(month, keys);
  }
}

function threadOf(maps: Maps, key: number): number | undefined {
  for (const month of maps.months.values()) {
    const thread = month.get(key);
    if (thread !== undefined) return thread;
  }
  return undefined;
}
