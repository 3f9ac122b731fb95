/** One-time wake-ups in SQLite: a timer for the first, a job in its queue when it is due. */
import type { StatementSync } from 'node:sqlite';
import type { Clock, Log, QueueName, Schedule } from '../../mail/ports/index.ts';
import type { LocalQueues } from './queue.ts';
import type { Store } from './store.ts';

/** What is due and could not be queued is tried again after so long. */
const RETRY_MS = 5000;

export class LocalSchedule implements Schedule {
  readonly #store: Store;
  readonly #queues: LocalQueues;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #first: StatementSync;
  #timer: { readonly at: number; readonly cancel: () => void } | undefined;
  #firing = false;
  #closed = false;

  constructor(store: Store, queues: LocalQueues, clock: Clock, log: Log) {
    this.#store = store;
    this.#queues = queues;
    this.#clock = clock;
    this.#log = log;
    this.#first = store.prepareRead('SELECT id, at, queue, body FROM schedule ORDER BY at LIMIT 1');
    this.#arm();
  }

  async at(id: string, at: number, queue: QueueName, body: string): Promise<void> {
    if (!/^[A-Za-z0-9_.-]{1,64}$/.test(id)) throw new TypeError('not an id for a schedule');
    await this.#store.write('scheduleSet', id, at, queue, body);
    this.#arm();
  }

  async cancel(id: string): Promise<void> {
    await this.#store.write('scheduleCancel', id);
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  #arm(notBefore = 0): void {
    if (this.#closed || this.#firing) return;
    const first = this.#first.get();
    if (first === undefined) return;
    const at = Math.max(Number(first.at), notBefore);
    if (this.#timer !== undefined && this.#timer.at <= at) return;
    this.#timer?.cancel();
    const cancel = this.#clock.after(Math.max(0, at - this.#clock.now()), () => {
      this.#timer = undefined;
      void this.#fire();
    });
    this.#timer = { at, cancel };
  }

  async #fire(): Promise<void> {
    this.#firing = true;
    let notBefore = 0;
    try {
      for (;;) {
        const row = this.#first.get();
        if (row === undefined || Number(row.at) > this.#clock.now()) break;
        const queue = this.#queues.queue(String(row.queue));
        // A new time that was set meanwhile differs in `at` and stays.
        await queue.sendAlong(String(row.body), {}, [['scheduleFired', String(row.id), Number(row.at)]]);
        if (this.#closed) return;
      }
    } catch (error) {
      this.#log.error('schedule.fire.failed', { error });
      notBefore = this.#clock.now() + RETRY_MS;
    } finally {
      this.#firing = false;
    }
    this.#arm(notBefore);
  }
}
