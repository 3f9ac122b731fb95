import {
  type Clock,
  ConditionFailed,
  type Item,
  isTransient,
  OutcomeUnknown,
  type Random,
  type Records,
  randomName,
} from '../ports/index.ts';
import {
  decodeEntry,
  donePartition,
  encodeEntry,
  partition,
  type QueueEntry,
  queueEntry,
  type Stored,
} from './queue-entry.ts';

/** How often a write of unknown outcome is settled before the caller hears of it. */
const SETTLE_TRIES = 5;
/** What a server has said is written down however long that takes: two minutes, a fraction of the lease. */
const PATIENT_TRIES = 30;
const PATIENT_WAIT = 50;
const LONGEST_WAIT = 5_000;
/** As long as delivery ids are remembered (design: rule 6). */
const DONE_SECONDS = 45 * 86_400;

/** The entry as it is now; undefined when there is none. Throws on a format that is not known. */
export async function load(records: Records, id: string): Promise<Stored | undefined> {
  const item = await records.get(partition(id), id);
  return item === undefined ? undefined : { entry: decodeEntry(item.body), rev: item.rev ?? 0 };
}

/** Writes a new entry; false when there was one with its id. Safe to repeat. */
export async function create(records: Records, entry: QueueEntry): Promise<boolean> {
  for (let tries = 1; ; tries++) {
    try {
      await records.put(toItem(entry, 0), 'absent');
      return true;
    } catch (error) {
      if (error instanceof ConditionFailed) return false;
      if (!isTransient(error) || tries === SETTLE_TRIES) throw error;
    }
  }
}

/**
 * Replaces the entry if nobody else did since it was read; undefined when somebody did. The nonce tells our own write whose
 * outcome was unknown from another's (design: rule 2). With a clock it waits between tries, as long as the store does not answer.
 */
export async function replace(
  records: Records,
  random: Random,
  stored: Stored,
  change: Partial<QueueEntry>,
  clock?: Clock,
): Promise<Stored | undefined> {
  const entry = queueEntry.parse({ ...stored.entry, ...change, writer: randomName(random, 16) });
  const next: Stored = { entry, rev: stored.rev + 1 };
  let uncertain = false;
  try {
    await persistently(async () => {
      try {
        await records.put(toItem(entry, next.rev), { rev: stored.rev });
      } catch (error) {
        if (error instanceof OutcomeUnknown) uncertain = true;
        throw error;
      }
    }, clock);
    return next;
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    if (!uncertain) return undefined;
    const now = await persistently(() => load(records, entry.id), clock);
    return now?.entry.writer === entry.writer ? next : undefined;
  }
}

/**
 * Marks an entry as done for good, before it is deleted: a repeated submission of the same job makes the entry anew, and whoever
 * claims that finds the mark. With a clock it waits between tries, as `replace` does.
 */
export async function markDone(records: Records, id: string, now: number, clock?: Clock): Promise<void> {
  const expires = Math.floor(now / 1000) + DONE_SECONDS;
  await persistently(
    () => records.put({ pk: donePartition(id), sk: id, body: new Uint8Array(), expires }, 'any'),
    clock,
  );
}

export async function isDone(records: Records, id: string): Promise<boolean> {
  return (await records.get(donePartition(id), id)) !== undefined;
}

export async function remove(records: Records, id: string): Promise<void> {
  await persistently(() => records.delete(partition(id), id, 'any'));
}

async function persistently<T>(call: () => Promise<T>, clock?: Clock): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await call();
    } catch (error) {
      if (!isTransient(error) || tries === (clock === undefined ? SETTLE_TRIES : PATIENT_TRIES)) throw error;
    }
    await clock?.sleep(Math.min(PATIENT_WAIT * 2 ** tries, LONGEST_WAIT));
  }
}

function toItem(entry: QueueEntry, rev: number): Item {
  return { pk: partition(entry.id), sk: entry.id, body: encodeEntry(entry), rev };
}
