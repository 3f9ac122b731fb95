import type { Parser } from './parser.ts';

/** A window into an ordered list of results, from its start or from its end (RFC 9394 section 4, partial-range). */
export interface PartialRange {
  /** As the client wrote it. */
  readonly text: string;
  /** Counted from 1; first is not above last. */
  readonly first: number;
  readonly last: number;
  readonly fromEnd: boolean;
}

export function partialRange(parser: Parser): PartialRange {
  const start = parser.pos;
  const fromEnd = parser.skip('-');
  const a = parser.nonZero('where the window begins');
  parser.expect(':');
  if (fromEnd) parser.expect('-');
  const b = parser.nonZero('where the window ends');
  return { text: parser.text.slice(start, parser.pos), first: Math.min(a, b), last: Math.max(a, b), fromEnd };
}

/** What of a list is in the window, in the list's order. */
export function windowOf<T>(list: readonly T[], { first, last, fromEnd }: PartialRange): readonly T[] {
  if (!fromEnd) return list.slice(first - 1, last);
  return list.slice(Math.max(0, list.length - last), Math.max(0, list.length - first + 1));
}
