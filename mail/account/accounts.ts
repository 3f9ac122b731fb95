import { OpenAccount } from './account.ts';
import { compact } from './compact.ts';
import type { Deps } from './deps.ts';
import { eraseEmails } from './erase.ts';
import { eraseAccount } from './erase-account.ts';
import { beginEpoch, restoreMailbox, stateAt, undelete } from './history.ts';
import { PartCache } from './parts.ts';
import type { Account, Accounts, State } from './types.ts';

export interface AccountsOptions {
  /** Bytes of rows and tails kept for accounts that nobody uses just now. */
  readonly accountBytes: number;
  /** Bytes of unpacked summaries. */
  readonly summaryBytes: number;
}

/** The accounts of one process: each at most once, the least recently used forgotten (design: rule 13). */
export class OpenAccounts implements Accounts {
  readonly #deps: Deps;
  readonly #options: AccountsOptions;
  readonly #cache: PartCache;
  /** In order of use, the oldest first. */
  readonly #recent = new Map<string, OpenAccount>();
  /** Forgotten, but perhaps still held by a session: opening it again must give the same one. */
  readonly #held = new Map<string, WeakRef<OpenAccount>>();
  /** Sum of the weights in `#recent`, each as it was when its account was last opened. */
  readonly #weights = new Map<string, number>();
  #weight = 0;
  readonly #compacting = new Map<string, Promise<void>>();

  constructor(deps: Deps, options: AccountsOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#cache = new PartCache(deps.blobs, options.summaryBytes);
  }

  async open(id: string): Promise<Account> {
    return this.openWhole(id);
  }

  async openFresh(id: string): Promise<Account> {
    const { account, isFresh } = await this.#open(id, true);
    if (!isFresh) await account.refresh();
    return account;
  }

  /** As `open`, without the tables of placements: enough to add messages and to put objects, and cheaper. */
  async openToAppend(id: string): Promise<Account> {
    return (await this.#open(id, false)).account;
  }

  /** The account with what only this folder uses. */
  async openWhole(id: string): Promise<OpenAccount> {
    return (await this.#open(id, true)).account;
  }

  /** Writes a snapshot if entries came since the last, and drops what history need not keep. One at a time per account. */
  compact(id: string): Promise<void> {
    const running = this.#compacting.get(id);
    if (running !== undefined) return running;
    const done = this.openWhole(id)
      .then((account) => compact(this.#deps, this.#cache, account))
      .finally(() => this.#compacting.delete(id));
    this.#compacting.set(id, done);
    return done;
  }

  /** The account as it was at `time`, milliseconds since 1970. Throws `Refused('cannot')` where history does not go back so far. */
  async stateAt(id: string, time: number): Promise<State> {
    return stateAt(this.#deps, await this.openWhole(id), time);
  }

  /** What was in a mailbox at `time` and is not now comes back. Gives the number of messages. */
  async restoreMailbox(id: string, name: string, time: number): Promise<number> {
    return restoreMailbox(this.#deps, await this.openWhole(id), name, time);
  }

  /** Emails that are in no mailbox any more come back to where they were last. Gives their number. */
  async undelete(id: string, emails: readonly number[]): Promise<number> {
    return undelete(this.#deps, await this.openWhole(id), emails);
  }

  /** To be called for each account after the store was restored from a backup (design: rule 5). */
  async beginEpoch(id: string): Promise<void> {
    await beginEpoch(await this.openWhole(id));
  }

  /** Erases messages for good (design: rule 15). Where it fails, call it again. */
  async eraseEmails(id: string, emails: readonly number[]): Promise<void> {
    await eraseEmails(this.#deps, this.#cache, await this.openWhole(id), emails);
  }

  /** Erases the whole account, for good. Where it fails, call it again; and once more after an hour. */
  async eraseAccount(id: string): Promise<void> {
    await eraseAccount(this.#deps, id, async () => {
      const open = this.#recent.get(id) ?? this.#held.get(id)?.deref();
      if (open?.isLoaded) await open.renewBase().catch(() => {});
    });
  }

  async #open(id: string, withTables: boolean): Promise<{ readonly account: OpenAccount; readonly isFresh: boolean }> {
    const account = this.#recent.get(id) ?? this.#held.get(id)?.deref() ?? new OpenAccount(this.#deps, this.#cache, id);
    this.#recent.delete(id);
    this.#recent.set(id, account);
    this.#held.set(id, new WeakRef(account));
    let isFresh: boolean;
    try {
      isFresh = await account.load(withTables);
    } catch (error) {
      // One that others use stays the one of this process.
      if (!account.isLoaded) {
        this.#forget(id);
        this.#held.delete(id);
      }
      throw error;
    }
    this.#weigh(id, account.weight);
    if (this.#weight > this.#options.accountBytes) this.#forgetSome(account);
    return { account, isFresh };
  }

  #weigh(id: string, weight: number): void {
    this.#weight += weight - (this.#weights.get(id) ?? 0);
    this.#weights.set(id, weight);
  }

  #forget(id: string): void {
    this.#weigh(id, 0);
    this.#weights.delete(id);
    this.#recent.delete(id);
  }

  #forgetSome(keep: OpenAccount): void {
    for (const [id, account] of this.#recent) {
      if (this.#weight <= this.#options.accountBytes) break;
      if (account !== keep && account.isIdle) this.#forget(id);
    }
    for (const [id, held] of this.#held) if (held.deref() === undefined) this.#held.delete(id);
  }
}
