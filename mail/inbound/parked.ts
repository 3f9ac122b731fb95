import { createHash } from 'node:crypto';
import { type Blobs, type Clock, type Log, queryAll, type Records } from '../ports/index.ts';

/**
 * Jobs that cannot be carried out and must not be dropped: kept for a human, who sees them in the status and decides.
 */

const PARTITION = 'parked';
/** A body up to here is kept in the item itself. */
const INLINE = 300_000;

export interface Parked {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** One plain line. */
  readonly reason: string;
  /** The job as it was received; absent where it was too large for the item and is in `blob`. */
  readonly body?: string;
  readonly blob?: string;
}

export interface ParkDeps {
  readonly records: Records;
  readonly blobs: Blobs;
  readonly clock: Clock;
  readonly log: Log;
}

/** Keeps a job aside. The same body again replaces what was parked before. Throws `Unavailable` or `OutcomeUnknown`. */
export async function park(deps: ParkDeps, body: string, reason: string): Promise<void> {
  const id = createHash('sha256').update(body).digest('hex').slice(0, 32);
  const at = deps.clock.now();
  const kept =
    Buffer.byteLength(body) <= INLINE
      ? { body }
      : { blob: (await deps.blobs.put('log', Buffer.from(body), { owners: 1 })).name };
  const parked: Parked = { id, at, reason, ...kept };
  await deps.records.put({ pk: PARTITION, sk: id, body: Buffer.from(JSON.stringify({ v: 1, ...parked })) }, 'any');
  deps.log.error('deliver.parked', { id, reason });
}

/** What is parked, in no order that means anything. */
export async function* listParked(records: Records): AsyncGenerator<Parked> {
  for await (const item of queryAll(records, { pk: PARTITION })) {
    yield JSON.parse(Buffer.from(item.body).toString()) as Parked;
  }
}
