/**
 * Fuzz of IMAP and POP3. `node test/fuzz/commands.ts --streams 200000 [--seed S] [--threads N]`: streams of commands from a
 * grammar, bent at random, against the real engines on accounts in memory; `streams.ts` says what must hold. A failure names the
 * seed that makes it again: `--streams 1 --seed S`.
 */
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { STREAMS } from './streams.ts';

/** Milliseconds of one world, which takes a fraction of a second; a loop without end in the server shows here only. */
const PATIENCE = 120_000;

const { values } = parseArgs({
  options: {
    streams: { type: 'string', default: '200000' },
    seed: { type: 'string', default: '1' },
    threads: { type: 'string', default: '2' },
  },
});
const first = Number(values.seed);
const worlds = Math.ceil(Number(values.streams) / STREAMS);
const failures: string[] = [];
let next = first;

/** One thread, from seed to seed. */
async function thread(): Promise<void> {
  const worker = new Worker(new URL('./commands-worker.ts', import.meta.url));
  try {
    while (failures.length === 0 && next < first + worlds) {
      const seed = next++;
      const failure = await played(worker, seed);
      if (failure !== undefined) failures.push(`seed ${seed}: ${failure}`);
    }
  } finally {
    await worker.terminate();
  }
}

function played(worker: Worker, seed: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const done = (failure: string | undefined): void => {
      clearTimeout(timer);
      worker.off('message', done).off('error', broken);
      resolve(failure);
    };
    const broken = (error: Error): void => done(error.stack);
    const timer = setTimeout(() => done('the server never comes back'), PATIENCE);
    worker.once('message', done);
    worker.once('error', broken);
    worker.postMessage(seed);
  });
}

const start = performance.now();
await Promise.all(Array.from({ length: Number(values.threads) }, thread));
if (failures.length > 0) {
  console.error(failures.join('\n'));
  process.exitCode = 1;
} else {
  const seconds = (performance.now() - start) / 1000;
  console.log(`${worlds * STREAMS} streams from seed ${first} in ${seconds.toFixed(1)} s: nothing found`);
}
