/** A thread that plays the worlds whose seeds it is sent, and tells what was wrong with each. */
import { parentPort } from 'node:worker_threads';
import { fuzzWorld } from './streams.ts';

parentPort!.on('message', (seed: number) => {
  fuzzWorld(seed).then(
    () => parentPort!.postMessage(undefined),
    (error: unknown) => parentPort!.postMessage(error instanceof Error ? error.message : String(error)),
  );
});
