import { createHash } from 'node:crypto';
import { type Blobs, ConditionFailed, NotFound, queryAll, type Records } from '../ports/index.ts';

/**
 * Who has let go of a blob (design: rule 3). How many owners a blob has was fixed when it was written; each of them (an account,
 * `q/<id>` of a queue entry) releases it once. After the last release and the retention the blob is deleted.
 *
 * A release is an item of its own, in few partitions in the order of the blobs' names: so the sweeper reads what was released
 * without listing every blob there is, and finds the releases of one blob next to each other.
 */

const SHARDS = 16;

function partition(blob: string): string {
  return `blob/${createHash('sha256').update(blob).digest()[0]! % SHARDS}`;
}

/** A blob's name has no space, and a space sorts before all that it may have. */
function key(blob: string, owner: string): string {
  return `${blob} ${owner}`;
}

/**
 * The owner gives up the blob for good. Safe to repeat: only the first time counts, and it sets the time. `now`: milliseconds
 * since 1970. Throws `Unavailable` or `OutcomeUnknown`: call it again.
 */
export async function releaseBlob(records: Records, blob: string, owner: string, now: number): Promise<void> {
  const body = Buffer.from(JSON.stringify({ v: 1, at: now }));
  try {
    await records.put({ pk: partition(blob), sk: key(blob, owner), body }, 'absent');
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
}

/** A blob that at least one owner has released. */
export interface Released {
  readonly blob: string;
  readonly owners: readonly string[];
  /** The latest release, milliseconds since 1970. */
  readonly last: number;
}

/** Every blob with a release, one after the other, its releases together. */
export async function* listReleased(records: Records): AsyncGenerator<Released> {
  for (let shard = 0; shard < SHARDS; shard++) {
    let current: { blob: string; owners: string[]; last: number } | undefined;
    for await (const item of queryAll(records, { pk: `blob/${shard}` })) {
      const space = item.sk.indexOf(' ');
      const blob = item.sk.slice(0, space);
      const at = (JSON.parse(Buffer.from(item.body).toString()) as { at: number }).at;
      if (current !== undefined && current.blob !== blob) {
        yield current;
        current = undefined;
      }
      current ??= { blob, owners: [], last: 0 };
      current.owners.push(item.sk.slice(space + 1));
      current.last = Math.max(current.last, at);
    }
    if (current !== undefined) yield current;
  }
}

/**
 * Deletes every blob that all its owners released at least `retention` milliseconds ago. A crash in between is made good by the
 * next sweep: the blob goes first, and releases of a blob that is not there are taken away.
 */
export async function sweepReleased(
  deps: { readonly records: Records; readonly blobs: Blobs },
  now: number,
  retention: number,
): Promise<{ readonly deleted: number }> {
  let deleted = 0;
  for await (const released of listReleased(deps.records)) {
    if (released.last + retention > now) continue;
    const owners = await ownersOf(deps.blobs, released.blob);
    if (owners !== undefined && released.owners.length < owners) continue;
    await deps.blobs.delete(released.blob);
    for (const owner of released.owners) {
      await deps.records.delete(partition(released.blob), key(released.blob, owner), 'any');
    }
    deleted += owners === undefined ? 0 : 1;
  }
  return { deleted };
}

/** Deletes the blob at once if all its owners have released it: for erasure, which does not wait for the retention. */
export async function deleteReleased(
  deps: { readonly records: Records; readonly blobs: Blobs },
  blob: string,
): Promise<void> {
  const owners = await ownersOf(deps.blobs, blob);
  if (owners === undefined) return;
  const pk = partition(blob);
  let released = 0;
  for await (const _ of queryAll(deps.records, { pk, from: key(blob, ''), to: key(blob, '~') })) released += 1;
  if (released >= owners) await deps.blobs.delete(blob);
}

async function ownersOf(blobs: Blobs, name: string): Promise<number | undefined> {
  try {
    return (await blobs.info(name)).owners;
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}
