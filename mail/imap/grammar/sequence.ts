import { UidSet } from '../../account/uidset.ts';
import { Bad } from '../errors.ts';
import type { Parser } from './parser.ts';

/** A sequence-set as written (RFC 3501 section 9); Infinity stands for "*", the highest number in use. */
export type SequenceSet = readonly (readonly [number, number])[];

/** "$": what the last search with SAVE has found (RFC 5182), whatever that is when the command is done. */
export const SAVED: SequenceSet = [];

export function sequenceSet(parser: Parser): SequenceSet {
  if (parser.skip('$')) return SAVED;
  const ranges: [number, number][] = [];
  do {
    const first = sequenceNumber(parser);
    ranges.push([first, parser.skip(':') ? sequenceNumber(parser) : first]);
  } while (parser.skip(','));
  return ranges;
}

export function sequenceNumber(parser: Parser): number {
  return parser.skip('*') ? Number.POSITIVE_INFINITY : parser.nonZero('a message number, a range or *');
}

/** The numbers that a set names where `highest` is the highest in use (0: none, and the set is empty). */
export function resolve(set: SequenceSet, highest: number): UidSet {
  if (highest === 0) return UidSet.EMPTY;
  const number = (n: number) => (n === Number.POSITIVE_INFINITY ? highest : n);
  return UidSet.fromRuns(set.map(([first, last]) => [number(first), number(last)]));
}

/** Throws `Bad` for a message sequence number that no message has (RFC 9051 section 9, seq-number). */
export function checkSequence(set: SequenceSet, count: number): void {
  for (const number of set.flat()) {
    if (number !== Number.POSITIVE_INFINITY && number > count && !(count === 0 && isWholeMailbox(set))) {
      throw new Bad(`There is no message ${number}; the mailbox has ${count}`);
    }
  }
}

/** 1:* of an empty mailbox is what every client asks, and is no error. */
function isWholeMailbox(set: SequenceSet): boolean {
  return set.every(([a, b]) => a === Number.POSITIVE_INFINITY || b === Number.POSITIVE_INFINITY);
}
