import type { Directory } from '../../directory/types.ts';
import { type Clock, isTransient, type Log } from '../../ports/index.ts';
import { Refused } from '../../refused.ts';

/** Connections of one account that wait for pushes at once. */
const MOST = 32;
/** So often it is looked whether those who wait may still; what this process hears of is looked at at once. */
const RECHECK_MS = 30_000;

interface Deps {
  readonly directory: Pick<Directory, 'holds' | 'watch'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Event streams and WebSockets that are open, so that they are bounded, and end when the server does, or what they signed in with. */
export class Connections {
  readonly #deps: Deps;
  /** By account, each with what it signed in with (`SignedIn.credential`). */
  readonly #open = new Map<string, Map<() => void, string>>();
  readonly #unwatch: () => void;
  #stopTimer: (() => void) | undefined;
  #stopped = false;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#unwatch = deps.directory.watch((account) => void this.#recheck(account));
  }

  /** Throws `Refused` where the account may not have one more. */
  check(account: string): void {
    if (this.#stopped) throw new Refused('unavailable', 'The server is stopping; connect again.');
    if ((this.#open.get(account)?.size ?? 0) >= MOST) {
      throw new Refused('throttled', `At most ${MOST} connections of an account wait for pushes at once; close one.`);
    }
  }

  /** Counts one more, to be ended by `end`; the returned function says that it is over. Throws as `check`. */
  add(account: string, credential: string, end: () => void): () => void {
    this.check(account);
    const open = this.#open.get(account) ?? new Map<() => void, string>();
    this.#open.set(account, open.set(end, credential));
    this.#stopTimer ??= this.#deps.clock.after(RECHECK_MS, () => void this.#recheckAll());
    return () => {
      open.delete(end);
      if (open.size === 0 && this.#open.get(account) === open) this.#open.delete(account);
    };
  }

  /** Ends all, and takes no more. */
  stop(): void {
    this.#stopped = true;
    this.#stopTimer?.();
    this.#unwatch();
    for (const end of [...this.#open.values()].flatMap((open) => [...open.keys()])) end();
  }

  get size(): number {
    return [...this.#open.values()].reduce((sum, open) => sum + open.size, 0);
  }

  async #recheckAll(): Promise<void> {
    for (const account of [...this.#open.keys()]) await this.#recheck(account);
    this.#stopTimer = undefined;
    if (this.#stopped || this.#open.size === 0) return;
    this.#stopTimer = this.#deps.clock.after(RECHECK_MS, () => void this.#recheckAll());
  }

  /** Ends those of an account that signed in with what holds no more. Never rejects. */
  async #recheck(account: string): Promise<void> {
    const credentials = new Set(this.#open.get(account)?.values());
    for (const credential of credentials) {
      try {
        if (await this.#deps.directory.holds(account, credential)) continue;
      } catch (error) {
        // It is looked at again.
        if (!isTransient(error)) this.#deps.log.error('jmap.connections', { account, error: String(error) });
        continue;
      }
      for (const [end, of] of [...(this.#open.get(account) ?? [])]) if (of === credential) end();
    }
  }
}
