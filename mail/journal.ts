import { type Clock, type Item, queryAll, type Random, type Records, randomName } from './ports/index.ts';

/**
 * What happened, kept for some days and found again by reading through them: one partition a day and kind, in the order of
 * time. For what an operator asks now and then; nothing else is decided by it.
 */

const DAY = 86_400_000;

export interface JournalDeps {
  readonly records: Records;
  readonly clock: Clock;
  readonly random: Random;
  /** How long it is kept. @default 30 */
  readonly days?: number;
}

/** Writes a few items of this moment, in their order. `kind`: the partition's name before the day. */
export async function writeJournal(deps: JournalDeps, kind: string, bodies: Iterable<Uint8Array>): Promise<void> {
  const now = deps.clock.now();
  const moment = `${String(now).padStart(15, '0')}-${randomName(deps.random, 8)}`;
  const expires = Math.ceil((now + (deps.days ?? 30) * DAY) / 1000);
  let number = 0;
  for (const body of bodies) {
    const sk = `${moment}-${String(number++).padStart(3, '0')}`;
    await deps.records.put({ pk: partition(kind, now), sk, body, expires }, 'any');
  }
}

/** The earliest moment that a search for `since` (default: a day ago) reaches. Milliseconds since 1970. */
export function journalStart(deps: JournalDeps, since: number | undefined): number {
  const now = deps.clock.now();
  return Math.max(since ?? now - DAY, now - (deps.days ?? 30) * DAY);
}

/** The bodies of all items of the days from `start` to today, oldest first. */
export async function* readJournal(deps: JournalDeps, kind: string, start: number): AsyncGenerator<Item['body']> {
  for (let day = Math.floor(start / DAY); day <= Math.floor(deps.clock.now() / DAY); day++) {
    for await (const { body } of queryAll(deps.records, { pk: partition(kind, day * DAY) })) yield body;
  }
}

function partition(kind: string, ms: number): string {
  return `${kind}/${new Date(ms).toISOString().slice(0, 10)}`;
}
