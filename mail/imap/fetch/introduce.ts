import type { State } from '../../account/types.ts';
import { UidSet } from '../../account/uidset.ts';
import type { FetchItem } from '../grammar/fetch.ts';
import type { Session } from '../session.ts';
import { Fetch } from './answer.ts';

/**
 * FETCH responses that nobody asked for just now: what is to be told of messages that have come (RFC 5465 section 5.2). Each has one,
 * with everything once. `\Seen` stays as it is, whatever is read: it is not the user who reads.
 */
export async function introduce(
  session: Session,
  state: State,
  news: ReadonlyMap<number, readonly FetchItem[]>,
): Promise<void> {
  const groups = new Map<string, { readonly items: readonly FetchItem[]; readonly uids: number[] }>();
  for (const [uid, asked] of news) {
    const items = once([...uidFirst(session), ...asked]);
    const key = [...items.keys()].join(' ');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { items: [...items.values()], uids: [uid] });
    else group.uids.push(uid);
  }
  for (const { items, uids } of groups.values()) {
    await new Fetch(session, state, items, UidSet.EMPTY).run(UidSet.from(uids));
  }
}

/** RFC 7162 section 3.2.4, RFC 9051 section 7.5.2: the UID comes with what was not asked for. */
function uidFirst({ enabled }: Session): FetchItem[] {
  const wants = (enabled.has('CONDSTORE') || enabled.has('IMAP4REV2')) && !enabled.has('UIDONLY');
  return wants ? [{ kind: 'UID' }] : [];
}

function once(items: readonly FetchItem[]): Map<string, FetchItem> {
  return new Map(items.map((item) => [item.kind === 'SECTION' ? item.label : item.kind, item]));
}
