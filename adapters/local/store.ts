/**
 * The database of a home. Writes go to a thread in batches: all that gathers while one batch is made durable is the
 * next (group commit). One that comes alone is written here. Reads use a connection of this thread: in WAL mode they wait for nobody, and see a commit only
 * when it is durable.
 */
import { closeSync, openSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import type { Log } from '../../mail/ports/index.ts';
import { OutcomeUnknown, Unavailable } from '../../mail/ports/index.ts';
import { Alone } from './alone.ts';
import { Committer } from './committer.ts';
import {
  type BatchResult,
  FORMAT,
  NOT_WRITTEN,
  PAGE_BYTES,
  PERHAPS_WRITTEN,
  SCHEMA,
  type SqlValue,
  WRITE_NAMES,
  type WriteName,
} from './schema.ts';

/** How long an operation that nobody waits for may stay in memory when no other write comes. */
const DEFER_MS = 50;
/** Of the batches that are written here, one in so many goes to the thread all the same: it looks after the length of the log. */
const HERE_AT_MOST = 1000;
/** Batches at the writer at once: with two, it finds the next one waiting when an fsync ends. */
const MAX_IN_FLIGHT = 2;

const NUMBER_OF = new Map<WriteName, number>(WRITE_NAMES.map((name, number) => [name, number]));

interface Waiter {
  resolve(changes: number): void;
  reject(error: Error): void;
}

/** One write of a group that is committed together (`writeAll`). */
export type Write = readonly [name: WriteName, ...parameters: SqlValue[]];

/** Operations gathered for the writer, their bodies in one buffer that changes hands instead of being copied again. */
class Gathering {
  readonly operations: SqlValue[] = [];
  readonly waiters: (Waiter | undefined)[] = [];
  #arena = new Uint8Array(4 * 1024);
  #used = 0;

  /** `tied`: this and the next are written both or neither. */
  add(name: WriteName, parameters: readonly SqlValue[], waiter: Waiter | undefined, tied: boolean): void {
    this.operations.push(NUMBER_OF.get(name)!, tied ? 1 : 0, parameters.length);
    for (const value of parameters) this.operations.push(value instanceof Uint8Array ? this.#copy(value) : value);
    this.waiters.push(waiter);
  }

  /** The buffers that the operations lie in. */
  transfer(): ArrayBuffer[] {
    const buffers = new Set<ArrayBuffer>();
    for (const value of this.operations) if (value instanceof Uint8Array) buffers.add(value.buffer as ArrayBuffer);
    return [...buffers];
  }

  #copy(bytes: Uint8Array): Uint8Array {
    if (this.#used + bytes.length > this.#arena.length) {
      this.#arena = new Uint8Array(Math.max(this.#arena.length * 2, bytes.length));
      this.#used = 0;
    }
    const place = this.#arena.subarray(this.#used, this.#used + bytes.length);
    place.set(bytes);
    this.#used += bytes.length;
    return place;
  }
}

export class Store {
  /** For reads only. A statement must be run to its end before control returns to the event loop. */
  readonly #reader: DatabaseSync;
  readonly #worker: Worker;
  /** Writes what comes alone, and only while the thread has nothing to write. */
  readonly #committer: Committer;
  readonly #alone = new Alone();
  #here = 0;
  readonly #log: Log;
  readonly #inFlight: Gathering[] = [];
  #gathering = new Gathering();
  #scheduled = false;
  #deferTimer: NodeJS.Timeout | undefined;
  #dead: string | undefined;
  #idle: (() => void) | undefined;

  private constructor(file: string, log: Log) {
    this.#log = log;
    this.#reader = new DatabaseSync(file, { readOnly: true });
    this.#committer = new Committer(file, false);
    this.#worker = new Worker(new URL('./store-worker.ts', import.meta.url), { workerData: { file } });
    this.#worker.on('message', (result: BatchResult) => this.#answer(result));
    this.#worker.on('error', (error) => this.#die(String(error)));
    this.#worker.on('exit', () => this.#die('its writer has stopped'));
    this.#worker.unref();
  }

  /** Opens the database in `file`, or makes it; `now` in milliseconds since 1970. Throws a plain error when a newer Postern wrote it. */
  static open(file: string, log: Log, now: number): Store {
    prepare(file, now);
    return new Store(file, log);
  }

  /** A statement on the read connection. */
  prepareRead(sql: string): StatementSync {
    return this.#reader.prepare(sql);
  }

  /** Resolves with the number of rows changed once that is durable. Throws Unavailable or OutcomeUnknown. */
  write(name: WriteName, ...parameters: SqlValue[]): Promise<number> {
    return this.#write(name, parameters, false);
  }

  /** Like `write` for several that become durable together, in this order, or not at all. */
  async writeAll(writes: readonly Write[]): Promise<readonly number[]> {
    // Added in one turn, they are in one batch.
    const pending = writes.map(([name, ...parameters], index) =>
      this.#write(name, parameters, index < writes.length - 1),
    );
    const settled = await Promise.allSettled(pending);
    const failed = settled.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    return settled.map((one) => (one as PromiseFulfilledResult<number>).value);
  }

  /** A write that nobody waits for: it rides with the next commit, in order, and may be lost in a crash before it. */
  defer(name: WriteName, ...parameters: SqlValue[]): void {
    this.#add(name, parameters, undefined, false);
    this.#deferTimer ??= setTimeout(() => this.#schedule(), DEFER_MS);
  }

  /** Commits what is pending and closes both connections. */
  async close(): Promise<void> {
    if (this.#dead === undefined) {
      this.defer('lifeEnd');
      this.#schedule();
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
        this.#wakeIfIdle();
      });
      this.#dead = 'it is closed';
      this.#worker.ref();
      const exited = new Promise((resolve) => this.#worker.once('exit', resolve));
      this.#committer.close();
      this.#worker.postMessage('close');
      await exited;
    }
    clearTimeout(this.#deferTimer);
    if (this.#reader.isOpen) this.#reader.close();
  }

  #write(name: WriteName, parameters: readonly SqlValue[], tied: boolean): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#add(name, parameters, { resolve, reject }, tied);
      this.#schedule();
    });
  }

  #add(name: WriteName, parameters: readonly SqlValue[], waiter: Waiter | undefined, tied: boolean): void {
    if (this.#dead === undefined) this.#gathering.add(name, parameters, waiter, tied);
    else waiter?.reject(new Unavailable(`the store does not take writes: ${this.#dead}`));
  }

  #schedule(): void {
    if (this.#scheduled || this.#gathering.waiters.length === 0) return;
    this.#scheduled = true;
    // Not at once: whoever was woken in this turn of the event loop adds to the same batch.
    setImmediate(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#dead !== undefined || this.#inFlight.length >= MAX_IN_FLIGHT) return;
    const batch = this.#gathering;
    if (batch.waiters.length === 0) return;
    this.#gathering = new Gathering();
    clearTimeout(this.#deferTimer);
    this.#deferTimer = undefined;
    const alone = this.#alone.is(batch.waiters.length, this.#inFlight.length > 0);
    if (alone && ++this.#here % HERE_AT_MOST !== 0) {
      this.#settle(
        batch,
        this.#alone.run(() => this.#committer.write(batch)),
      );
      return;
    }
    this.#inFlight.push(batch);
    this.#worker.ref();
    this.#worker.postMessage({ operations: batch.operations }, batch.transfer());
  }

  #answer(result: BatchResult): void {
    const batch = this.#inFlight.shift()!;
    this.#settle(batch, result);
    if (this.#inFlight.length === 0) this.#worker.unref();
  }

  #settle(batch: Gathering, { results, error }: BatchResult): void {
    if (error !== undefined) this.#log.error('store.write.failed', { error, operations: batch.waiters.length });
    batch.waiters.forEach((waiter, index) => {
      const result = results[index]!;
      if (result === NOT_WRITTEN) waiter?.reject(new Unavailable(`the store did not write: ${error}`));
      else if (result === PERHAPS_WRITTEN) waiter?.reject(new OutcomeUnknown(`the store perhaps wrote: ${error}`));
      else waiter?.resolve(result);
    });
    this.#schedule();
    this.#wakeIfIdle();
  }

  #wakeIfIdle(): void {
    if (this.#inFlight.length === 0 && this.#gathering.waiters.length === 0) this.#idle?.();
  }

  #die(reason: string): void {
    if (this.#dead !== undefined) return;
    this.#dead = reason;
    this.#log.error('store.writer.lost', { reason });
    for (const batch of this.#inFlight.splice(0))
      for (const waiter of batch.waiters) waiter?.reject(new OutcomeUnknown(`the store perhaps wrote: ${reason}`));
    for (const waiter of this.#gathering.waiters) waiter?.reject(new Unavailable(`the store did not write: ${reason}`));
    this.#gathering = new Gathering();
    this.#idle?.();
  }
}

/** Makes the database or checks its format, on this thread: nothing else runs yet. */
function prepare(file: string, now: number): void {
  // Made by us first, because SQLite would make it (and the WAL beside it) readable for all.
  closeSync(openSync(file, 'a', 0o600));
  const database = new DatabaseSync(file);
  try {
    const format = Number(database.prepare('PRAGMA user_version').get()!.user_version);
    if (format > FORMAT)
      throw new Error(
        `the data in ${file} has format ${format}, this Postern knows formats up to ${FORMAT}: upgrade Postern`,
      );
    if (format === 0) create(database);
    if (Number(database.prepare('SELECT open FROM life').get()!.open) === 1) countInterrupted(database, now);
    database.exec('UPDATE life SET open = 1');
  } catch (error) {
    // SQLite's own errors name no file.
    if (!('errcode' in (error as object))) throw error;
    throw new Error(`cannot use ${file} (${(error as Error).message}): put a backup of the home in its place`, {
      cause: error,
    });
  } finally {
    database.close();
  }
}

function create(database: DatabaseSync): void {
  database.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;`);
  database.exec(`BEGIN; ${SCHEMA} PRAGMA user_version = ${FORMAT}; COMMIT;`);
}

/**
 * The last process did not close the home. Leases are kept in memory only, so which jobs were in work is not known:
 * each that could have been counts one attempt, so that a job that kills the process does not look new for ever.
 */
function countInterrupted(database: DatabaseSync, now: number): void {
  database.prepare('UPDATE jobs SET attempts = attempts + 1 WHERE due <= ?').run(now);
}
