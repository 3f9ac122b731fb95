import type { Clock, Log } from '../ports/index.ts';
import type { EndedSignIns } from './ended.ts';
import type { Directory, Service } from './types.ts';

/** So often it is asked what other processes took back; what this process takes back is looked at at once. */
const POLL_MS = 15_000;
/**
 * An account is looked at for so long after it was told of: the directory may say for 15 seconds what was, clocks differ, and a poll that failed
 * is made up for. Longer than two polls.
 */
const LOOK_MS = 60_000;
/** All are looked at so often: for what nobody told of, as a session whose time is over, or a process that died before it could tell. */
const ALL_MS = 15 * 60_000;
/** Accounts looked at at once. */
const AT_ONCE = 16;

interface Deps {
  readonly holds: Directory['holds'];
  readonly watch: Directory['watch'];
  readonly ended: Pick<EndedSignIns, 'since'>;
  readonly clock: Clock;
  readonly log: Log;
}

interface SignIn {
  readonly credential: string;
  readonly service: Service;
  readonly over: () => void;
}

/** The connections of a process whose clients have signed in, so that each is told when that holds no more. While there are none it does nothing. */
export class OpenSignIns {
  readonly #deps: Deps;
  /** By account. */
  readonly #open = new Map<string, Set<SignIn>>();
  #stop: (() => void) | undefined;
  #askedAt = 0;
  #allAt = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** As `Directory.untilEnded`. */
  add(account: string, credential: string, service: Service, over: () => void): () => void {
    const signIn = { credential, service, over };
    const open = this.#open.get(account) ?? new Set<SignIn>();
    this.#open.set(account, open.add(signIn));
    if (this.#stop === undefined) this.#start();
    return () => this.#remove(account, signIn);
  }

  #remove(account: string, signIn: SignIn): void {
    const open = this.#open.get(account);
    open?.delete(signIn);
    if (open?.size === 0) this.#open.delete(account);
    if (this.#open.size > 0) return;
    this.#stop?.();
    this.#stop = undefined;
  }

  #start(): void {
    const { clock, watch } = this.#deps;
    this.#askedAt = this.#allAt = clock.now();
    const unwatch = watch((account) => void this.#look(account));
    let isOver = false;
    let stopTimer: () => void;
    const wait = (): void => {
      stopTimer = clock.after(POLL_MS, () => {
        void this.#poll().then(() => {
          if (!isOver) wait();
        });
      });
    };
    wait();
    this.#stop = () => {
      isOver = true;
      stopTimer();
      unwatch();
    };
  }

  /** Never rejects. */
  async #poll(): Promise<void> {
    const { clock, ended, log } = this.#deps;
    const now = clock.now();
    try {
      let accounts: readonly string[];
      if (now - this.#allAt >= ALL_MS) {
        accounts = [...this.#open.keys()];
        this.#allAt = now;
      } else {
        accounts = [...(await ended.since(this.#askedAt - LOOK_MS))].filter((account) => this.#open.has(account));
      }
      this.#askedAt = now;
      const rest = accounts.values();
      await Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          for (const account of rest) await this.#look(account);
        }),
      );
    } catch (error) {
      log.warn('directory.openSignIns', { error: String(error) });
    }
  }

  /** Tells those of an account that signed in with what holds no more. Never rejects. */
  async #look(account: string): Promise<void> {
    const signIns = [...(this.#open.get(account) ?? [])];
    for (const alike of Map.groupBy(signIns, ({ credential, service }) => `${service} ${credential}`).values()) {
      const { credential, service } = alike[0]!;
      try {
        if (await this.#deps.holds(account, credential, service)) continue;
      } catch (error) {
        // The connection stays, and is looked at again.
        this.#deps.log.warn('directory.openSignIns', { account, error: String(error) });
        continue;
      }
      for (const signIn of alike) {
        if (this.#open.get(account)?.has(signIn) !== true) continue;
        this.#remove(account, signIn);
        signIn.over();
      }
    }
  }
}
