import { expect, test } from 'vitest';
import { Alone } from '../../adapters/local/alone.ts';

test('what comes one by one is written here, from the fifth on', () => {
  const alone = new Alone();
  expect(Array.from({ length: 6 }, () => alone.is(1, false))).toEqual([false, false, false, false, true, true]);
});

test('a large group, and one that comes while another is written, are not, nor the next ones', () => {
  for (const [count, others] of [
    [3, false],
    [1, true],
  ] as const) {
    const alone = new Alone();
    for (let i = 0; i < 5; i++) alone.is(1, false);
    expect(alone.is(count, others)).toBe(false);
    expect(Array.from({ length: 5 }, () => alone.is(1, false))).toEqual([false, false, false, false, true]);
  }
});

test('a slow disk is left to the other thread for a while', () => {
  const alone = new Alone();
  for (let i = 0; i < 5; i++) alone.is(1, false);
  // As long as fifty milliseconds, in one turn.
  alone.run(() => {
    const until = performance.now() + 50;
    while (performance.now() < until);
  });
  let groups = 0;
  while (!alone.is(1, false)) groups += 1;
  expect(groups).toBe(204);
});
