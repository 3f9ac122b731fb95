import { Bad } from '../errors.ts';
import { dateTime } from '../grammar/dates.ts';
import { flagList } from '../grammar/flags.ts';
import type { Parser } from '../grammar/parser.ts';

/** A literal announced at the end of a line; "+": it comes without leave (RFC 7888); "~": a literal8 (RFC 3516). */
export interface Literal {
  readonly size: number;
  readonly synchronizing: boolean;
}

/** What stands before a message, and how the message comes. */
export interface Head {
  readonly flags: readonly string[];
  readonly date: number | undefined;
  /** Absent: it is put together out of parts (CATENATE, RFC 4469), the first of which stands at the parser's place. */
  readonly literal: Literal | undefined;
  /** Whether the literal stands in `UTF8 (...)` (RFC 6855 section 4). */
  readonly utf8: boolean;
}

/** `[(flags)] ["date"] {size}`, `~{size}`, `UTF8 (~{size}` or `CATENATE (`. */
export function messageHead(parser: Parser): Head {
  let flags: readonly string[] = [];
  let date: number | undefined;
  if (parser.peek() === '(') {
    flags = flagList(parser);
    parser.space();
  }
  if (parser.peek() === '"') {
    date = dateTime(parser);
    parser.space();
  }
  if (parser.skip('CATENATE (')) return { flags, date, literal: undefined, utf8: false };
  const utf8 = parser.skip('UTF8 (');
  if (utf8 && !parser.isUtf8) throw new Bad('ENABLE UTF8=ACCEPT comes before APPEND with UTF8');
  if (utf8 && parser.peek() !== '~') parser.fail('the message as ~{size}');
  const literal = literalAt(parser);
  if (literal === undefined) return parser.fail('flags, a date-time, CATENATE or the message as a literal');
  return { flags, date, literal, utf8 };
}

/** The literal that is all that is left of the line. */
export function literalAt(parser: Parser): Literal | undefined {
  const match = /^~?\{(\d+)(\+?)\}$/.exec(parser.text.slice(parser.pos));
  return match === null ? undefined : { size: Number(match[1]), synchronizing: match[2] === '' };
}

/** The literal that a line ends with, whatever stands before it. */
export function literalBehind(line: string): Literal | undefined {
  const match = /\{(\d+)(\+?)\}$/.exec(line);
  return match === null ? undefined : { size: Number(match[1]), synchronizing: match[2] === '' };
}
