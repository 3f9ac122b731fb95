import type { ByteReader, ByteWriter } from './bytes.ts';
import { Corrupt } from './format.ts';

/**
 * The documents of one term, in groups of the same mask: `mask, count * 2 + isBitmap`, then the gaps between them or, where they are many,
 * one bit for each document of the segment.
 */
export interface Group {
  readonly mask: number;
  /** Ascending. */
  readonly docs: ArrayLike<number>;
}

export function writeGroup(into: ByteWriter, docCount: number, { mask, docs }: Group): void {
  const { length } = docs;
  const isBitmap = length * 8 > docCount && docCount > 64;
  into.byte(mask);
  into.varint(length * 2 + (isBitmap ? 1 : 0));
  if (isBitmap) {
    const bits = new Uint8Array((docCount + 7) >> 3);
    for (let i = 0; i < length; i++) bits[docs[i]! >> 3]! |= 1 << (docs[i]! & 7);
    into.bytes(bits);
    return;
  }
  for (let i = 0, last = -1; i < length; i++) {
    into.varint(docs[i]! - last - 1);
    last = docs[i]!;
  }
}

/** Calls `each` for every document of a term, group after group, ascending in each. Throws `Corrupt`. */
export function readGroups(from: ByteReader, docCount: number, each: (doc: number, mask: number) => void): void {
  while (!from.done) {
    const mask = from.byte();
    const head = from.varint();
    const length = Math.floor(head / 2);
    if (length > docCount) throw new Corrupt('more documents than there are');
    if (head % 2 === 1) readBitmap(from.take((docCount + 7) >> 3), docCount, mask, each);
    else {
      for (let i = 0, doc = -1; i < length; i++) {
        doc += from.varint() + 1;
        if (doc >= docCount) throw new Corrupt('a document that is not there');
        each(doc, mask);
      }
    }
  }
}

function readBitmap(bits: Uint8Array, docCount: number, mask: number, each: (doc: number, mask: number) => void): void {
  for (let at = 0; at < bits.length; at++) {
    for (let byte = bits[at]!; byte !== 0; byte &= byte - 1) {
      const doc = at * 8 + (31 - Math.clz32(byte & -byte));
      if (doc >= docCount) throw new Corrupt('a document that is not there');
      each(doc, mask);
    }
  }
}
