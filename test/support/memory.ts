/** Every port of a store in memory, on a given clock and randomness: for unit tests and for the simulation. */
import { Jobs } from '../../adapters/local/jobs.ts';
import { LocalWakeups } from '../../adapters/local/wakeups.ts';
import {
  type BlobInfo,
  type BlobKind,
  type Blobs,
  type ByteRange,
  type Clock,
  ConditionFailed,
  type Expect,
  ITEM_LIMIT,
  type Item,
  JOB_LIMIT,
  type Log,
  MAX_DELAY_SECONDS,
  NotFound,
  type Page,
  type Queue,
  type QueueName,
  type Random,
  type Range,
  type ReceivedJob,
  type ReceiveOptions,
  type Records,
  randomName,
  type Schedule,
  TooLarge,
} from '../../mail/ports/index.ts';
import type { StorePorts } from './ports.ts';

const PAGE_LIMIT = 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;

/** A log that says nothing. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

export interface MemoryPorts extends StorePorts {
  readonly records: MemoryRecords;
  readonly blobs: MemoryBlobs;
  readonly queues: Readonly<Record<QueueName, MemoryQueue>>;
}

export function memoryPorts({ clock, random }: { readonly clock: Clock; readonly random: Random }): MemoryPorts {
  const queues = { deliver: new MemoryQueue(clock), send: new MemoryQueue(clock), compact: new MemoryQueue(clock) };
  return {
    records: new MemoryRecords(),
    blobs: new MemoryBlobs(clock, random),
    queues,
    schedule: new MemorySchedule(clock, queues),
    wakeups: new LocalWakeups(silentLog),
  };
}

/** Order of the UTF-8 bytes. UTF-16 code units order alike but for surrogates, which stand for the highest code points. */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left === right) continue;
    const leftIsHigh = left >= 0xd800 && left <= 0xdfff;
    const rightIsHigh = right >= 0xd800 && right <= 0xdfff;
    return leftIsHigh === rightIsHigh ? left - right : leftIsHigh ? 1 : -1;
  }
  return a.length - b.length;
}

interface Partition {
  readonly items: Map<string, Item>;
  /** In order. */
  readonly keys: string[];
}

export class MemoryRecords implements Records {
  readonly #partitions = new Map<string, Partition>();

  /** Every item, for the checks of a simulation. */
  *everything(): Generator<Item> {
    for (const { items } of this.#partitions.values()) yield* items.values();
  }

  async get(pk: string, sk: string): Promise<Item | undefined> {
    const item = this.#partitions.get(pk)?.items.get(sk);
    return item === undefined ? undefined : copyItem(item);
  }

  async put(item: Item, expect: Expect): Promise<void> {
    if (itemSize(item) > ITEM_LIMIT) throw new TooLarge(`an item takes at most ${ITEM_LIMIT} bytes`);
    this.#check(item.pk, item.sk, expect);
    let partition = this.#partitions.get(item.pk);
    if (partition === undefined) {
      partition = { items: new Map(), keys: [] };
      this.#partitions.set(item.pk, partition);
    }
    if (!partition.items.has(item.sk)) partition.keys.splice(firstAtOrAfter(partition.keys, item.sk), 0, item.sk);
    partition.items.set(item.sk, copyItem(item));
  }

  async delete(pk: string, sk: string, expect: Exclude<Expect, 'absent'>): Promise<void> {
    this.#check(pk, sk, expect);
    const partition = this.#partitions.get(pk);
    if (!partition?.items.delete(sk)) return;
    partition.keys.splice(firstAtOrAfter(partition.keys, sk), 1);
    if (partition.keys.length === 0) this.#partitions.delete(pk);
  }

  async query(range: Range & { readonly startAfter?: string }): Promise<Page> {
    const { pk, from, to, reverse = false, limit = Number.POSITIVE_INFINITY, startAfter } = range;
    const items: Item[] = [];
    const partition = this.#partitions.get(pk);
    if (partition === undefined || limit < 1) return { items };
    const { keys } = partition;
    let low = from === undefined ? 0 : firstAtOrAfter(keys, from);
    let high = to === undefined ? keys.length : firstAfter(keys, to);
    if (startAfter !== undefined) {
      if (reverse) high = Math.min(high, firstAtOrAfter(keys, startAfter));
      else low = Math.max(low, firstAfter(keys, startAfter));
    }
    let bytes = 0;
    for (let n = 0; n < high - low; n++) {
      if (items.length >= limit || bytes >= PAGE_LIMIT) return { items, next: items.at(-1)!.sk };
      const item = partition.items.get(keys[reverse ? high - 1 - n : low + n]!)!;
      items.push(copyItem(item));
      bytes += itemSize(item);
    }
    return { items };
  }

  #check(pk: string, sk: string, expect: Expect): void {
    if (expect === 'any') return;
    const found = this.#partitions.get(pk)?.items.get(sk);
    const holds = expect === 'absent' ? found === undefined : found !== undefined && (found.rev ?? 0) === expect.rev;
    if (!holds) throw new ConditionFailed('the item is not as expected');
  }
}

/** Index of the first key that does not order before `key`. */
function firstAtOrAfter(keys: readonly string[], key: string): number {
  return search(keys, (one) => compareUtf8(one, key) >= 0);
}

/** Index of the first key that orders behind `key`. */
function firstAfter(keys: readonly string[], key: string): number {
  return search(keys, (one) => compareUtf8(one, key) > 0);
}

/** Index of the first key that is `behind`; all that follow it must be, too. */
function search(keys: readonly string[], behind: (key: string) => boolean): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (behind(keys[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function copyItem(item: Item): Item {
  return { ...item, body: item.body.slice() };
}

function itemSize({ pk, sk, body }: Item): number {
  return Buffer.byteLength(pk) + Buffer.byteLength(sk) + body.length;
}

export class MemoryBlobs implements Blobs {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #blobs = new Map<string, { readonly kind: BlobKind; readonly bytes: Uint8Array; readonly info: BlobInfo }>();

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  async put(
    kind: BlobKind,
    source: Uint8Array | AsyncIterable<Uint8Array>,
    { owners }: { readonly owners: number },
  ): Promise<{ readonly name: string; readonly size: number }> {
    const bytes = source instanceof Uint8Array ? source.slice() : await gather(source);
    const name = `${kind}/m-${randomName(this.#random, 20)}`;
    const info: BlobInfo = { name, size: bytes.length, owners, written: this.#clock.now() };
    this.#blobs.set(name, { kind, bytes, info });
    return { name, size: bytes.length };
  }

  async get(name: string, range?: ByteRange): Promise<Uint8Array> {
    const { bytes } = this.#find(name);
    return bytes.slice(range?.start ?? 0, range?.end ?? bytes.length);
  }

  async *stream(name: string, range?: ByteRange): AsyncGenerator<Uint8Array> {
    const bytes = await this.get(name, range);
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
  }

  async info(name: string): Promise<BlobInfo> {
    return this.#find(name).info;
  }

  async delete(name: string): Promise<void> {
    this.#blobs.delete(name);
  }

  async *list(kind: BlobKind): AsyncGenerator<BlobInfo> {
    for (const blob of [...this.#blobs.values()]) if (blob.kind === kind) yield blob.info;
  }

  #find(name: string) {
    const blob = this.#blobs.get(name);
    if (blob === undefined) throw new NotFound(`no blob ${name}`);
    return blob;
  }
}

async function gather(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}

export class MemoryQueue implements Queue {
  readonly #clock: Clock;
  readonly #jobs: Jobs;
  readonly #bodies = new Map<number, string>();
  #lastId = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#jobs = new Jobs(clock);
  }

  /** Jobs that are not deleted, whether ready, delayed or in work. */
  get size(): number {
    return this.#jobs.size;
  }

  async send(
    body: string,
    { delaySeconds = 0, group = '' }: { readonly delaySeconds?: number; readonly group?: string } = {},
  ): Promise<void> {
    if (Buffer.byteLength(body) > JOB_LIMIT) throw new TooLarge(`a job takes at most ${JOB_LIMIT} bytes`);
    if (!(delaySeconds >= 0 && delaySeconds <= MAX_DELAY_SECONDS))
      throw new RangeError(`a queue delays by 0 to ${MAX_DELAY_SECONDS} s, not ${delaySeconds}: use the schedule`);
    this.#lastId += 1;
    this.#bodies.set(this.#lastId, body);
    this.#jobs.add(this.#lastId, this.#clock.now() + delaySeconds * 1000, group, 0);
  }

  async receive(options: ReceiveOptions): Promise<readonly ReceivedJob[]> {
    const deadline = this.#clock.now() + options.waitSeconds * 1000;
    while (!options.signal?.aborted) {
      const taken = this.#jobs.take(options.max, options.visibility * 1000);
      if (taken.length > 0)
        return taken.map(({ id, attempt }) => ({ handle: `${id}.${attempt}`, body: this.#bodies.get(id)!, attempt }));
      if (this.#clock.now() >= deadline) break;
      await this.#jobs.wait(deadline, options.signal);
    }
    return [];
  }

  async delete(handles: readonly string[]): Promise<void> {
    for (const handle of handles) {
      const [id] = handle.split('.').map(Number);
      this.#jobs.remove(id!);
      this.#bodies.delete(id!);
    }
  }

  async retry(handle: string, delaySeconds: number): Promise<void> {
    const [id, attempt] = handle.split('.').map(Number);
    if (this.#jobs.holds(id!, attempt!)) this.#jobs.release(id!, this.#clock.now() + delaySeconds * 1000);
  }
}

class MemorySchedule implements Schedule {
  readonly #clock: Clock;
  readonly #queues: Readonly<Record<QueueName, Queue>>;
  readonly #timers = new Map<string, () => void>();

  constructor(clock: Clock, queues: Readonly<Record<QueueName, Queue>>) {
    this.#clock = clock;
    this.#queues = queues;
  }

  async at(id: string, at: number, queue: QueueName, body: string): Promise<void> {
    this.#timers.get(id)?.();
    const cancel = this.#clock.after(Math.max(0, at - this.#clock.now()), () => {
      this.#timers.delete(id);
      void this.#queues[queue].send(body);
    });
    this.#timers.set(id, cancel);
  }

  async cancel(id: string): Promise<void> {
    this.#timers.get(id)?.();
    this.#timers.delete(id);
  }
}
