import type { Clock, Log, Queue, ReceivedJob } from '../ports/index.ts';

export interface WorkOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Ends the work: no more jobs are received, those at hand are finished. */
  readonly signal: AbortSignal;
  /** Batches at once. @default 4 */
  readonly concurrency?: number;
  /** Jobs of one batch. @default 64 */
  readonly batch?: number;
  /** Seconds that a job is hidden while it is worked on; longer than any takes. @default 300 */
  readonly visibility?: number;
}

const WAIT_SECONDS = 20;
/** Between two tries to receive, while the queue does not answer; in ms. */
const PAUSE = 500;
/** Delays of a failed job double from 1 s to this. */
const MAX_DELAY = 900;

/**
 * Drives a queue's handler: receives batches, has several in flight, deletes what was done, and has what failed come again
 * later and later. Resolves when the signal has aborted and the last batch is finished. `handler` gives the handles
 * that failed; when it throws, all of its batch failed.
 */
export async function work(
  queue: Queue,
  handler: (jobs: readonly ReceivedJob[]) => Promise<readonly string[]>,
  options: WorkOptions,
): Promise<void> {
  await Promise.all(Array.from({ length: options.concurrency ?? 4 }, () => worker(queue, handler, options)));
}

async function worker(queue: Queue, handler: Parameters<typeof work>[1], options: WorkOptions): Promise<void> {
  const { signal, clock, log } = options;
  while (!signal.aborted) {
    let jobs: readonly ReceivedJob[];
    try {
      jobs = await queue.receive({
        max: options.batch ?? 64,
        visibility: options.visibility ?? 300,
        waitSeconds: WAIT_SECONDS,
        signal,
      });
    } catch (error) {
      if (signal.aborted) return;
      log.warn('work.notReceived', { error: (error as Error).message });
      await clock.sleep(PAUSE, signal).catch(() => undefined);
      continue;
    }
    if (jobs.length > 0) await carryOut(queue, handler, jobs, options);
  }
}

async function carryOut(
  queue: Queue,
  handler: Parameters<typeof work>[1],
  jobs: readonly ReceivedJob[],
  { log }: WorkOptions,
): Promise<void> {
  let failed: ReadonlySet<string>;
  try {
    failed = new Set(await handler(jobs));
  } catch (error) {
    log.error('work.failed', { jobs: jobs.length, error: error instanceof Error ? error.stack : String(error) });
    failed = new Set(jobs.map((job) => job.handle));
  }
  try {
    const done = jobs.filter((job) => !failed.has(job.handle)).map((job) => job.handle);
    if (done.length > 0) await queue.delete(done);
    for (const job of jobs) {
      if (failed.has(job.handle))
        await queue.retry(job.handle, Math.min(MAX_DELAY, 2 ** Math.min(20, job.attempt - 1)));
    }
  } catch (error) {
    // They come again when their time is over; a repeat does no harm.
    log.warn('work.notSettled', { jobs: jobs.length, error: (error as Error).message });
  }
}
