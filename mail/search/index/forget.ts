import type { Blobs, Log, Records } from '../../ports/index.ts';
import { NotFound, Unavailable } from '../../ports/index.ts';
import { ByteCache } from './cache.ts';
import { Corrupt, type SegmentRef } from './format.ts';
import { blobsOf, deleteManifest, putManifest, readManifest } from './manifest.ts';
import { mergeSegments } from './merge.ts';
import { Segment } from './segment.ts';

/** Erasure (design: rule 15) of what the index holds of messages and of accounts. Every call can be repeated, and is, until it has returned. */

interface Deps {
  readonly records: Records;
  readonly blobs: Blobs;
  readonly log: Log;
}

/** Lost races before it is given up for now. */
const TRIES = 20;

/**
 * Takes the words of these emails out of the index; `seq` is the last entry of the account's log that erases any of them. The manifest is
 * changed in any case: whoever is indexing one of them at this moment loses.
 */
export async function forgetEmails(
  deps: Deps,
  account: string,
  emails: ReadonlySet<number>,
  seq: number,
): Promise<void> {
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const manifest = await readManifest(deps.records, account);
    if (manifest.erased >= seq) {
      for (const { blob, at } of manifest.retired) if (at === 0) await deps.blobs.delete(blob);
      return;
    }
    const segments: SegmentRef[] = [];
    const fresh: SegmentRef[] = [];
    for (const ref of manifest.segments) {
      const rewritten = await without(deps, ref, emails);
      if (rewritten !== undefined) segments.push(rewritten);
      if (rewritten !== undefined && rewritten !== ref) fresh.push(rewritten);
    }
    const kept = new Set(segments.map(({ blob }) => blob));
    // What was replaced earlier may hold their words, too.
    const retired = blobsOf(manifest).filter((blob) => !kept.has(blob));
    const next = { segments, retired: retired.map((blob) => ({ blob, at: 0 })), erased: seq };
    if (await putManifest(deps.records, account, manifest.rev, next)) {
      for (const blob of retired) await deps.blobs.delete(blob);
      return;
    }
    for (const { blob } of fresh) await deps.blobs.delete(blob);
  }
  throw new Unavailable('the index of the account changes too fast to erase from it');
}

/** The segment itself where it has none of them; undefined where nothing is left, or it cannot be read. */
async function without(deps: Deps, ref: SegmentRef, emails: ReadonlySet<number>): Promise<SegmentRef | undefined> {
  try {
    const segment = await Segment.open(deps.blobs, new ByteCache(0), ref);
    if (!segment.emails.some((email) => emails.has(email))) return ref;
    return await mergeSegments(deps.blobs, [segment], (email) => !emails.has(email));
  } catch (error) {
    if (!(error instanceof Corrupt || error instanceof NotFound)) throw error;
    deps.log.error('index.damaged', { blob: ref.blob, error: String(error) });
    return undefined;
  }
}

/** Deletes the whole index of an account that is erased. */
export async function forgetAccount({ records, blobs }: Deps, account: string): Promise<void> {
  for (const blob of blobsOf(await readManifest(records, account))) await blobs.delete(blob);
  await deleteManifest(records, account);
}
