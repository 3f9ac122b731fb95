import { requireDomain } from '../../directory/address.ts';
import type { DomainInfo } from '../../directory/domains.ts';
import { Refused } from '../../refused.ts';
import { type Caller, covers } from '../access.ts';
import type { AdminDeps } from '../deps.ts';

/**
 * Lists what each of the caller's domains has, domain after domain in the order of their names, or of one domain only, which the
 * dispatcher has let him look at. `after`: an address, behind which it begins; `list` is given its local part (empty for a catch-all).
 */
export async function* acrossDomains<T>(
  deps: AdminDeps,
  who: Caller,
  { domain: only, after }: { readonly domain?: string | undefined; readonly after?: string | undefined },
  list: (domain: string, after?: string) => AsyncIterable<T>,
): AsyncGenerator<T> {
  const cursor = after === undefined ? undefined : parseCursor(after);
  if (only !== undefined) {
    const { domain } = await deps.directory.domains.get(only);
    yield* list(domain, cursor?.local);
    return;
  }
  if (cursor !== undefined) {
    const place = await deps.directory.domains.get(cursor.domain).catch(() => undefined);
    if (place !== undefined && covers(who, place)) yield* list(cursor.domain, cursor.local);
  }
  for await (const { domain } of hisDomains(deps, who, cursor?.domain)) yield* list(domain);
}

/** The domains that the caller administers, in the order of their names, from behind `after`. */
export async function* hisDomains(deps: AdminDeps, who: Caller, after?: string): AsyncGenerator<DomainInfo> {
  for await (const domain of deps.directory.domains.list(after)) if (covers(who, domain)) yield domain;
}

function parseCursor(after: string): { local: string; domain: string } {
  const at = after.lastIndexOf('@');
  if (at < 0) throw new Refused('invalid', 'The page cursor is not one that a list gave.');
  const local = after.slice(0, at).replace(/^"|"$/g, '').replace(/\\(.)/g, '$1');
  return { local, domain: requireDomain(after.slice(at + 1)) };
}
