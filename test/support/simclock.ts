/**
 * Time for simulations: it stands still while anything runs, and jumps to the next timer when nothing does. The same
 * program does the same in the same order each time, as long as it waits for nothing but this clock and promises: no
 * sockets, files, worker threads or asynchronous zlib and crypto.
 */
import { Heap } from '../../adapters/local/heap.ts';
import type { Clock } from '../../mail/ports/index.ts';

interface Timer {
  readonly at: number;
  /** Timers of one moment fire in the order in which they were set. */
  readonly order: number;
  action: (() => void) | undefined;
}

/** Nothing is left to happen, and what was waited for has not come. */
export class Stuck extends Error {
  override readonly name = 'Stuck';
}

export class SimClock implements Clock {
  #now: number;
  #orders = 0;
  readonly #timers = new Heap<Timer>((a, b) => a.at - b.at || a.order - b.order);

  /** `start` in milliseconds since 1970. */
  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const aborted = () => {
        cancel();
        reject(signal!.reason);
      };
      const cancel = this.after(ms, () => {
        signal?.removeEventListener('abort', aborted);
        resolve();
      });
      signal?.addEventListener('abort', aborted, { once: true });
    });
  }

  after(ms: number, action: () => void): () => void {
    this.#orders += 1;
    const timer: Timer = { at: this.#now + Math.max(0, ms), order: this.#orders, action };
    this.#timers.push(timer);
    return () => {
      timer.action = undefined;
    };
  }

  /**
   * Runs until the promise is settled, and gives its outcome. Throws Stuck when nothing is left to happen before that, or
   * when `limitMs` have passed.
   */
  async run<T>(promise: Promise<T>, limitMs = Number.POSITIVE_INFINITY): Promise<T> {
    const end = this.#now + limitMs;
    let settled = false;
    const done = () => {
      settled = true;
    };
    promise.then(done, done);
    await turn();
    while (!settled) {
      if (!this.#fireNext(end)) throw new Stuck(`nothing happens any more at ${new Date(this.#now).toISOString()}`);
      await turn();
    }
    return promise;
  }

  /** Lets `ms` pass, with everything that happens meanwhile. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await turn();
    while (this.#fireNext(end)) await turn();
    this.#now = end;
  }

  /** Runs until no timer is left, or throws Stuck after `limitMs`: something sets timers for ever. */
  async runUntilIdle(limitMs: number): Promise<void> {
    const end = this.#now + limitMs;
    await turn();
    while (this.#fireNext(end)) await turn();
    if (this.#next() !== undefined) throw new Stuck(`still busy after ${limitMs} ms`);
  }

  /** The first timer that was not cancelled. */
  #next(): Timer | undefined {
    for (let first = this.#timers.peek(); first !== undefined; first = this.#timers.peek()) {
      if (first.action !== undefined) return first;
      this.#timers.pop();
    }
    return undefined;
  }

  #fireNext(end: number): boolean {
    const next = this.#next();
    if (next === undefined || next.at > end) return false;
    this.#timers.pop();
    this.#now = Math.max(this.#now, next.at);
    const { action } = next;
    next.action = undefined;
    action!();
    return true;
  }
}

/** Everything that waits only for promises runs before the next turn of the event loop. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
