import type { Clock } from '../ports/index.ts';
import type { AccountAdmin } from './accounts.ts';
import type { Domains } from './domains.ts';
import type { AccountInfo } from './types.ts';

/** A list is believed so long, in ms. */
const FRESH_MS = 15_000;
/** More accounts of a tenant are not listed: they are found by their address. */
const MOST = 10_000;
const TENANTS = 100;

interface Deps {
  readonly domains: Pick<Domains, 'list'>;
  readonly accounts: Pick<AccountAdmin, 'list'>;
  readonly clock: Clock;
}

/** Who is in a tenant, for its users to find each other. */
export class People {
  readonly #deps: Deps;
  readonly #known = new Map<string, { readonly at: number; readonly list: Promise<readonly AccountInfo[]> }>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  of(tenant: string): Promise<readonly AccountInfo[]> {
    const known = this.#known.get(tenant);
    const now = this.#deps.clock.now();
    if (known !== undefined && known.at + FRESH_MS > now) return known.list;
    const list = this.#list(tenant);
    this.#known.delete(tenant);
    this.#known.set(tenant, { at: now, list });
    if (this.#known.size > TENANTS) this.#known.delete(this.#known.keys().next().value!);
    list.catch(() => this.#known.delete(tenant));
    return list;
  }

  async #list(tenant: string): Promise<readonly AccountInfo[]> {
    const found: AccountInfo[] = [];
    for await (const domain of this.#deps.domains.list()) {
      if (domain.tenant !== tenant) continue;
      for await (const account of this.#deps.accounts.list(domain.domain)) {
        if (account.listed !== false) found.push(account);
        if (found.length >= MOST) return found;
      }
    }
    return found;
  }
}
