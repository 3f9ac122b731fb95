/** Who calls the admin API. */
export interface Caller {
  readonly kind: 'token';
}

/** Something that belongs to a tenant, a domain, or the domain of an address. */
export type Owned = { readonly tenant: string } | { readonly domain: string } | { readonly address: string };

/**
 * What a call reaches. 'server': only who administers the whole server may. 'role': whoever administers anything, and the
 * handler shows of it what is his. A list: all of them.
 */
export type Reach = 'server' | 'role' | Owned | readonly Owned[];
