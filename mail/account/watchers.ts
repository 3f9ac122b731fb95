import type { Deps } from './deps.ts';
import type { State } from './types.ts';

/** Fallback for wake-ups that were lost. */
const POLL_MS = 60_000;

/** Who wants to be told when an account moves. While there is somebody, it is woken by events and by polling. */
export class Watchers {
  readonly #deps: Deps;
  readonly #account: string;
  /** Reads the tail where `seq` is ahead of it, or asked without one. */
  readonly #refresh: (seq?: number) => Promise<unknown>;
  readonly #listeners = new Set<(state: State) => void>();
  #stop: (() => void) | undefined;

  constructor(deps: Deps, account: string, refresh: (seq?: number) => Promise<unknown>) {
    this.#deps = deps;
    this.#account = account;
    this.#refresh = refresh;
  }

  get isEmpty(): boolean {
    return this.#listeners.size === 0;
  }

  add(listener: (state: State) => void): () => void {
    this.#listeners.add(listener);
    this.#stop ??= this.#start();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#stop?.();
      this.#stop = undefined;
    };
  }

  /** What a listener throws is no failure of the write that woke it. */
  tell(state: State): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(state);
      } catch (error) {
        this.#deps.log.error('account.listener-failed', { account: this.#account, error: String(error) });
      }
    }
  }

  /** Subscribes first, then reads: what comes in between is seen by the one or the other (design: rule 14). */
  #start(): () => void {
    const refresh = (seq?: number) => {
      this.#refresh(seq).catch((error: unknown) => {
        this.#deps.log.warn('account.refresh-failed', { account: this.#account, error: String(error) });
      });
    };
    const unsubscribe = this.#deps.wakeups.subscribe(this.#account, refresh);
    let cancel: () => void;
    const poll = () => {
      cancel = this.#deps.clock.after(POLL_MS, () => {
        refresh();
        poll();
      });
    };
    poll();
    refresh();
    return () => {
      unsubscribe();
      cancel();
    };
  }
}
