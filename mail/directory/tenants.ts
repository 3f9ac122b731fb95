import { ConditionFailed } from '../ports/index.ts';
import { Refused } from '../refused.ts';
import {
  addressItem,
  DEFAULT_TENANT,
  domainItem,
  keys,
  type TenantItem,
  type TenantLimits,
  tenantItem,
} from './items.ts';
import type { DirectoryStore } from './store.ts';

export type { TenantLimits } from './items.ts';

export interface TenantInfo {
  readonly id: string;
  /** For people. */
  readonly name: string;
  readonly limits: TenantLimits;
}

/** What can be changed of a tenant. Absent: as it was; null: no limit. */
export interface TenantChange {
  readonly name?: string | undefined;
  readonly limits?: { readonly [K in keyof TenantLimits]?: number | null | undefined } | undefined;
}

/**
 * Who shares this server with others: domains, and accounts in them. Nobody is given anything of another tenant. The name of one
 * that is gone is never used again, so that nothing that was kept under it comes to somebody else.
 */
export class Tenants {
  readonly #store: DirectoryStore;

  constructor(store: DirectoryStore) {
    this.#store = store;
  }

  /** Refused: `alreadyexists`, also for one that was removed; `invalid`. */
  async add(id: string, change: TenantChange = {}): Promise<TenantInfo> {
    if (!/^[a-z0-9-]{1,60}$/.test(id)) {
      throw new Refused('invalid', "A tenant's name is made of at most 60 small letters, digits and hyphens.");
    }
    const item = apply(blank(id), change);
    try {
      await this.#store.put(keys.tenant(id), item, 'absent');
    } catch (error) {
      if (error instanceof ConditionFailed) throw new Refused('alreadyexists', `There is or was a tenant ${id}.`);
      throw error;
    }
    return info(id, item);
  }

  async get(id: string): Promise<TenantInfo> {
    return info(id, await this.requireOpen(id));
  }

  /** In the order of their names, from behind `after`; those that are gone too where `all` is set. */
  async *list({ after, all = false }: { after?: string | undefined; all?: boolean } = {}): AsyncGenerator<TenantInfo> {
    const kept = await this.#store.fresh(keys.tenant(DEFAULT_TENANT), tenantItem);
    let missing = kept === undefined && (after === undefined || after < DEFAULT_TENANT);
    for await (const [id, item] of this.#store.list(keys.tenant('').pk, tenantItem, '', after)) {
      if (missing && id > DEFAULT_TENANT) {
        yield info(DEFAULT_TENANT, blank(DEFAULT_TENANT));
        missing = false;
      }
      if (all || item.removed === undefined) yield info(id, item);
    }
    if (missing) yield info(DEFAULT_TENANT, blank(DEFAULT_TENANT));
  }

  /** Refused for the default tenant, which has what the server has. */
  async set(id: string, change: TenantChange): Promise<TenantInfo> {
    if (id === DEFAULT_TENANT) throw new Refused('cannot', `Nothing can be set for ${id}: set it for the server.`);
    const changed = await this.#store.update(keys.tenant(id), tenantItem, (item) => apply(openOr(id, item), change));
    return info(id, changed);
  }

  /**
   * Refused while it has domains. The mark is set first and then looked for by whoever adds a domain, after its own write: whichever
   * of the two comes second sees the other.
   */
  async remove(id: string): Promise<void> {
    if (id === DEFAULT_TENANT) throw new Refused('cannot', 'This tenant is always there.');
    const removed = this.#store.clock.now();
    await this.#store.update(keys.tenant(id), tenantItem, (item) => ({ ...openOr(id, item), removed }));
    if ((await this.#domainsOf(id)).length === 0) return;
    await this.#store.update(keys.tenant(id), tenantItem, (item) => {
      const { removed: _, ...rest } = item ?? blank(id);
      return rest;
    });
    throw new Refused('cannot', `${id} still has domains. Remove them first.`);
  }

  /** Its item; refused when it is not there. Reads past the cache. */
  async requireOpen(id: string): Promise<TenantItem> {
    return openOr(id, (await this.#store.fresh(keys.tenant(id), tenantItem))?.value);
  }

  /**
   * Refused (`limit`) when it may have no more domains or accounts. Counted, not reserved: of those that are added in the same
   * moment each sees the others only when it is too late.
   */
  async requireRoom(id: string, what: 'domains' | 'accounts'): Promise<void> {
    const limit = (await this.requireOpen(id)).limits[what];
    if (limit === undefined) return;
    const domains = await this.#domainsOf(id);
    const used = what === 'domains' ? domains.length : await this.#countAccounts(domains, limit);
    if (used >= limit) throw new Refused('limit', `The tenant ${id} may have ${limit} ${what}.`);
  }

  async #domainsOf(id: string): Promise<string[]> {
    const found: string[] = [];
    for await (const [domain, { tenant }] of this.#store.list(keys.domain('').pk, domainItem)) {
      if (tenant === id) found.push(domain);
    }
    return found;
  }

  async #countAccounts(domains: readonly string[], enough: number): Promise<number> {
    let count = 0;
    for (const domain of domains) {
      for await (const [, { kind }] of this.#store.list(keys.address('x', domain).pk, addressItem, 'local/')) {
        if (kind === 'account' && ++count >= enough) return count;
      }
    }
    return count;
  }
}

function blank(id: string): TenantItem {
  return { v: 1, name: id, limits: {}, settings: {} };
}

function openOr(id: string, item: TenantItem | undefined): TenantItem {
  if (item === undefined && id === DEFAULT_TENANT) return blank(id);
  if (item === undefined || item.removed !== undefined) throw noTenant(id);
  return item;
}

export function noTenant(id: string): Refused {
  return new Refused('nonexistent', `There is no tenant ${id.slice(0, 60)}. Add it first.`);
}

function apply(item: TenantItem, { name, limits = {} }: TenantChange): TenantItem {
  if (name !== undefined && (/\p{Cc}/u.test(name) || name.length > 200)) {
    throw new Refused('invalid', 'That is no name to display.');
  }
  const set = Object.entries({ ...item.limits, ...given(limits) }).filter(([, limit]) => limit !== null);
  return { ...item, ...(name === undefined ? {} : { name }), limits: Object.fromEntries(set) };
}

function given(limits: object): object {
  return Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit !== undefined));
}

function info(id: string, { name, limits }: TenantItem): TenantInfo {
  return { id, name, limits };
}
