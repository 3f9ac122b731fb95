import { requireDomain } from '../../directory/address.ts';
import { Refused } from '../../refused.ts';
import type { AdminDeps } from '../deps.ts';

/**
 * Lists what each domain has, domain after domain in the order of their names, or of one domain only. `after`: an address, behind
 * which it begins; `list` is given its local part (empty for a catch-all).
 */
export async function* acrossDomains<T>(
  deps: AdminDeps,
  only: string | undefined,
  after: string | undefined,
  list: (domain: string, after?: string) => AsyncIterable<T>,
): AsyncGenerator<T> {
  const cursor = after === undefined ? undefined : parseCursor(after);
  if (only !== undefined) {
    const { domain } = await deps.directory.domains.get(only);
    yield* list(domain, cursor?.local);
    return;
  }
  if (cursor !== undefined) yield* list(cursor.domain, cursor.local);
  for await (const { domain } of deps.directory.domains.list(cursor?.domain)) yield* list(domain);
}

function parseCursor(after: string): { local: string; domain: string } {
  const at = after.lastIndexOf('@');
  if (at < 0) throw new Refused('invalid', 'The page cursor is not one that a list gave.');
  const local = after.slice(0, at).replace(/^"|"$/g, '').replace(/\\(.)/g, '$1');
  return { local, domain: requireDomain(after.slice(at + 1)) };
}
