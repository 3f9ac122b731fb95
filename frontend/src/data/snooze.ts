import type { Key } from '../i18n/index.ts';

/** When snoozed messages come back: what is offered, in the reader's own time. */
export interface Later {
  readonly label: Key;
  readonly at: Date;
}

const MORNING = 8;
const EVENING = 18;
const SATURDAY = 6;
const MONDAY = 1;

/** What is in the future and differs from the others. */
export function laterTimes(now: Date): readonly Later[] {
  const day = (days: number, hour: number) =>
    new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour, 0, 0, 0);
  const until = (weekday: number) => (weekday - now.getDay() + 7) % 7 || 7;
  const inThreeHours = new Date(now);
  inThreeHours.setHours(now.getHours() + 3, 0, 0, 0);
  const evening = day(0, EVENING);
  const today = now.getHours() < EVENING - 4 ? evening : inThreeHours;
  return [
    ...(today.getDate() === now.getDate() ? [{ label: 'snooze.today', at: today } as const] : []),
    { label: 'snooze.tomorrow', at: day(1, MORNING) },
    // From Monday to Thursday: on Friday it is tomorrow, and then it has begun.
    ...(now.getDay() >= MONDAY && now.getDay() < SATURDAY - 1
      ? [{ label: 'snooze.weekend', at: day(until(SATURDAY), MORNING) } as const]
      : []),
    ...(until(MONDAY) > 1 ? [{ label: 'snooze.nextWeek', at: day(until(MONDAY), MORNING) } as const] : []),
  ];
}

/** As JMAP writes it (RFC 8620 section 1.4). */
export function utcDate(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}
