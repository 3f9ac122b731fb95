/** Rules of choosing rows, times to snooze until, and how a list is asked for. */
import { describe, expect, it } from 'vitest';
import { everyOf, NONE, ranged, toggled, without } from '../../frontend/src/data/selection.ts';
import { laterTimes, utcDate } from '../../frontend/src/data/snooze.ts';

const ROWS = ['a', 'b', 'c', 'd', 'e'];
const idsOf = ({ ids }: { readonly ids: ReadonlySet<string> }) => [...ids].sort().join('');

describe('choosing', () => {
  it('adds a row, and takes it out again', () => {
    const one = toggled(NONE, 'b');
    expect(idsOf(one)).toBe('b');
    expect(idsOf(toggled(one, 'b'))).toBe('');
  });

  it('chooses from the row that was chosen last to the one with Shift, downwards and upwards', () => {
    expect(idsOf(ranged(toggled(NONE, 'b'), 'd', ROWS))).toBe('bcd');
    expect(idsOf(ranged(toggled(NONE, 'd'), 'b', ROWS))).toBe('bcd');
  });

  it('keeps the beginning of a range, so that a second one goes on from there', () => {
    const first = ranged(toggled(NONE, 'b'), 'd', ROWS);
    expect(first.from).toBe('b');
    expect(idsOf(ranged(first, 'a', ROWS))).toBe('abcd');
  });

  it('chooses just the row where no range can begin', () => {
    expect(idsOf(ranged(NONE, 'c', ROWS))).toBe('c');
    expect(idsOf(ranged({ ...NONE, from: 'gone' }, 'c', ROWS))).toBe('c');
  });

  it('is no longer all, when a row is taken out', () => {
    const all = { ...everyOf(ROWS), isAll: true };
    const less = toggled(all, 'c');
    expect(less.isAll).toBe(false);
    expect(idsOf(less)).toBe('abde');
  });

  it('forgets what is not there any more, and is the same where nothing went', () => {
    const some = everyOf(['a', 'b']);
    expect(idsOf(without(some, new Set(['a'])))).toBe('b');
    expect(without(some, new Set(['e']))).toBe(some);
  });
});

describe('times to snooze until', () => {
  const names = (date: Date) => laterTimes(date).map(({ label }) => label.replace('snooze.', ''));

  it('are all in the future, in order, and none twice', () => {
    for (let hour = 0; hour < 24 * 14; hour++) {
      const now = new Date(2026, 10, 2, hour, 30);
      const times = laterTimes(now).map(({ at }) => at.getTime());
      expect(Math.min(...times)).toBeGreaterThan(now.getTime());
      expect(new Set(times).size).toBe(times.length);
      expect([...times].sort((a, b) => a - b)).toEqual(times);
    }
  });

  it('offer the evening only as long as there is one', () => {
    expect(names(new Date(2026, 10, 3, 9, 0))).toEqual(['today', 'tomorrow', 'weekend', 'nextWeek']);
    expect(names(new Date(2026, 10, 3, 22, 0))).not.toContain('today');
  });

  it('offer no weekend on Friday, when it is tomorrow, nor Monday on Sunday', () => {
    expect(names(new Date(2026, 10, 6, 9, 0))).not.toContain('weekend');
    expect(names(new Date(2026, 10, 8, 9, 0))).not.toContain('nextWeek');
  });

  it('are told as JMAP has them, without fractions of seconds', () => {
    expect(utcDate(new Date('2026-11-02T08:00:00.123Z'))).toBe('2026-11-02T08:00:00Z');
  });
});
