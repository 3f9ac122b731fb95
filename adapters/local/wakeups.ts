/** Wake-ups within one process. */
import type { Log, Wakeups } from '../../mail/ports/index.ts';

export class LocalWakeups implements Wakeups {
  readonly #listeners = new Map<string, Set<(seq: number) => void>>();
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  async publish(account: string, seq: number): Promise<void> {
    const listeners = this.#listeners.get(account);
    if (listeners === undefined) return;
    // In a turn of its own: what a listener does, or throws, is not the publisher's.
    queueMicrotask(() => {
      for (const listener of [...listeners]) this.#call(listener, account, seq);
    });
  }

  subscribe(account: string, listener: (seq: number) => void): () => void {
    const listeners = this.#listeners.get(account) ?? new Set();
    this.#listeners.set(account, listeners);
    // Its own entry even when one function subscribes twice.
    const entry = (seq: number) => listener(seq);
    listeners.add(entry);
    return () => {
      listeners.delete(entry);
      if (listeners.size === 0 && this.#listeners.get(account) === listeners) this.#listeners.delete(account);
    };
  }

  #call(listener: (seq: number) => void, account: string, seq: number): void {
    try {
      listener(seq);
    } catch (error) {
      this.#log.error('wakeups.listener.failed', { account, seq, error });
    }
  }
}
