import { ConditionFailed } from '../ports/index.ts';
import { Refused } from '../refused.ts';
import { requireDomain } from './address.ts';
import { addressItem, DEFAULT_TENANT, type DomainItem, domainItem, keys } from './items.ts';
import type { DirectoryStore } from './store.ts';
import { Tenants } from './tenants.ts';

export interface DomainInfo {
  /** A-labels. */
  readonly domain: string;
  readonly tenant: string;
  /** Milliseconds since 1970. */
  readonly added: number;
}

export { DEFAULT_TENANT } from './items.ts';

/** Adding, listing and removing domains. */
export class Domains {
  readonly tenants: Tenants;
  private readonly store: DirectoryStore;

  constructor(store: DirectoryStore, tenants = new Tenants(store)) {
    this.store = store;
    this.tenants = tenants;
  }

  /** The domain receives at once. Refused: `alreadyexists`, `invalid`, `nonexistent` (the tenant), `limit`. */
  async add(name: string, tenant = DEFAULT_TENANT): Promise<DomainInfo> {
    const domain = requireDomain(name);
    const item: DomainItem = { v: 1, domain, tenant, added: this.store.clock.now(), settings: {} };
    await this.tenants.requireRoom(tenant, 'domains');
    try {
      await this.store.put(keys.domain(domain), item, 'absent');
    } catch (error) {
      if (error instanceof ConditionFailed) throw new Refused('alreadyexists', `${domain} is here already.`);
      throw error;
    }
    try {
      await this.tenants.requireOpen(tenant);
    } catch (error) {
      if (error instanceof Refused) await this.store.remove(keys.domain(domain));
      throw error;
    }
    return info(item);
  }

  async get(name: string): Promise<DomainInfo> {
    return info(await this.require(name));
  }

  /** In the order of their names, from behind `after`. */
  async *list(after?: string): AsyncGenerator<DomainInfo> {
    for await (const [, item] of this.store.list(keys.domain('').pk, domainItem, '', after)) yield info(item);
  }

  /**
   * Refused while the domain has accounts or aliases. The mark is set first and then looked for by whoever adds an address
   * (`requireOpen`, after its own write): whichever of the two comes second sees the other.
   */
  async remove(name: string): Promise<void> {
    const { domain } = await this.require(name);
    await this.mark(domain, true);
    for await (const _ of this.store.list(keys.address('x', domain).pk, addressItem)) {
      await this.mark(domain, false);
      throw new Refused('cannot', `${domain} still has accounts or aliases. Remove them first.`);
    }
    await this.store.remove(keys.domain(domain));
  }

  /** The domain's item; refused when it is not ours or is being removed. Reads past the cache. */
  async requireOpen(domain: string): Promise<DomainItem> {
    const item = await this.require(domain);
    if (item.removing) throw new Refused('unavailable', `${domain} is just being removed. Try again in a moment.`);
    return item;
  }

  private async require(name: string): Promise<DomainItem> {
    const domain = requireDomain(name);
    const item = await this.store.fresh(keys.domain(domain), domainItem);
    if (item === undefined) throw new Refused('nonexistent', `There is no domain ${domain} here. Add it first.`);
    return item.value;
  }

  private async mark(domain: string, removing: boolean): Promise<void> {
    await this.store.update(keys.domain(domain), domainItem, (item) => {
      if (item === undefined) throw new Refused('nonexistent', `There is no domain ${domain} here.`);
      const { removing: _, ...rest } = item;
      return removing ? { ...rest, removing } : rest;
    });
  }
}

function info(item: DomainItem): DomainInfo {
  return { domain: item.domain, tenant: item.tenant, added: item.added };
}
