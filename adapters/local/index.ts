/** The embedded store: every port that keeps something, on one directory of one machine. */
import { join } from 'node:path';
import type { Clock, Log, Random } from '../../mail/ports/index.ts';
import { LocalBlobs } from './blobs.ts';
import { localClock } from './clock.ts';
import { holdHome } from './home.ts';
import { type LocalQueue, LocalQueues } from './queue.ts';
import { localRandom } from './random.ts';
import { LocalRecords } from './records.ts';
import { LocalSchedule } from './schedule.ts';
import { Store } from './store.ts';
import { LocalWakeups } from './wakeups.ts';

export { localClock } from './clock.ts';
export { isLogLevel, type LogLevel, localLog } from './log.ts';
export { localRandom } from './random.ts';

/** How often expired items are dropped and the room of deleted blobs is given back. */
const HOUSEKEEPING_MS = 10 * 60 * 1000;

export interface LocalStoreOptions {
  /** The data directory. */
  readonly home: string;
  readonly log: Log;
  /** @default the machine's */
  readonly clock?: Clock;
  /** @default the machine's */
  readonly random?: Random;
}

export interface LocalStore {
  readonly records: LocalRecords;
  readonly blobs: LocalBlobs;
  readonly queues: { readonly deliver: LocalQueue; readonly send: LocalQueue; readonly compact: LocalQueue };
  readonly schedule: LocalSchedule;
  readonly wakeups: LocalWakeups;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Drops expired items and gives back the room of deleted blobs; also runs by itself now and then. */
  housekeep(): Promise<void>;
  /** Makes durable what is pending, and gives the home back. Calls that are still running may fail. */
  close(): Promise<void>;
}

/**
 * Opens the home, or makes it. Throws an Error of one plain line when it cannot be written, when another process has it,
 * or when a newer Postern wrote it.
 */
export async function openLocalStore(options: LocalStoreOptions): Promise<LocalStore> {
  const { home, log, clock = localClock, random = localRandom } = options;
  const release = await holdHome(home);
  let store: Store | undefined;
  try {
    store = Store.open(join(home, 'postern.db'), log, clock.now());
    const blobs = await LocalBlobs.open({ directory: join(home, 'blobs'), store, clock, random, log });
    return assemble(store, blobs, { clock, random, log }, release);
  } catch (error) {
    await store?.close();
    release();
    throw error;
  }
}

function assemble(
  store: Store,
  blobs: LocalBlobs,
  { clock, random, log }: { readonly clock: Clock; readonly random: Random; readonly log: Log },
  release: () => void,
): LocalStore {
  const records = new LocalRecords(store);
  const queues = new LocalQueues(store, clock);
  const schedule = new LocalSchedule(store, queues, clock, log);

  const housekeep = async () => {
    await records.dropExpired(Math.floor(clock.now() / 1000));
    await blobs.reclaim();
  };
  let stopTimer = () => {};
  let housekeeping: Promise<void> = Promise.resolve();
  const later = () => {
    stopTimer = clock.after(HOUSEKEEPING_MS, () => {
      housekeeping = housekeep()
        .catch((error) => log.error('store.housekeeping.failed', { error }))
        .then(later);
    });
  };
  later();

  let closing: Promise<void> | undefined;
  const close = async () => {
    schedule.close();
    queues.close();
    await housekeeping;
    stopTimer();
    await blobs.close();
    await store.close();
    release();
  };
  return {
    records,
    blobs,
    queues: { deliver: queues.queue('deliver'), send: queues.queue('send'), compact: queues.queue('compact') },
    schedule,
    wakeups: new LocalWakeups(log),
    clock,
    random,
    log,
    housekeep,
    close: () => (closing ??= close()),
  };
}
