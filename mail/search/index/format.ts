import type { Field } from '../text.ts';

/**
 * The index of an account: segments, each a blob, and a manifest that names those in use. It is derived data: whatever of it is not
 * understood or is damaged is left out of use, and its messages are read instead until they are indexed again.
 *
 * A segment holds terms in order, and for each the documents (places in the segment's list of emails) that have it:
 *
 *     postings, in pages | dictionary, in blocks | tail: the emails, and where the blocks are
 *
 * Besides words there are terms for groups of three characters (`trigramTerm`) of all that IMAP looks into and that is not in the
 * words: headers, markup.
 */
export const FORMAT = 1;

/** Why a document has a term: bits. None: a group of three characters. */
export const FIELD_BITS: Readonly<Record<Field, number>> = {
  from: 1,
  to: 2,
  cc: 4,
  bcc: 8,
  subject: 16,
  body: 32,
  name: 64,
};
/** The word stands in a body, letter for letter, as IMAP's comparator sees it. */
export const LITERAL = 128;

/** Longer words are cut to it, in UTF-16 units. */
export const WORD_LIMIT = 64;

/** Cut to the limit, not between surrogates. */
export function cut(word: string): string {
  return word.length <= WORD_LIMIT ? word : word.slice(0, WORD_LIMIT).toWellFormed();
}

/** Groups of three characters share so many terms. */
export const TRIGRAMS = 4096;

const TERMS = Array.from({ length: TRIGRAMS }, (_, bucket) => `\u0001${bucket.toString(16).padStart(4, '0')}`);

/** The term of a group, by its bucket: in the same order, and before all words. */
export function trigramTerm(bucket: number): string {
  return TERMS[bucket]!;
}

/** Has the documents of which nobody knows what IMAP may find in them. */
export const OPEN = '\u0002';

/** The bucket of three UTF-16 units. */
export function bucketOf(a: number, b: number, c: number): number {
  let hash = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b) ^ Math.imul(c, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) & (TRIGRAMS - 1);
}

/** The buckets of all groups of three units of folded text, each once. */
export function bucketsOf(folded: string): Set<number> {
  const buckets = new Set<number>();
  for (let at = 2; at < folded.length; at++) {
    buckets.add(bucketOf(folded.charCodeAt(at - 2), folded.charCodeAt(at - 1), folded.charCodeAt(at)));
  }
  return buckets;
}

/** What a segment holds is not what was written. */
export class Corrupt extends Error {
  override readonly name = 'Corrupt';
}

/** A stretch of a segment's blob. */
export interface Stretch {
  readonly offset: number;
  readonly length: number;
  readonly crc: number;
}

/** A segment as the manifest names it. */
export interface SegmentRef {
  readonly blob: string;
  readonly bytes: number;
  /** Number of documents. */
  readonly docs: number;
  readonly tail: Stretch;
}
