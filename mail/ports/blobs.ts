/**
 * Immutable byte strings: messages, snapshots, large payloads. S3 in the cloud, files and packs on one machine.
 *
 * Contract, checked by test/contracts/blobs for every adapter:
 * - The store names a blob; names are never used twice, say nothing of the content, and match /^[A-Za-z0-9/_.-]{1,120}$/.
 * - When `put` resolves the blob is durable: a crash right after loses neither bytes nor name.
 * - A `put` that throws (`Unavailable`, `OutcomeUnknown`, `TooLarge`, or the source's own error) yields no name. What it may
 *   have left behind is an orphan for the sweeper.
 * - A blob never changes. Reading one that is not there throws `NotFound`.
 */

/** What a blob is for; the adapters keep the kinds apart (prefix, folder) so that lifecycle and metrics can differ. */
export type BlobKind = 'raw' | 'log' | 'upload' | 'index';

export interface BlobInfo {
  readonly name: string;
  readonly size: number;
  /** How many owners (accounts, queue entries, jobs) were fixed when it was written (design: rule 3). */
  readonly owners: number;
  /** Milliseconds since 1970. */
  readonly written: number;
}

/** Half-open byte range: `start` inclusive, `end` exclusive; an `end` past the last byte means up to the last byte. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface Blobs {
  /**
   * Stores the bytes under a new name and returns it, durable. A source that throws leaves nothing under a name.
   * A stream is written as it comes: no more than one part (8 MiB) of it is held.
   */
  put(
    kind: BlobKind,
    source: Uint8Array | AsyncIterable<Uint8Array>,
    options: { readonly owners: number },
  ): Promise<{ readonly name: string; readonly size: number }>;
  /** The bytes, or those of a range, in memory: for callers that know the size to be bounded. */
  get(name: string, range?: ByteRange): Promise<Uint8Array>;
  /** The bytes, or those of a range, in chunks, read no faster than they are consumed. */
  stream(name: string, range?: ByteRange): AsyncIterable<Uint8Array>;
  info(name: string): Promise<BlobInfo>;
  /** Deletes for good (every version). Deleting what is not there succeeds. */
  delete(name: string): Promise<void>;
  /** All blobs of a kind, in no order that means anything; a page at a time. For sweepers. */
  list(kind: BlobKind): AsyncIterable<BlobInfo>;
}
