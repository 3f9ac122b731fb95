import type { Blobs, Clock, Records } from '../../ports/index.ts';
import { blobsOf, readManifest } from './manifest.ts';

/** Whoever writes a segment takes it into use, or deletes it, in less. */
const AGE = 86_400_000;

/** Deletes segments that no manifest names: their writer died before it took them into use. `accounts`: the ids of all. */
export async function sweepIndex(
  { records, blobs, clock }: { readonly records: Records; readonly blobs: Blobs; readonly clock: Clock },
  accounts: AsyncIterable<string>,
): Promise<{ readonly deleted: number }> {
  const before = clock.now() - AGE;
  const orphans = new Set<string>();
  for await (const { name, written } of blobs.list('index')) if (written < before) orphans.add(name);
  if (orphans.size === 0) return { deleted: 0 };
  for await (const account of accounts) {
    for (const blob of blobsOf(await readManifest(records, account))) orphans.delete(blob);
  }
  for (const blob of orphans) await blobs.delete(blob);
  return { deleted: orphans.size };
}
