import type { Clock, Log } from '../ports/index.ts';

/** What compacts an account; gives whether there is more to do. */
type Compact = (account: string) => Promise<boolean>;

/** Wait before an account is compacted: entries that follow closely are packed together. */
const DELAY_MS = 500;

/** Compacts accounts of this process in the background, one after the other. */
export class Compactor {
  readonly #compact: Compact;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #waiting = new Set<string>();
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(deps: { readonly compact: Compact; readonly clock: Clock; readonly log: Log }) {
    this.#compact = deps.compact;
    this.#clock = deps.clock;
    this.#log = deps.log;
  }

  /** Has the account compacted soon. */
  ask(account: string): void {
    if (this.#stopped) return;
    this.#waiting.add(account);
    this.#running ??= this.#run();
  }

  /** Takes nothing more on; resolves when the account at hand is done. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#waiting.clear();
    await this.#running;
  }

  async #run(): Promise<void> {
    await this.#clock.sleep(DELAY_MS);
    for (const account of this.#waiting) {
      this.#waiting.delete(account);
      try {
        if ((await this.#compact(account)) && !this.#stopped) this.#waiting.add(account);
      } catch (error) {
        this.#log.warn('account.not-compacted', { account, error: String(error) });
      }
    }
    this.#running = undefined;
  }
}
