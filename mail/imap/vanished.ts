import type { Mailbox, Rows, State } from '../account/types.ts';
import { UidSet } from '../account/uidset.ts';
import type { Known } from './grammar/select.ts';

/**
 * UIDs of `known` that were expunged by entries after `since` (RFC 7162 section 3.2.6). Where the log remembers no more what was expunged when,
 * all of `known` that is not there any more, but for what the client proves to know by `match` (section 3.2.5.2).
 */
export function vanished(
  state: State,
  mailbox: Mailbox,
  since: number,
  known: UidSet | undefined,
  match?: Known['match'],
): UidSet {
  const used = UidSet.range(1, mailbox.uidnext - 1);
  const asked = known === undefined ? used : known.intersection(used);
  const remembered = state.vanishedSince(mailbox.id, since);
  if (remembered !== undefined) return remembered.intersection(asked);
  const rows = state.rows(mailbox.id);
  const proven = match === undefined ? 0 : highestMatch(rows, match);
  return asked.without(UidSet.fromAscending(uidsOf(rows))).without(UidSet.range(1, proven));
}

/** The highest UID whose sequence number is the one that the client says; 0 where none is. */
function highestMatch(rows: Rows, { numbers, uids }: NonNullable<Known['match']>): number {
  const claimed = uids[Symbol.iterator]();
  let highest = 0;
  for (const number of numbers) {
    if (number > rows.length) break;
    const uid = claimed.next().value;
    if (uid !== undefined && rows.uid(number - 1) === uid) highest = uid;
  }
  return highest;
}

function* uidsOf(rows: Rows): Generator<number> {
  for (let i = 0; i < rows.length; i++) yield rows.uid(i);
}
