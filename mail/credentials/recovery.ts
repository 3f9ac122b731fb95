import { type Clock, type Random, randomName } from '../ports/index.ts';
import { keys, recoveryItem } from './items.ts';
import { hashOf } from './secrets.ts';
import type { CredentialStore } from './store.ts';

const CODES = 10;
/** Of five bits each. */
const LENGTH = 16;

/** Codes on paper for who has lost the second factor: each is taken once. */
export class RecoveryCodes {
  readonly #deps: { readonly store: CredentialStore; readonly clock: Clock; readonly random: Random };

  constructor(deps: { readonly store: CredentialStore; readonly clock: Clock; readonly random: Random }) {
    this.#deps = deps;
  }

  /** Ten new ones, never to be seen again; those from before count no more. */
  async make(account: string): Promise<readonly string[]> {
    const { store, clock, random } = this.#deps;
    const codes = Array.from({ length: CODES }, () => randomName(random, LENGTH));
    const item = { v: 1 as const, made: clock.now(), codes: codes.map((code) => hashOf(account, code)) };
    await store.update(keys.recovery(account), recoveryItem, () => item);
    return codes.map((code) => code.replace(/(.{4})(?=.)/g, '$1-'));
  }

  /** How many have not been used. */
  async left(account: string): Promise<number> {
    return (await this.#deps.store.fresh(keys.recovery(account), recoveryItem))?.value.codes.length ?? 0;
  }

  /** Whether it is one of the account's, which is now taken. */
  async take(account: string, code: string): Promise<boolean> {
    const { store } = this.#deps;
    const at = keys.recovery(account);
    const hash = hashOf(account, code.replace(/[\s-]/g, '').toLowerCase());
    if (!(await store.fresh(at, recoveryItem))?.value.codes.includes(hash)) return false;
    let taken = false;
    await store.update(at, recoveryItem, (item) => {
      taken = item?.codes.includes(hash) ?? false;
      const codes = item?.codes.filter((each) => each !== hash) ?? [];
      return { v: 1 as const, made: item?.made ?? 0, codes };
    });
    return taken;
  }

  async remove(account: string): Promise<void> {
    await this.#deps.store.remove(keys.recovery(account));
  }
}
