import type { Parser } from './parser.ts';

/** mod-sequence-valzer (RFC 7162 section 7): at most 63 bits. One that a number cannot hold exactly is above all of ours. */
export function modSequence(parser: Parser): number {
  return parser.number64('a mod-sequence');
}
