import { usage } from './failure.ts';

/** Milliseconds since 1970 of a date, or of so long ago: 30m, 12h, 7d. */
export function time(text: string): number {
  const ago = /^(\d{1,6})([mhd])$/.exec(text);
  if (ago !== null) return Date.now() - Number(ago[1]) * { m: 60_000, h: 3_600_000, d: 86_400_000 }[ago[2] as 'm']!;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw usage(`"${text}" is neither a date nor 30m, 12h or 7d`);
  return ms;
}
