import { type Blobs, type Clock, type Log, type Random, randomName } from '../ports/index.ts';
import { Seen } from './seen.ts';

export interface OrphansDeps {
  readonly blobs: Blobs;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Whatever writes a message names it within minutes; after a week it is surely never named. */
const AGE = 7 * 86_400_000;

/**
 * Deletes messages that nothing names: their writer died, or was refused, between the blob and what was to name it. `named` gives every
 * name in use, perhaps several times, in such an order that a name that moves on meanwhile is met where it has come to. When it
 * fails, nothing is deleted. A few orphans are left, and go another time (seen.ts).
 */
export async function sweepOrphans(
  deps: OrphansDeps,
  named: AsyncIterable<string>,
  age = AGE,
): Promise<{ readonly deleted: number; readonly bytes: number }> {
  const before = deps.clock.now() - age;
  const seen = new Seen(randomName(deps.random, 16));
  for await (const name of named) seen.add(name);
  const result = { deleted: 0, bytes: 0 };
  for await (const { name, size, written } of deps.blobs.list('raw')) {
    if (written >= before || seen.has(name)) continue;
    deps.log.info('blobs.orphan', { name, size, written });
    await deps.blobs.delete(name);
    result.deleted++;
    result.bytes += size;
  }
  return result;
}
