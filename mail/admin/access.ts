import type { Actor } from '../audit/audit.ts';
import { requireDomain } from '../directory/address.ts';
import { addressOf } from '../directory/aliases.ts';
import type { DirectoryService } from '../directory/directory.ts';
import { outranks, type Role } from '../directory/roles.ts';
import { Refused } from '../refused.ts';

/** Who calls the admin API. */
export interface Caller {
  /** As it is at this moment. The admin token has that of the server. */
  readonly role: Role;
  /** The account's. Absent: the admin token, which is of no tenant. */
  readonly tenant?: string;
  readonly actor: Actor;
}

/** A domain, and whose it is. */
export interface Place {
  readonly domain: string;
  readonly tenant: string;
}

/**
 * Something that belongs to a tenant, a domain, or the domain of an address. To change an account, the caller must outrank it
 * besides; `outranked`: to look at it too. `wholeTenantOf`: all of the tenant that has the domain of that address, or that domain.
 */
export type Owned =
  | { readonly tenant: string }
  | { readonly domain: string }
  | { readonly address: string }
  | { readonly outranked: string }
  | { readonly wholeTenantOf: string };

/**
 * What a call reaches. 'server': only who administers the whole server may. 'role': whoever administers anything, and the
 * handler shows of it what is his. A list: all of them.
 */
export type Reach = 'server' | 'role' | Owned | readonly ('server' | Owned)[];

type Directory = Pick<DirectoryService, 'domains' | 'accounts'>;

/** Whether a domain is among what the caller administers: the one place where that is decided. */
export function covers({ role, tenant }: Caller, place: Place): boolean {
  switch (role.kind) {
    case 'server':
      return true;
    case 'tenant':
      return place.tenant === tenant;
    case 'domain':
      // A domain that has gone to another tenant since is no longer his.
      return place.tenant === tenant && role.domains.includes(place.domain);
  }
}

/**
 * Throws `Refused` where the caller may not reach that. What is not his does not exist for him (`nonexistent`), in the same words as
 * what nobody has; an operation that only others may use is `noperm`, whatever it is used on. `changes`: it is not only looked at.
 */
export async function authorize(directory: Directory, who: Caller, reach: Reach, changes: boolean): Promise<void> {
  // What there is not is said by the handler, which knows better what it looked for.
  if (who.role.kind === 'server' || reach === 'role') return;
  for (const each of Array.isArray(reach) ? (reach as readonly ('server' | Owned)[]) : [reach as 'server' | Owned]) {
    if (each === 'server') throw new Refused('noperm', 'Only who administers the server may do that.');
    if (!(await reaches(directory, who, each))) {
      throw new Refused('nonexistent', 'Among what you administer there is nothing like that.');
    }
    if (changes && 'address' in each) await requireOutranked(directory, who, each.address);
    if ('outranked' in each) await requireOutranked(directory, who, each.outranked);
  }
}

/** Whose something is. Undefined where it is nobody's: there is no such domain. */
export async function placeOf(directory: Directory, owned: Owned): Promise<Partial<Place> | undefined> {
  if ('tenant' in owned) return owned;
  const found = await orUndefined(directory.domains.get(domainOf(owned)));
  return found && { domain: found.domain, tenant: found.tenant };
}

async function reaches(directory: Directory, who: Caller, owned: Owned): Promise<boolean> {
  const place = await placeOf(directory, owned);
  if (place?.tenant === undefined) return false;
  if (place.domain === undefined || 'wholeTenantOf' in owned) {
    return who.role.kind === 'tenant' && place.tenant === who.tenant;
  }
  return covers(who, { domain: place.domain, tenant: place.tenant });
}

function domainOf(owned: Exclude<Owned, { tenant: string }>): string {
  if ('domain' in owned) return requireDomain(owned.domain);
  if ('address' in owned) return addressOf(owned.address).domain;
  if ('outranked' in owned) return addressOf(owned.outranked).domain;
  const { wholeTenantOf: text } = owned;
  return text.includes('@') ? addressOf(text).domain : requireDomain(text);
}

async function requireOutranked(directory: Directory, who: Caller, address: string): Promise<void> {
  const account = await orUndefined(directory.accounts.get(address));
  if (account !== undefined && !outranks(who.role, account.role)) {
    throw new Refused('noperm', 'That account administers as much as you, or more: only who is above it may do that.');
  }
}

async function orUndefined<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof Refused && (error.code === 'nonexistent' || error.code === 'invalid')) return undefined;
    throw error;
  }
}
