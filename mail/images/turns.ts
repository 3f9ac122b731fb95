import type { Clock } from '../ports/index.ts';

/** At once for one account and for all, and so many for an account in a time. Of this process. */
export const LIMITS = { perAccount: 6, inAll: 64, waiting: 200, images: 1_000, per: 600_000 } as const;

/** Who may fetch images when: fair to all accounts, and bounded for each. */
export class Turns {
  readonly #clock: Clock;
  readonly #busy = new Map<string, number>();
  readonly #counts = new Map<string, { since: number; count: number }>();
  #all = 0;
  #waiting: { readonly account: string; readonly begin: () => void }[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Waits for a turn of the account; it ends with the function that is given. Undefined: it has had too many. */
  async take(account: string): Promise<(() => void) | undefined> {
    const ofAccount = this.#waiting.filter((one) => one.account === account).length;
    if (ofAccount >= LIMITS.waiting || !this.#count(account)) return undefined;
    if (!this.#isFree(account)) {
      await new Promise<void>((begin) => {
        this.#waiting.push({ account, begin });
      });
    } else this.#begin(account);
    let over = false;
    return () => {
      if (over) return;
      over = true;
      this.#end(account);
    };
  }

  #isFree(account: string): boolean {
    return this.#all < LIMITS.inAll && (this.#busy.get(account) ?? 0) < LIMITS.perAccount;
  }

  #begin(account: string): void {
    this.#all += 1;
    this.#busy.set(account, (this.#busy.get(account) ?? 0) + 1);
  }

  #end(account: string): void {
    this.#all -= 1;
    const left = this.#busy.get(account)! - 1;
    if (left === 0) this.#busy.delete(account);
    else this.#busy.set(account, left);
    const at = this.#waiting.findIndex((one) => this.#isFree(one.account));
    if (at < 0) return;
    const [next] = this.#waiting.splice(at, 1);
    this.#begin(next!.account);
    next!.begin();
  }

  #count(account: string): boolean {
    const now = this.#clock.now();
    for (const [other, { since }] of this.#counts) if (now - since >= LIMITS.per) this.#counts.delete(other);
    const mine = this.#counts.get(account) ?? { since: now, count: 0 };
    if (mine.count >= LIMITS.images) return false;
    mine.count += 1;
    this.#counts.set(account, mine);
    return true;
  }
}
