/**
 * Which jobs of one queue are ready, delayed or leased. In memory only: after a crash all jobs are ready again, which
 * "at least once" allows.
 */
import type { Clock } from '../../mail/ports/index.ts';
import { Heap } from './heap.ts';

interface Job {
  readonly id: number;
  readonly group: string;
  attempts: number;
  /** Milliseconds since 1970 when it becomes visible; undefined: it is ready. */
  hiddenUntil: number | undefined;
}

/** When a job becomes visible, unless that was changed since. */
interface Hidden {
  readonly at: number;
  readonly job: Job;
}

/** A heap that holds so many entries of jobs that are gone, and more of them than of living ones, is built anew. */
const STALE_LIMIT = 1024;

export class Jobs {
  readonly #clock: Clock;
  readonly #jobs = new Map<number, Job>();
  /** Ready jobs by group. The first group is served next, then goes to the end: none waits for another's backlog. */
  readonly #ready = new Map<string, Job[]>();
  #hidden = new Heap<Hidden>((a, b) => a.at - b.at);
  readonly #waiting: (() => void)[] = [];
  #closed = false;
  #timer: { readonly at: number; readonly cancel: () => void } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Jobs that are not deleted: ready, delayed or leased. */
  get size(): number {
    return this.#jobs.size;
  }

  ids(): number[] {
    return [...this.#jobs.keys()];
  }

  add(id: number, due: number, group: string, attempts: number): void {
    const job: Job = { id, group, attempts, hiddenUntil: undefined };
    this.#jobs.set(id, job);
    this.#hideUntil(job, due);
  }

  /** Leases up to `max` ready jobs for `visibility` milliseconds. */
  take(max: number, visibility: number): { readonly id: number; readonly attempt: number }[] {
    this.#uncover();
    const taken: { readonly id: number; readonly attempt: number }[] = [];
    while (taken.length < max) {
      const first = this.#ready.entries().next();
      if (first.done) break;
      const [group, queue] = first.value;
      const job = queue.shift()!;
      this.#ready.delete(group);
      if (queue.length > 0) this.#ready.set(group, queue);
      if (this.#jobs.get(job.id) !== job) continue;
      job.attempts += 1;
      this.#hideUntil(job, this.#clock.now() + Math.max(1, visibility));
      taken.push({ id: job.id, attempt: job.attempts });
    }
    return taken;
  }

  /** Whether that reception still holds its lease. */
  holds(id: number, attempt: number): boolean {
    const job = this.#jobs.get(id);
    return job !== undefined && job.attempts === attempt && job.hiddenUntil !== undefined;
  }

  /** Makes a leased job visible at `due`. */
  release(id: number, due: number): void {
    const job = this.#jobs.get(id);
    if (job !== undefined) this.#hideUntil(job, due);
  }

  remove(id: number): boolean {
    return this.#jobs.delete(id);
  }

  /** Resolves when a job has become ready, at `deadline` or when the signal aborts. */
  wait(deadline: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        cancel();
        signal?.removeEventListener('abort', done);
        const index = this.#waiting.indexOf(done);
        if (index >= 0) this.#waiting.splice(index, 1);
        resolve();
      };
      const cancel = this.#clock.after(Math.max(0, deadline - this.#clock.now()), done);
      signal?.addEventListener('abort', done);
      this.#waiting.push(done);
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Stops the timer and ends every wait. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const wake of [...this.#waiting]) wake();
  }

  #hideUntil(job: Job, at: number): void {
    if (at <= this.#clock.now()) {
      this.#makeReady(job);
      return;
    }
    job.hiddenUntil = at;
    this.#hidden.push({ at, job });
    if (this.#hidden.size > STALE_LIMIT + 2 * this.#jobs.size) this.#dropStale();
    this.#arm();
  }

  #makeReady(job: Job): void {
    job.hiddenUntil = undefined;
    const queue = this.#ready.get(job.group);
    if (queue === undefined) this.#ready.set(job.group, [job]);
    else queue.push(job);
    this.#waiting[0]?.();
  }

  /** Whether a heap entry still tells when its job becomes visible. */
  #isCurrent({ at, job }: Hidden): boolean {
    return job.hiddenUntil === at && this.#jobs.get(job.id) === job;
  }

  #uncover(): void {
    const now = this.#clock.now();
    for (let first = this.#hidden.peek(); first !== undefined; first = this.#hidden.peek()) {
      if (this.#isCurrent(first)) {
        if (first.at > now) return;
        this.#hidden.pop();
        this.#makeReady(first.job);
      } else this.#hidden.pop();
    }
  }

  #dropStale(): void {
    const kept = this.#hidden.items().filter((one) => this.#isCurrent(one));
    this.#hidden = new Heap<Hidden>((a, b) => a.at - b.at);
    for (const one of kept) this.#hidden.push(one);
  }

  /** One timer, for the job that becomes visible first. */
  #arm(): void {
    const first = this.#hidden.peek();
    if (this.#closed || first === undefined || (this.#timer !== undefined && this.#timer.at <= first.at)) return;
    this.#timer?.cancel();
    const cancel = this.#clock.after(Math.max(0, first.at - this.#clock.now()), () => {
      this.#timer = undefined;
      this.#uncover();
      this.#arm();
    });
    this.#timer = { at: first.at, cancel };
  }
}
