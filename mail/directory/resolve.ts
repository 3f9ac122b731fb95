import type { Limits } from '../limits.ts';
import { Refused } from '../refused.ts';
import { type Address, formatAddress, normalDomain, parseAddress, splitDetail } from './address.ts';
import { type AccountItem, CATCH_ALL, DEFAULT_TENANT } from './items.ts';
import { limitsOf } from './limits.ts';
import { effective } from './settings.ts';
import type { DirectoryStore } from './store.ts';
import type { Resolution } from './types.ts';

/** An alias may name an alias, so many times over. */
const MAX_DEPTH = 10;
/** Addresses looked at for one recipient, so that a tree of aliases cannot grow without bound. */
const MAX_ADDRESSES = 1_000;

/** RFC 2142 section 4 and 5: addresses that every domain should answer at. */
const ROLE_NAMES = new Set(['postmaster', 'abuse']);

interface Walk {
  readonly store: DirectoryStore;
  readonly catchAll: boolean;
  readonly seen: Set<string>;
  readonly deliveries: Map<string, { account: string; detail?: string }>;
  readonly accounts: AccountItem[];
  readonly relay: Set<string>;
  /** Of the address that was asked for. */
  readonly domain: string;
  /** Whose that domain is, once it is known. */
  tenant: string | undefined;
  disabled: boolean;
}

/** What became of one address: the end of a branch, or nothing there. */
type Found = 'found' | 'unknown' | 'foreign';

/** Follows an address to the accounts and outside addresses that it stands for. `catchAll` false leaves catch-alls out. */
export async function resolve(store: DirectoryStore, text: string, catchAll = true): Promise<Resolution> {
  const address = parseAddress(text);
  if (address === undefined) return unreadable(store, text);
  const walk: Walk = {
    store,
    domain: address.domain,
    catchAll,
    seen: new Set(),
    deliveries: new Map(),
    accounts: [],
    relay: new Set(),
    tenant: undefined,
    disabled: false,
  };
  const found = await follow(walk, address, undefined, 0);
  if (found === 'foreign') return { kind: 'foreign' };
  if (walk.deliveries.size === 0 && walk.relay.size === 0) return { kind: walk.disabled ? 'disabled' : 'unknown' };
  const quotas = await quotasOf(store, walk.accounts);
  return {
    kind: 'local',
    tenant: walk.tenant ?? (await tenantOf(walk)) ?? DEFAULT_TENANT,
    deliveries: [...walk.deliveries.values()],
    relay: [...walk.relay],
    ...(quotas.size === 0 ? {} : { quotas }),
  };
}

async function quotasOf(store: DirectoryStore, accounts: readonly AccountItem[]): Promise<Map<string, Limits>> {
  const quotas = new Map<string, Limits>();
  for (const { id, domain, tenant, settings } of accounts) {
    const [above, { value }] = await Promise.all([store.settingsOf(domain, tenant), store.tenant(tenant)]);
    const limits = limitsOf([settings, ...above], value.limits.quota);
    if (Object.keys(limits).length > 0) quotas.set(id, limits);
  }
  return quotas;
}

/** No address that the directory could hold; its domain still says whether it would have been ours. */
async function unreadable(store: DirectoryStore, text: string): Promise<Resolution> {
  const domain = normalDomain(text.slice(text.lastIndexOf('@') + 1));
  if (domain === undefined) return { kind: 'foreign' };
  return { kind: (await store.domain(domain)) === undefined ? 'foreign' : 'unknown' };
}

async function follow(walk: Walk, address: Address, detail: string | undefined, depth: number): Promise<Found> {
  const name = formatAddress(address);
  // An alias that leads back to itself adds nothing the second time.
  if (walk.seen.has(name)) return 'found';
  if (walk.seen.size >= MAX_ADDRESSES || depth > MAX_DEPTH) {
    throw new Refused(
      'limit',
      `The aliases behind ${name} go more than ${MAX_DEPTH} deep or to ${MAX_ADDRESSES} addresses.`,
    );
  }
  walk.seen.add(name);
  if (address.domain === '') return followRole(walk, address, depth);

  const split = splitDetail(address.local);
  const exact = await take(walk, address, detail, depth);
  if (exact || (split !== undefined && (await take(walk, { ...address, local: split.base }, split.detail, depth)))) {
    return 'found';
  }
  if ((await walk.store.domain(address.domain)) === undefined) return 'foreign';
  if (ROLE_NAMES.has(split?.base ?? address.local)) return followRole(walk, address, depth);
  if (walk.catchAll && (await take(walk, { ...address, local: CATCH_ALL }, detail, depth))) return 'found';
  return 'unknown';
}

/** Uses the account or alias that is kept for exactly that address; false when there is none. */
async function take(walk: Walk, address: Address, detail: string | undefined, depth: number): Promise<boolean> {
  const item = (await walk.store.address(address.local, address.domain))?.value;
  if (item === undefined) return false;
  if (item.kind === 'account') await deliver(walk, item, detail, depth);
  else for (const target of item.targets) await followTarget(walk, target, detail, depth);
  return true;
}

async function deliver(walk: Walk, item: AccountItem, detail: string | undefined, depth: number): Promise<void> {
  if (!item.enabled) {
    walk.disabled = true;
    return;
  }
  // The account that has the address itself is of its tenant. The bare postmaster is of whom it leads to.
  walk.tenant ??= (depth === 0 ? undefined : await tenantOf(walk)) ?? item.tenant;
  // Tenants share no blob (design: rule 3): to an account of another the message goes as it would to a stranger.
  if (item.tenant !== walk.tenant) {
    const local = detail === undefined ? item.local : `${item.local}+${detail}`;
    walk.relay.add(formatAddress({ local, domain: item.domain }));
    return;
  }
  // Two ways to one account are one delivery; the first to come decides the folder that a detail may name.
  if (walk.deliveries.has(item.id)) return;
  walk.accounts.push(item);
  walk.deliveries.set(item.id, { account: item.id, ...(detail === undefined ? {} : { detail }) });
}

async function tenantOf(walk: Walk): Promise<string | undefined> {
  return walk.domain === '' ? undefined : (await walk.store.domain(walk.domain))?.value.tenant;
}

async function followTarget(walk: Walk, target: string, detail: string | undefined, depth: number): Promise<void> {
  const address = parseAddress(target);
  if (address === undefined) return;
  if ((await follow(walk, address, detail, depth + 1)) === 'foreign') walk.relay.add(formatAddress(address));
}

/** postmaster and abuse where nobody has that address: whoever `accounts.postmaster` names. */
async function followRole(walk: Walk, address: Address, depth: number): Promise<Found> {
  const maps = await walk.store.settingsOf(address.domain === '' ? undefined : address.domain);
  const target = effective('accounts.postmaster', maps);
  if (target === null) return 'unknown';
  await followTarget(walk, target, undefined, depth);
  return 'found';
}
