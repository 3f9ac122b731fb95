/** Days as people choose them, and times as JMAP has them: whole days where the user is. */

/** `2026-07-01` of the time at which that day begins; empty for none. */
export function dayOf(utc: string | null): string {
  if (utc === null) return '';
  const date = new Date(utc);
  const two = (number: number) => String(number).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** When a day begins, as UTCDate; null for none. `later`: so many days after it. */
export function beginOf(day: string, later = 0): string | null {
  const [year, month, date] = day.split('-').map(Number);
  if (year === undefined || month === undefined || date === undefined) return null;
  return `${new Date(year, month - 1, date + later).toISOString().slice(0, 19)}Z`;
}

/** The last day that is before a time. */
export function lastDayBefore(utc: string | null): string {
  return utc === null ? '' : dayOf(new Date(Date.parse(utc) - 1).toISOString());
}
