/** A parsed Date header. */
export interface MessageDate {
  /** Epoch milliseconds. */
  ms: number;
  /** The date as written, time and zone disregarded, as days since 1970-01-01. */
  day: number;
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const MONTH_NAMES = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** RFC 5322 4.3. Military letters and unknown names count as -0000, as it says: their meaning was often wrong. */
const ZONES: Record<string, number> = {
  EDT: -240,
  EST: -300,
  CDT: -300,
  CST: -360,
  MDT: -360,
  MST: -420,
  PDT: -420,
  PST: -480,
};

const DAY_MS = 86_400_000;

const DATE =
  /^\s*(?:[A-Za-z]+\s*,?\s*)?(\d{1,2})[\s-]+([A-Za-z]{3})[A-Za-z]*[\s-]+(\d{2,4})\s+(\d{1,2})\s*:\s*(\d{1,2})(?:\s*:\s*(\d{1,2}))?(?:\.\d{1,9})?(?:\s*([+-])(\d{2}):?(\d{2})|\s+([A-Za-z]{1,5}))?/;

/**
 * Parses a Date header's value (RFC 5322 3.3 and the obsolete forms of 4.3: two and three digit years, named zones,
 * comments, white space around colons). A missing zone counts as UTC. Undefined where it is no date. Looks at the first
 * 200 characters only.
 */
export function parseDate(value: string): MessageDate | undefined {
  const date = parseZonedDate(value);
  return date && { ms: date.ms, day: date.day };
}

/** The same with the zone that it was written in, minutes east of UTC. */
export function parseZonedDate(value: string): (MessageDate & { zone: number }) | undefined {
  const match = DATE.exec(withoutComments(value.slice(0, 200)));
  if (match === null) return undefined;
  const month = MONTHS.indexOf(match[2]!.toLowerCase());
  if (month < 0) return undefined;
  const zone =
    match[7] !== undefined
      ? offsetMinutes(match[7], match[8]!, match[9]!)
      : (ZONES[match[10]?.toUpperCase() ?? ''] ?? 0);
  const date = assemble(
    fullYear(match[3]!),
    month,
    Number(match[1]),
    Number(match[4]),
    Number(match[5]),
    Number(match[6] ?? 0),
    zone,
  );
  return date && { ...date, zone };
}

/** RFC 5322 4.3: 00-49 are 20xx, 50-99 and three digits are counted from 1900. */
function fullYear(digits: string): number {
  const year = Number(digits);
  if (digits.length === 2 && year < 50) return year + 2000;
  return digits.length < 4 ? year + 1900 : year;
}

function offsetMinutes(sign: string, hours: string, minutes: string): number {
  const total = Number(hours) * 60 + Number(minutes);
  return sign === '-' ? -total : total;
}

/** Undefined where a member is out of range (31 February included). A second 60 (a leap second) counts as 59. */
function assemble(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  zone: number,
): MessageDate | undefined {
  if (hour > 23 || minute > 59 || second > 60 || Math.abs(zone) >= 24 * 60) return undefined;
  const midnight = new Date(0).setUTCFullYear(year, month, day);
  const check = new Date(midnight);
  if (check.getUTCMonth() !== month || check.getUTCDate() !== day) return undefined;
  const ms = midnight + ((hour * 60 + minute - zone) * 60 + Math.min(second, 59)) * 1000;
  return { ms, day: midnight / DAY_MS };
}

function withoutComments(value: string): string {
  if (!value.includes('(')) return value;
  let out = '';
  let depth = 0;
  for (let i = 0; i < value.length; i++) {
    const c = value[i];
    if (c === '\\' && depth > 0) i++;
    else if (c === '(') depth++;
    else if (c === ')' && depth > 0) {
      depth--;
      out += ' ';
    } else if (depth === 0) out += c;
  }
  return out;
}

function pad(value: number, width: number, fill = '0'): string {
  return String(value).padStart(width, fill);
}

/** IMAP's date-time without the quotes (RFC 3501 9: `date-time`): `17-Jul-1996 02:44:25 -0700`, day padded with a space. `zone` in minutes east of UTC. */
export function formatInternalDate(ms: number, zone = 0): string {
  const d = new Date(ms + zone * 60_000);
  const sign = zone < 0 ? '-' : '+';
  const offset = `${sign}${pad(Math.floor(Math.abs(zone) / 60), 2)}${pad(Math.abs(zone) % 60, 2)}`;
  const date = `${pad(d.getUTCDate(), 2, ' ')}-${MONTH_NAMES[d.getUTCMonth()]}-${pad(d.getUTCFullYear(), 4)}`;
  return `${date} ${pad(d.getUTCHours(), 2)}:${pad(d.getUTCMinutes(), 2)}:${pad(d.getUTCSeconds(), 2)} ${offset}`;
}

/** Parses IMAP's date-time without the quotes, as APPEND takes it. Undefined where it does not follow the grammar. */
export function parseInternalDate(text: string): MessageDate | undefined {
  const match = /^([ \d]\d)-([A-Za-z]{3})-(\d{4}) (\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})$/.exec(text);
  if (match === null) return undefined;
  const month = MONTHS.indexOf(match[2]!.toLowerCase());
  if (month < 0) return undefined;
  const zone = offsetMinutes(match[7]!, match[8]!, match[9]!);
  return assemble(
    Number(match[3]),
    month,
    Number(match[1]),
    Number(match[4]),
    Number(match[5]),
    Number(match[6]),
    zone,
  );
}

/** Parses IMAP's `date-text` of SEARCH (`1-Feb-1994`) to days since 1970-01-01. Undefined where it does not follow the grammar. */
export function parseImapDay(text: string): number | undefined {
  const match = /^(\d{1,2})-([A-Za-z]{3})-(\d{4})$/.exec(text);
  if (match === null) return undefined;
  const month = MONTHS.indexOf(match[2]!.toLowerCase());
  return month < 0 ? undefined : assemble(Number(match[3]), month, Number(match[1]), 0, 0, 0, 0)?.day;
}
