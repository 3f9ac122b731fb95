/**
 * How a process dies in a history: from one moment on nothing of it happens any more. Its calls get no answer, its timers do
 * not fire; what it had handed to the store takes its effect.
 */
import type { Blobs, Clock, Queue, QueueName, Records, Schedule, Wakeups } from '../../mail/ports/index.ts';
import { Crash } from '../support/failing.ts';
import type { StorePorts } from '../support/ports.ts';
import type { SimClock } from '../support/simclock.ts';

export class Life {
  dead = false;
  /** Milliseconds since 1970. */
  diedAt: number | undefined;
  /** Resolves at the end. */
  readonly death: Promise<void>;
  #resolve: () => void = () => {};
  readonly #atEnd: (() => void)[] = [];
  readonly #clock: SimClock;
  /** Until then it runs, and cannot reach the store. */
  cutOffUntil = 0;
  #frozenUntil = 0;
  #waiting: (() => void)[] = [];

  constructor(clock: SimClock) {
    this.#clock = clock;
    this.death = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  onDeath(action: () => void): void {
    this.#atEnd.push(action);
  }

  end(): void {
    if (this.dead) return;
    this.dead = true;
    this.diedAt = this.#clock.now();
    for (const action of this.#atEnd) action();
    this.#resolve();
  }

  /** Nothing of it happens for a while: a function between two calls, a machine that is suspended. */
  freeze(ms: number): void {
    this.#frozenUntil = Math.max(this.#frozenUntil, this.#clock.now() + ms);
  }

  cutOff(ms: number): void {
    this.cutOffUntil = this.#clock.now() + ms;
  }

  thaw(): void {
    this.#frozenUntil = 0;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  get frozenFor(): number {
    return Math.max(0, this.#frozenUntil - this.#clock.now());
  }

  /** Passes when the process runs; never, when it is dead. */
  async gate(): Promise<void> {
    while (this.frozenFor > 0) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        this.#clock.after(this.frozenFor, resolve);
      });
    }
    if (this.dead) await never();
  }
}

/** What a dead process waits for. */
export function never<T>(): Promise<T> {
  return new Promise<T>(() => {});
}

export function mortalClock(clock: SimClock, life: Life): Clock {
  const after = (ms: number, action: () => void): (() => void) => {
    let wanted = true;
    const fire = () => {
      if (!wanted || life.dead) return;
      if (life.frozenFor > 0) void life.gate().then(fire);
      else action();
    };
    const cancel = clock.after(ms, fire);
    return () => {
      wanted = false;
      cancel();
    };
  };
  return {
    now: () => clock.now(),
    after,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const aborted = () => {
          cancel();
          reject(signal!.reason);
        };
        const cancel = after(ms, () => {
          signal?.removeEventListener('abort', aborted);
          resolve();
        });
        signal?.addEventListener('abort', aborted, { once: true });
      }),
  };
}

/** The ports as a process has them: none answers when it is dead, or before it is awake. */
export function hanging(ports: StorePorts, life: Life): StorePorts {
  async function call<T>(work: () => Promise<T>): Promise<T> {
    await life.gate();
    try {
      const result = await work();
      await life.gate();
      return result;
    } catch (error) {
      if (error instanceof Crash) return never();
      await life.gate();
      throw error;
    }
  }
  async function* calls<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
    const iterator = items[Symbol.asyncIterator]();
    for (;;) {
      const next = await call(() => iterator.next());
      if (next.done) return;
      yield next.value;
    }
  }
  const records: Records = {
    get: (pk, sk) => call(() => ports.records.get(pk, sk)),
    query: (range) => call(() => ports.records.query(range)),
    put: (item, expect) => call(() => ports.records.put(item, expect)),
    delete: (pk, sk, expect) => call(() => ports.records.delete(pk, sk, expect)),
  };
  const blobs: Blobs = {
    put: (kind, source, options) => call(() => ports.blobs.put(kind, source, options)),
    get: (name, range) => call(() => ports.blobs.get(name, range)),
    info: (name) => call(() => ports.blobs.info(name)),
    delete: (name) => call(() => ports.blobs.delete(name)),
    stream: (name, range) => calls(ports.blobs.stream(name, range)),
    list: (kind) => calls(ports.blobs.list(kind)),
  };
  const queue = (name: QueueName): Queue => ({
    send: (body, options) => call(() => ports.queues[name].send(body, options)),
    // Who waits for jobs is not asked again and again in a history of months: it waits for as long as it takes.
    receive: (options) => call(() => ports.queues[name].receive({ ...options, waitSeconds: 1e8 })),
    delete: (handles) => call(() => ports.queues[name].delete(handles)),
    retry: (handle, delaySeconds) => call(() => ports.queues[name].retry(handle, delaySeconds)),
  });
  const schedule: Schedule = {
    at: (id, at, name, body) => call(() => ports.schedule.at(id, at, name, body)),
    cancel: (id) => call(() => ports.schedule.cancel(id)),
  };
  const wakeups: Wakeups = {
    publish: (account, seq) => call(() => ports.wakeups.publish(account, seq)),
    subscribe(account, listener) {
      if (life.dead) return () => {};
      return ports.wakeups.subscribe(account, (seq) => {
        if (life.frozenFor === 0) listener(seq);
      });
    },
  };
  return {
    records,
    blobs,
    queues: { deliver: queue('deliver'), send: queue('send'), compact: queue('compact') },
    schedule,
    wakeups,
  };
}
