import type { Query } from './list.ts';
import type { Email } from './types.ts';

/** What a filter by a keyword shows stays while it is looked at: reading a message must not take it from under the reader. */

/** Rows up to which a list is read whole to keep what it no longer finds. */
export const HELD_MOST = 500;

interface ByKeyword {
  readonly inMailbox?: string;
  readonly hasKeyword?: string;
  readonly notKeyword?: string;
}

/** Whether an email can leave the list by a keyword alone. */
export function isByKeyword({ filter }: Query): boolean {
  return filter !== null && ('hasKeyword' in filter || 'notKeyword' in filter);
}

/** Whether it is where the list looks, and left it by its keyword only. */
export function isHeld({ mailboxIds, keywords }: Pick<Email, 'mailboxIds' | 'keywords'>, { filter }: Query): boolean {
  const { inMailbox, hasKeyword, notKeyword } = (filter ?? {}) as ByKeyword;
  if (inMailbox !== undefined && !(inMailbox in mailboxIds)) return false;
  return (
    (hasKeyword !== undefined && !(hasKeyword in keywords)) || (notKeyword !== undefined && notKeyword in keywords)
  );
}

/** What the server has now, and among it what is held, each behind the one that it stood behind. */
export function withHeld(
  before: readonly string[],
  now: readonly string[],
  held: ReadonlySet<string>,
): readonly string[] {
  const all = [...now];
  const known = new Set(all);
  before.forEach((id, at) => {
    if (!held.has(id) || known.has(id)) return;
    known.add(id);
    const above = before.slice(0, at).findLast((one) => known.has(one) && one !== id);
    const below = before.slice(at + 1).find((one) => known.has(one));
    const place = above !== undefined ? all.indexOf(above) + 1 : below !== undefined ? all.indexOf(below) : 0;
    all.splice(place, 0, id);
  });
  return all;
}
