import type { Parser } from './parser.ts';

const MODSEQ = /\d{1,19}(?!\d)/y;
const HIGHEST = 9_223_372_036_854_775_807n;

/**
 * mod-sequence-valzer (RFC 7162 section 7): at most 63 bits. One that is longer than a number can hold exactly is above all of ours,
 * and its neighbour is too.
 */
export function modSequence(parser: Parser): number {
  MODSEQ.lastIndex = parser.pos;
  const match = MODSEQ.exec(parser.text);
  if (match === null || BigInt(match[0]) > HIGHEST) return parser.fail('a mod-sequence of at most 63 bits');
  parser.pos = MODSEQ.lastIndex;
  return Number(match[0]);
}
