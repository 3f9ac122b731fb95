import type { Random } from '../ports/index.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Between attempts 1 and 2, 2 and 3, ...; the last repeats. RFC 5321 section 4.5.4.1 asks for 30 minutes or more in the long run. */
export const RETRY_INTERVALS: readonly number[] = [15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR];
/** RFC 5321 section 4.5.4.1: give up after 4 to 5 days at the earliest. */
export const LIFETIME = 5 * 24 * HOUR;

/**
 * When to try again after so many attempts, in milliseconds since 1970; undefined when the message's time is up. A little earlier
 * than the schedule says, never later, so that what failed together does not come back together. The last attempt is made
 * at the very end of the lifetime.
 */
export function nextAttempt(
  entry: { readonly arrived: number; readonly attempts: number },
  now: number,
  random: Random,
  lifetime: number = LIFETIME,
): number | undefined {
  const end = entry.arrived + lifetime;
  if (now >= end) return undefined;
  const interval = RETRY_INTERVALS[Math.min(Math.max(entry.attempts, 1), RETRY_INTERVALS.length) - 1]!;
  return Math.min(end, now + Math.round(interval * (1 - 0.05 * random.number())));
}
