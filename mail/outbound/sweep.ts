import { queryAll, type Random, type Records } from '../ports/index.ts';
import { decodeEntry, type QueueEntry, SHARDS } from './queue-entry.ts';
import { replace } from './store.ts';
import { type WakeDeps, wake } from './wake.ts';

export interface SweepDeps extends WakeDeps {
  readonly records: Records;
  readonly random: Random;
}

export interface SweepOptions {
  /** An entry is left to its own wake-up until it is so late, milliseconds. Default: 10 minutes. */
  readonly grace?: number;
  /** At most so many are woken, so that a long queue is not doubled. Default: 1,000. */
  readonly limit?: number;
  /**
   * Nobody sends just now, as at the start of an installation of one process: whoever holds a lease has died, and its entry is
   * taken back at once.
   */
  readonly alone?: boolean;
}

export interface Swept {
  readonly seen: number;
  readonly woken: number;
  /** Entries in a format that this release does not know. */
  readonly unknown: number;
}

/**
 * Finds what queue and schedule both forgot: entries that are overdue, whose lease is over, whose end or report was interrupted.
 * To be run every few minutes; and by an installation of one process with `{ grace: 0, alone: true }` before it begins to send.
 */
export async function sweepQueue(deps: SweepDeps, options: SweepOptions = {}): Promise<Swept> {
  const grace = options.grace ?? 600_000;
  const limit = options.limit ?? 1000;
  const result = { seen: 0, woken: 0, unknown: 0 };
  for (let shard = 0; shard < SHARDS; shard++) {
    for await (const item of queryAll(deps.records, { pk: `q/${shard}` })) {
      result.seen++;
      const entry = read(item.body);
      if (entry === undefined) {
        result.unknown++;
        deps.log.error('outbound.unknown-format', { entry: item.sk });
        continue;
      }
      const orphan = options.alone === true && entry.state === 'sending';
      if (!orphan && !overdue(entry, deps.clock.now() - grace)) continue;
      if (orphan) {
        const stored = { entry, rev: item.rev ?? 0 };
        await replace(deps.records, deps.random, stored, { state: 'ready', until: deps.clock.now() });
      }
      await wake(deps, entry.id, deps.clock.now(), { tenant: entry.tenant });
      if (++result.woken >= limit) return result;
    }
  }
  return result;
}

function overdue(entry: QueueEntry, before: number): boolean {
  if (entry.state === 'held') return false;
  if (entry.until <= before) return true;
  // A crash between the record of an attempt and its report: the report need not wait for the next attempt.
  const reported = entry.failed.length === 0;
  return entry.state === 'deferred' && !reported && Math.max(...entry.failed.map((one) => one.last.at)) <= before;
}

function read(body: Uint8Array): QueueEntry | undefined {
  try {
    return decodeEntry(body);
  } catch {
    return undefined;
  }
}
