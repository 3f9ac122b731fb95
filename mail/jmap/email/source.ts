import { decodeTransfer } from '../../message/transfer.ts';
import type { Blobs } from '../../ports/index.ts';
import { decodedSize } from '../blob/blob.ts';
import { countDecoded, type EncodedRange, isPlain } from '../blob/part-size.ts';

/** A message's bytes, read as little as what is asked of it needs. Each throws `NotFound` and `Unavailable` as the store does. */
export interface Source {
  /** Half-open. */
  read(start: number, end: number): Promise<Uint8Array>;
  /** The decoded sizes of bodies that lie one behind the other. */
  sizes(ranges: readonly EncodedRange[]): Promise<readonly number[]>;
}

/** Messages up to this are read with one call where anything of their bodies is wanted. */
export const WHOLE = 256 * 1024;
/** Of so many bodies of a long message the sizes are found each by itself; of more, in one pass. */
const FEW = 8;

/** A message in memory. */
export function memorySource(bytes: Uint8Array): Source {
  return {
    read: async (start, end) => bytes.subarray(start, end),
    sizes: async (ranges) => ranges.map((range) => sizeOf(bytes, range)),
  };
}

/** A message in the store. `wantsBody`: more of it will be read than its header. */
export function storedSource(blobs: Blobs, blob: string, size: number, wantsBody: boolean): Source {
  if (!wantsBody || size > WHOLE) return rangeSource(blobs, blob);
  let whole: Promise<Source> | undefined;
  const once = () => {
    whole ??= blobs.get(blob).then(memorySource);
    return whole;
  };
  return {
    read: async (start, end) => (start < end ? (await once()).read(start, end) : new Uint8Array()),
    sizes: async (ranges) => (await once()).sizes(ranges),
  };
}

function rangeSource(blobs: Blobs, blob: string): Source {
  let reads = 0;
  let ahead: { readonly start: number; readonly bytes: Uint8Array } = { start: 0, bytes: new Uint8Array() };
  return {
    async read(start, end) {
      if (start >= end) return new Uint8Array();
      if (start < ahead.start || end > ahead.start + ahead.bytes.length) {
        // Many parts that are read one by one lie close together.
        reads += 1;
        const last = reads > FEW ? Math.max(end, start + WHOLE) : end;
        ahead = { start, bytes: await blobs.get(blob, { start, end: last }) };
      }
      return ahead.bytes.subarray(start - ahead.start, end - ahead.start);
    },
    async sizes(ranges) {
      const first = ranges[0];
      if (first === undefined) return [];
      if (ranges.length <= FEW) return Promise.all(ranges.map((range) => decodedSize(blobs, blob, range)));
      const end = ranges.at(-1)!.end;
      return countDecoded(ranges, blobs.stream(blob, { start: first.start, end }), first.start);
    },
  };
}

function sizeOf(bytes: Uint8Array, range: EncodedRange): number {
  if (isPlain(range)) return range.end - range.start;
  return decodeTransfer(bytes.subarray(range.start, range.end), range.encoding).length;
}
