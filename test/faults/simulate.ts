/**
 * `npm run simulate -- --seeds 500 [--seed 1] [--mutant name]`: histories of the whole mail system on simulated time, with faults.
 * Exit 0: nothing found. 1: a history broke a promise (a mutant that is caught does); its seed repeats it. 2: wrong arguments.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { checkMutants } from './hooks.ts';
import { MUTANTS, mutantNamed } from './mutants.ts';
import { runSeeds } from './pool.ts';

const USAGE = `Usage: npm run simulate -- [--seeds N] [--seed S] [--mutant NAME] [--threads N]
  --seeds N      run N histories (default 100, or 1 with --seed)
  --seed S       begin with seed S (default 1)
  --mutant NAME  run them on a system with that mistake in it; it should be found
  --threads N    run so many at once (default: the number of processors)
Mutants: ${MUTANTS.map(({ name }) => name).join(', ')}`;

interface Options {
  readonly first: number;
  readonly count: number;
  readonly mutant: string | undefined;
  readonly threads: number;
}

function options(): Options {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string' },
      seed: { type: 'string' },
      mutant: { type: 'string' },
      threads: { type: 'string' },
    },
  });
  const number = (name: 'seeds' | 'seed' | 'threads', fallback: number): number => {
    const text = values[name];
    if (text === undefined) return fallback;
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${name} takes a number from 1 on`);
    return value;
  };
  if (values.mutant !== undefined) {
    const mutant = mutantNamed(values.mutant);
    if (mutant === undefined) throw new Error(`There is no mutant ${values.mutant}`);
    checkMutants([mutant]);
  }
  return {
    first: number('seed', 1),
    count: number('seeds', values.seed === undefined ? 100 : 1),
    mutant: values.mutant,
    threads: number('threads', Math.max(1, availableParallelism())),
  };
}

function parsed(): Options {
  try {
    return options();
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`);
    process.exit(2);
  }
}

const chosen = parsed();
const start = performance.now();
const { ran, failed } = await runSeeds(chosen);
const seconds = ((performance.now() - start) / 1000).toFixed(1);
if (failed === undefined) console.log(`${ran} histories in ${seconds} s: nothing found`);
else {
  const { seed, failure, trace } = failed;
  console.log(trace.join('\n'));
  console.log(`\nSeed ${seed} fails (${ran} histories in ${seconds} s): ${failure!.check}: ${failure!.detail}`);
  const mutant = chosen.mutant === undefined ? '' : ` --mutant ${chosen.mutant}`;
  console.log(`Again: npm run simulate -- --seed ${seed}${mutant}`);
  process.exitCode = 1;
}
