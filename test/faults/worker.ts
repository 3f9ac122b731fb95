/** A thread that runs the histories of the seeds that it is sent, on the system or on a mutant of it. */
import { parentPort, workerData } from 'node:worker_threads';
import { mutate } from './hooks.ts';
import { mutantNamed } from './mutants.ts';

const { mutant } = workerData as { readonly mutant?: string };
const chosen = mutant === undefined ? undefined : mutantNamed(mutant);
if (chosen !== undefined) mutate(chosen);
const { runHistory } = await import('./history.ts');
parentPort!.on('message', (seed: number) => {
  void runHistory(seed).then((outcome) => parentPort!.postMessage(outcome));
});
