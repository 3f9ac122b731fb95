/** Runs histories on several threads, and stops at the first seed whose history fails. */
import { Worker } from 'node:worker_threads';
import type { Outcome } from './history.ts';

export interface PoolOptions {
  readonly first: number;
  readonly count: number;
  readonly mutant?: string | undefined;
  /** @default 2 */
  readonly threads?: number;
  /** Called after each history. */
  readonly onDone?: (outcome: Outcome) => void;
}

/** Milliseconds of real time that one history may take; it takes a fraction of a second. */
const PATIENCE = 60_000;

export interface Result {
  /** How many histories came to their end. */
  readonly ran: number;
  /** The failure with the lowest seed. */
  readonly failed: Outcome | undefined;
}

export async function runSeeds(options: PoolOptions): Promise<Result> {
  const { first, count } = options;
  let next = first;
  let ran = 0;
  let failed: Outcome | undefined;
  const done = (outcome: Outcome): void => {
    ran += 1;
    options.onDone?.(outcome);
    if (outcome.failure !== undefined && (failed === undefined || outcome.seed < failed.seed)) failed = outcome;
  };
  const take = (): number | undefined => (failed === undefined && next < first + count ? next++ : undefined);
  await Promise.all(
    Array.from({ length: Math.min(options.threads ?? 2, count) }, () => thread(options.mutant, take, done)),
  );
  return { ran, failed };
}

async function thread(
  mutant: string | undefined,
  take: () => number | undefined,
  done: (outcome: Outcome) => void,
): Promise<void> {
  let seed = take();
  if (seed === undefined) return;
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: mutant === undefined ? {} : { mutant },
  });
  await new Promise<void>((resolve) => {
    let timer: NodeJS.Timeout;
    const broken = (check: string, detail: string) => {
      done({ seed: seed!, failure: { check, detail }, trace: [] });
      finish();
    };
    const finish = () => {
      clearTimeout(timer);
      worker.removeAllListeners();
      void worker.terminate().then(() => resolve());
    };
    const go = () => {
      worker.postMessage(seed);
      timer = setTimeout(() => broken('stuck', 'the history does not come to its end'), PATIENCE);
    };
    worker.on('message', (outcome: Outcome) => {
      clearTimeout(timer);
      done(outcome);
      seed = take();
      if (seed === undefined) finish();
      else go();
    });
    worker.on('error', (error: unknown) =>
      broken('bug', error instanceof Error ? (error.stack ?? error.message) : String(error)),
    );
    go();
  });
}
