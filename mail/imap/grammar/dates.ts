import { parseImapDay, parseInternalDate } from '../../message/dates.ts';
import type { Parser } from './parser.ts';

const DAY = 86_400_000;
const QUOTED = /"([^"\r\n]{1,40})"/y;
const DATE = /("?)(\d\d?-[A-Za-z]{3}-\d{4})\1(?![\w"])/y;

/** date-time (RFC 3501 section 9), quoted. Milliseconds since 1970. */
export function dateTime(parser: Parser): number {
  QUOTED.lastIndex = parser.pos;
  const match = QUOTED.exec(parser.text);
  const date = match === null ? undefined : parseInternalDate(match[1]!);
  if (date === undefined) return parser.fail('a date-time like "17-Jul-1996 02:44:25 -0700"');
  parser.pos = QUOTED.lastIndex;
  return date.ms;
}

/** date (RFC 3501 section 9), quoted or not. Days since 1970. */
export function date(parser: Parser): number {
  DATE.lastIndex = parser.pos;
  const match = DATE.exec(parser.text);
  const day = match === null ? undefined : parseImapDay(match[2]!);
  if (day === undefined) return parser.fail('a date like 1-Feb-1994');
  parser.pos = DATE.lastIndex;
  return day;
}

/** The UTC day that a moment falls on, as `date` counts days. */
export function dayOf(ms: number): number {
  return Math.floor(ms / DAY);
}
