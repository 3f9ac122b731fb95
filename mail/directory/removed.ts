import * as z from 'zod';
import { forgetSignInLinks } from '../credentials/oidc.ts';
import type { Log } from '../ports/index.ts';
import { addressItem, erasingItem, keys, pointerItem } from './items.ts';
import type { DirectoryStore } from './store.ts';

/** Its mail is erased twice, so long apart: a process that had the account open may have written to it after the first time. */
const AGAIN_MS = 3_600_000;
/** A removal that has not happened by then has failed. */
const BEGUN_MS = 3_600_000;

/**
 * Accounts that were removed and whose mail is still to be erased (design: rule 15). The item is put before the account goes
 * and taken away when all is erased, so that a crash in between leaves nothing behind that nobody comes back to.
 */
export class Removed {
  private readonly store: DirectoryStore;
  private readonly forgetShares: (id: string) => Promise<void>;

  /** `forgetShares`: takes away the hints of what others share with an account. */
  constructor(store: DirectoryStore, forgetShares: (id: string) => Promise<void>) {
    this.store = store;
    this.forgetShares = forgetShares;
  }

  /** To be called before the account's address goes. */
  async begin(id: string): Promise<void> {
    const begun = this.store.clock.now();
    await this.store.update(keys.erasing(id), erasingItem, (item) => ({ v: 1 as const, ...item, begun }));
  }

  /** Takes away what else the directory keeps of an account whose address is gone; its id stays known as used. */
  async finish(id: string): Promise<void> {
    const { store } = this;
    const { pk, sk: address } = keys.pointer(id);
    await forgetSignInLinks(store, id);
    for await (const [sk] of store.list(pk, z.unknown())) if (sk !== address) await store.remove({ pk, sk });
    const pointer = await store.fresh(keys.pointer(id), pointerItem);
    if (pointer === undefined || pointer.value.removed !== undefined) return;
    const removed = store.clock.now();
    await store.update(keys.pointer(id), pointerItem, (now) => ({ ...(now ?? pointer.value), removed }));
  }

  /**
   * Erases whatever is due, with `erase` for one account's mail, which may be called again for the same one. To be called
   * every now and then. Where an account fails, the others go on, and it is due again.
   */
  async sweep(
    erase: (id: string) => Promise<void>,
    log: Log,
  ): Promise<{ readonly erased: number; readonly failed: number }> {
    const result = { erased: 0, failed: 0 };
    for await (const [id] of this.store.list(keys.erasing('').pk, erasingItem)) {
      try {
        if (await this.eraseOne(id, erase)) result.erased++;
      } catch (error) {
        result.failed++;
        log.warn('account.notErased', { account: id, error: String(error) });
      }
    }
    return result;
  }

  private async eraseOne(id: string, erase: (id: string) => Promise<void>): Promise<boolean> {
    const { store } = this;
    const key = keys.erasing(id);
    const kept = await store.fresh(key, erasingItem);
    if (kept === undefined) return false;
    const { begun, erased } = kept.value;
    const now = store.clock.now();
    if (erased !== undefined && erased + AGAIN_MS > now) return false;
    if (await this.isThere(id)) {
      // Only this version of it: the account may just be removed once more.
      if (begun + BEGUN_MS <= now) await store.removeVersion(key, kept.rev);
      return false;
    }
    await this.finish(id);
    await erase(id);
    await this.forgetShares(id);
    if (erased !== undefined) await store.remove(key);
    else await store.update(key, erasingItem, (item) => ({ ...(item ?? kept.value), erased: now }));
    return true;
  }

  private async isThere(id: string): Promise<boolean> {
    const pointer = await this.store.fresh(keys.pointer(id), pointerItem);
    if (pointer === undefined) throw new Error('the account was never made');
    if (pointer.value.removed !== undefined) return false;
    const address = await this.store.fresh(keys.address(pointer.value.local, pointer.value.domain), addressItem);
    return address?.value.kind === 'account' && address.value.id === id;
  }
}
