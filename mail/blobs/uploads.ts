import type { Blobs, Clock } from '../ports/index.ts';

/** An upload may be named for a day; whoever reads it then is done in another. */
const AGE = 2 * 86_400_000;

/** Deletes uploads whose time is over: whatever keeps an upload has copied its bytes. */
export async function sweepUploads({
  blobs,
  clock,
}: {
  readonly blobs: Blobs;
  readonly clock: Clock;
}): Promise<number> {
  const before = clock.now() - AGE;
  let deleted = 0;
  for await (const { name, written } of blobs.list('upload')) {
    if (written >= before) continue;
    await blobs.delete(name);
    deleted += 1;
  }
  return deleted;
}
