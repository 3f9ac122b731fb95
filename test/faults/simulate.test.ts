import { describe, expect, it } from 'vitest';
import { checkMutants } from './hooks.ts';
import { MUTANTS } from './mutants.ts';
import { runSeeds } from './pool.ts';

/** A slice of what `npm run simulate` and `node test/faults/mutants-check.ts` do at length. */

/** One for each rule that a history can break, of those that are found within the first few seeds. */
const QUICK = [
  'stale-append',
  'not-ours',
  'gc-eager',
  'skip-unknown',
  'no-dedupe',
  'last-placement',
  'threads-forgotten',
  'rewind',
  'modseq-kept',
  'no-wait',
  'inline-payload',
  'uid-counter',
];

describe('the simulation', () => {
  it('finds nothing in the first histories', async () => {
    const { ran, failed } = await runSeeds({ first: 1, count: 15 });
    expect(
      failed === undefined ? '' : `${failed.failure?.check}: ${failed.failure?.detail} (seed ${failed.seed})`,
    ).toBe('');
    expect(ran).toBe(15);
  });

  it('does the same each time with one seed', async () => {
    const mutant = 'no-dedupe';
    const [once, again] = await Promise.all([1, 2].map(() => runSeeds({ first: 3, count: 1, mutant })));
    expect(once?.failed?.trace.length).toBeGreaterThan(20);
    expect(again?.failed).toEqual(once?.failed);
  });

  it('knows mutants by the source as it is', () => {
    expect(() => checkMutants()).not.toThrow();
    expect(new Set(MUTANTS.map(({ rule }) => rule))).toEqual(new Set([0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 14]));
  });

  it.each(QUICK)('catches the mutant %s', async (mutant) => {
    const { failed } = await runSeeds({ first: 1, count: 40, mutant });
    expect(failed?.failure).toBeDefined();
  });
});
