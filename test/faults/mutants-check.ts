/** Runs every mutant (or those named) until it is caught. Exit 1: one was not, in so many seeds as the bar allows. */
import { availableParallelism } from 'node:os';
import { checkMutants } from './hooks.ts';
import { MUTANTS } from './mutants.ts';
import { runSeeds } from './pool.ts';

const BAR = 200;
const names = process.argv.slice(2);
const chosen = MUTANTS.filter(({ name }) => names.length === 0 || names.includes(name));
checkMutants(chosen);
const waiting = [...chosen];
let missed = 0;
async function next(): Promise<void> {
  for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
    const { ran, failed } = await runSeeds({ first: 1, count: BAR, mutant: mutant.name, threads: 1 });
    if (failed === undefined) missed += 1;
    const what =
      failed === undefined
        ? `NOT CAUGHT in ${ran}`
        : `${failed.seed} ${failed.failure!.check}: ${failed.failure!.detail}`;
    console.log(`${String(mutant.rule).padStart(2)} ${mutant.name.padEnd(22)} ${what.slice(0, 160)}`);
  }
}
await Promise.all(Array.from({ length: availableParallelism() }, next));
console.log(
  missed === 0 ? `${chosen.length} mutants, all caught` : `${missed} of ${chosen.length} mutants were not caught`,
);
process.exitCode = missed === 0 ? 0 : 1;
