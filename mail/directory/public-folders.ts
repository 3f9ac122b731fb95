import { ConditionFailed } from '../ports/index.ts';
import { Refused } from '../refused.ts';
import { addressItem, keys, pointerItem, publicItem } from './items.ts';
import type { DirectoryStore } from './store.ts';

/**
 * Which account's mailboxes are a tenant's public folders: one item a tenant. It counts only while the account says so too, so that
 * the item of an account that is gone stands in nobody's way.
 */
export class PublicFolders {
  readonly #store: DirectoryStore;
  readonly #hint: (account: string, tenant: string) => Promise<void>;

  /** `hint` notes that the account shares something with its tenant. */
  constructor(store: DirectoryStore, hint: (account: string, tenant: string) => Promise<void>) {
    this.#store = store;
    this.#hint = hint;
  }

  /** The account that was claimed last. Cached for some seconds. */
  async of(tenant: string): Promise<string | undefined> {
    return (await this.#store.publicFolders(tenant))?.value.account;
  }

  /** To be called when the account says that it is public. Refused: `alreadyexists` where the tenant has another. */
  async claim(tenant: string, account: string): Promise<void> {
    const key = keys.publicFolders(tenant);
    const kept = await this.#store.fresh(key, publicItem);
    if (kept?.value.account === account) return;
    if (kept !== undefined && (await this.#isPublic(kept.value.account))) throw taken();
    await this.#hint(account, tenant);
    try {
      await this.#store.put(key, { v: 1, account }, kept === undefined ? 'absent' : { rev: kept.rev });
    } catch (error) {
      if (error instanceof ConditionFailed) throw taken();
      throw error;
    }
  }

  async release(tenant: string, account: string): Promise<void> {
    const key = keys.publicFolders(tenant);
    const kept = await this.#store.fresh(key, publicItem);
    if (kept?.value.account === account) await this.#store.removeVersion(key, kept.rev);
  }

  /** Whether the account is there and says that it is public. */
  async #isPublic(account: string): Promise<boolean> {
    const pointer = (await this.#store.fresh(keys.pointer(account), pointerItem))?.value;
    if (pointer === undefined) return false;
    const item = (await this.#store.fresh(keys.address(pointer.local, pointer.domain), addressItem))?.value;
    return item?.kind === 'account' && item.id === account && item.public === true;
  }
}

function taken(): Refused {
  return new Refused('alreadyexists', 'Another account holds the public folders. Set public=off for that one first.');
}
