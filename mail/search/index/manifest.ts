import { ConditionFailed, isTransient, type Records } from '../../ports/index.ts';
import type { SegmentRef } from './format.ts';
import { FORMAT } from './format.ts';

/** Which segments of an account are in use: `index/<account>`, `manifest`. */
export interface Manifest {
  readonly segments: readonly SegmentRef[];
  /** Blobs that were replaced, to be deleted; `at`: since when, in milliseconds since 1970, or 0 for at once. */
  readonly retired: readonly { readonly blob: string; readonly at: number }[];
  /** Nothing in the segments is of what an entry of the account's log up to this seq erased. */
  readonly erased: number;
}

export interface StoredManifest extends Manifest {
  /** Of the item; undefined where there is none. */
  readonly rev: number | undefined;
}

const SK = 'manifest';
const TRIES = 4;

export const EMPTY: Manifest = { segments: [], retired: [], erased: 0 };

function partitionOf(account: string): string {
  return `index/${account}`;
}

/** The manifest in use; an empty one where there is none, or one that this release does not understand (it is derived data). */
export async function readManifest(records: Records, account: string): Promise<StoredManifest> {
  const item = await records.get(partitionOf(account), SK);
  if (item === undefined) return { ...EMPTY, rev: undefined };
  return { ...parse(item.body), rev: item.rev ?? 0 };
}

/** Takes a manifest into use in the place of the one that was read. False: another process was first. */
export async function putManifest(
  records: Records,
  account: string,
  before: number | undefined,
  { segments, retired, erased }: Manifest,
): Promise<boolean> {
  const body = Buffer.from(JSON.stringify({ v: FORMAT, segments, retired, erased }));
  const item = { pk: partitionOf(account), sk: SK, body, rev: (before ?? 0) + 1 };
  for (let attempt = 1; ; attempt++) {
    try {
      await records.put(item, before === undefined ? 'absent' : { rev: before });
      return true;
    } catch (error) {
      if (error instanceof ConditionFailed) {
        // Perhaps it is ours, put by a try of which we did not hear.
        const there = attempt === 1 ? undefined : await records.get(item.pk, SK);
        return there !== undefined && Buffer.compare(there.body, body) === 0;
      }
      if (!isTransient(error) || attempt >= TRIES) throw error;
    }
  }
}

export async function deleteManifest(records: Records, account: string): Promise<void> {
  await records.delete(partitionOf(account), SK, 'any');
}

/** Every blob that a manifest names. */
export function blobsOf({ segments, retired }: Manifest): string[] {
  return [...segments, ...retired].map(({ blob }) => blob);
}

function parse(body: Uint8Array): Manifest {
  try {
    const { v, segments, retired, erased } = JSON.parse(Buffer.from(body).toString()) as Manifest & { v: number };
    return v === FORMAT ? { segments, retired, erased } : EMPTY;
  } catch {
    return EMPTY;
  }
}
