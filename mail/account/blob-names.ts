import type { Blobs } from '../ports/index.ts';
import type { OpenAccount } from './account.ts';
import { Part } from './parts.ts';

/**
 * The messages that the account holds or may give back (undelete, history), by their blobs' names; those of one moment, with
 * all that came before the call. What it has released is not among them. Throws `NotFound` when a compaction came between.
 */
export async function* blobNames(blobs: Blobs, account: OpenAccount): AsyncGenerator<string> {
  await account.refresh();
  const recent = [...account.tail.emails.values()];
  const parts = account.base?.manifest.parts ?? [];
  for (const { blob } of recent) yield blob;
  for (const { at } of parts) {
    const bytes = await blobs.get(at.blob, { start: at.offset, end: at.offset + at.length });
    for (const { blob } of Part.decode(bytes).all()) yield blob;
  }
}
