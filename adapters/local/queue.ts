/**
 * Queues in SQLite. The rows are the truth, what is in work is known in memory only. A send wakes a waiting receiver in
 * the same process at once.
 */
import { Buffer } from 'node:buffer';
import type { StatementSync } from 'node:sqlite';
import {
  type Clock,
  JOB_LIMIT,
  MAX_DELAY_SECONDS,
  type Queue,
  type ReceivedJob,
  type ReceiveOptions,
  TooLarge,
} from '../../mail/ports/index.ts';
import { Jobs } from './jobs.ts';
import type { Store, Write } from './store.ts';

/** Characters of job bodies kept in memory, all queues together; what is beyond is read when it is received. */
const BODIES_LIMIT = 8 * 1024 * 1024;

/** Bodies read before others have their turn. */
const BODIES_AT_ONCE = 500;

/** All queues of a home. */
export class LocalQueues {
  readonly #clock: Clock;
  readonly #store: Store;
  readonly #queues = new Map<string, LocalQueue>();
  readonly #bodies = new Map<number, string>();
  readonly #readBody: StatementSync;
  #bodyChars = 0;
  #lastId = 0;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    this.#readBody = store.prepareRead('SELECT body FROM jobs WHERE id = ?1');
    const left = store.prepareRead('SELECT id, queue, due, grp, attempts FROM jobs ORDER BY id').iterate();
    for (const row of left) {
      this.#lastId = Number(row.id);
      this.queue(String(row.queue)).jobs.add(this.#lastId, Number(row.due), String(row.grp), Number(row.attempts));
    }
  }

  /** The queue of that name; the same object each time. */
  queue(name: string): LocalQueue {
    const known = this.#queues.get(name);
    if (known !== undefined) return known;
    const queue = new LocalQueue(name, this, this.#store, this.#clock);
    this.#queues.set(name, queue);
    return queue;
  }

  close(): void {
    for (const queue of this.#queues.values()) queue.jobs.close();
  }

  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  keepBody(id: number, body: string): void {
    if (this.#bodyChars + body.length > BODIES_LIMIT) return;
    this.#bodies.set(id, body);
    this.#bodyChars += body.length;
  }

  body(id: number): string {
    const body = this.bodyIfThere(id);
    if (body === undefined) throw new Error(`job ${id} is not in the database`);
    return body;
  }

  bodyIfThere(id: number): string | undefined {
    const kept = this.#bodies.get(id);
    if (kept !== undefined) return kept;
    const row = this.#readBody.get(id);
    return row === undefined ? undefined : String(row.body);
  }

  dropBody(id: number): void {
    this.#bodyChars -= this.#bodies.get(id)?.length ?? 0;
    this.#bodies.delete(id);
  }
}

export class LocalQueue implements Queue {
  readonly jobs: Jobs;
  readonly #name: string;
  readonly #all: LocalQueues;
  readonly #store: Store;
  readonly #clock: Clock;

  constructor(name: string, all: LocalQueues, store: Store, clock: Clock) {
    this.#name = name;
    this.#all = all;
    this.#store = store;
    this.#clock = clock;
    this.jobs = new Jobs(clock);
  }

  send(body: string, options: { readonly delaySeconds?: number; readonly group?: string } = {}): Promise<void> {
    return this.sendAlong(body, options, []);
  }

  /** Like `send`; `also` is written with the job or not at all. */
  async sendAlong(
    body: string,
    { delaySeconds = 0, group = '' }: { readonly delaySeconds?: number; readonly group?: string },
    also: readonly Write[],
  ): Promise<void> {
    if (Buffer.byteLength(body) > JOB_LIMIT) throw new TooLarge(`a job takes at most ${JOB_LIMIT} bytes`);
    if (!(delaySeconds >= 0 && delaySeconds <= MAX_DELAY_SECONDS))
      throw new RangeError(`a queue delays by 0 to ${MAX_DELAY_SECONDS} s, not ${delaySeconds}: use the schedule`);
    const id = this.#all.nextId();
    const due = this.#clock.now() + delaySeconds * 1000;
    await this.#store.writeAll([['jobAdd', id, this.#name, body, due, group], ...also]);
    this.#all.keepBody(id, body);
    this.jobs.add(id, due, group, 0);
  }

  async receive(options: ReceiveOptions): Promise<readonly ReceivedJob[]> {
    const deadline = this.#clock.now() + options.waitSeconds * 1000;
    for (;;) {
      const taken = this.jobs.take(options.max, options.visibility * 1000);
      if (taken.length > 0)
        return taken.map(({ id, attempt }) => ({ handle: `${id}.${attempt}`, body: this.#all.body(id), attempt }));
      if (this.#clock.now() >= deadline || options.signal?.aborted || this.jobs.closed) return [];
      await this.jobs.wait(deadline, options.signal);
    }
  }

  /** Of every job that is there from the call to the end, received or not; others may be among them. */
  async *bodies(): AsyncGenerator<string> {
    for (const [i, id] of this.jobs.ids().entries()) {
      if (i % BODIES_AT_ONCE === 0) await new Promise(setImmediate);
      const body = this.#all.bodyIfThere(id);
      if (body !== undefined) yield body;
    }
  }

  async delete(handles: readonly string[]): Promise<void> {
    for (const handle of handles) {
      const { id } = parseHandle(handle);
      if (!this.jobs.remove(id)) continue;
      this.#all.dropBody(id);
      // Nobody waits for it: if a crash forgets it, the job comes again, as "at least once" allows.
      this.#store.defer('jobDelete', id);
    }
  }

  async retry(handle: string, delaySeconds: number): Promise<void> {
    const { id, attempt } = parseHandle(handle);
    // A reception that outlived its lease has no say any more.
    if (!this.jobs.holds(id, attempt)) return;
    const due = this.#clock.now() + delaySeconds * 1000;
    this.jobs.release(id, due);
    this.#store.defer('jobRetry', id, due, attempt);
  }
}

function parseHandle(handle: string): { readonly id: number; readonly attempt: number } {
  const [id, attempt] = handle.split('.').map(Number);
  if (id === undefined || attempt === undefined || Number.isNaN(id + attempt))
    throw new TypeError('not a handle of this queue');
  return { id, attempt };
}
