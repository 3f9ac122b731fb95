import { invalidProperties } from '../errors.ts';

/** A client's `receivedAt`, a UTCDate, in milliseconds since 1970; `now` where it gives none. Throws `SetFailure`. */
export function receivedAt(value: unknown, now: number): number {
  if (value === undefined || value === null) return now;
  const isDate = typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value);
  const ms = isDate ? Date.parse(value) : Number.NaN;
  // INTERNALDATE is kept in seconds of 32 bits.
  if (!(ms >= 0 && ms < 2 ** 32 * 1000))
    throw invalidProperties(['receivedAt'], 'receivedAt is a UTCDate from 1970 on');
  return ms;
}
