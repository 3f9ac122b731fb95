import { type Rows, SEEN, type State } from '../../account/types.ts';
import { UidSet } from '../../account/uidset.ts';
import { SEEN_FLAG } from '../../sharing/seen.ts';
import { flagsOf, rowsOf } from '../changes.ts';
import { type Command, command, type Done, SELECTED } from '../command.ts';
import { No } from '../errors.ts';
import { Fetch } from '../fetch/answer.ts';
import { storeFlags } from '../flagging.ts';
import { type FetchItem, fetchItems } from '../grammar/fetch.ts';
import { fetchModifiers } from '../grammar/fetch-modifiers.ts';
import { type PartialRange, windowOf } from '../grammar/partial.ts';
import { resolve, SAVED, type SequenceSet, sequenceSet } from '../grammar/sequence.ts';
import { endingWithin, limitCode, withinLimit } from '../limit.ts';
import type { Session } from '../session.ts';
import { vanished } from '../vanished.ts';

/** FETCH and UID FETCH (RFC 3501 section 6.4.5). */
export function fetching(uid: boolean): Command {
  return command({
    states: SELECTED,
    sync: uid ? 'all' : 'no expunge',
    uid,
    numbers: !uid,
    parse(parser, session) {
      parser.space();
      const set = sequenceSet(parser);
      parser.space();
      const asked = fetchItems(parser);
      const modifiers = fetchModifiers(parser, uid, session.enabled.has('QRESYNC'));
      const items = modifiers.changedSince === undefined ? asked : [...asked, { kind: 'MODSEQ' as const }];
      // RFC 3501 section 6.4.8: UID FETCH always tells the UID; a UIDFETCH response begins with it.
      const tellUid = uid && !session.enabled.has('UIDONLY');
      return { set, modifiers, items: tellUid ? [{ kind: 'UID' as const }, ...items] : items };
    },
    async run(session, { set, modifiers, items }) {
      const { partial } = modifiers;
      if (partial !== undefined) checkWindow(session, partial);
      if (items.some(({ kind }) => kind === 'MODSEQ')) session.enableCondstore();
      if (modifiers.vanished === true) sayVanished(session, set, modifiers.changedSince ?? 0);
      const named = session.view.resolve(set, uid);
      const window = partial === undefined ? named : UidSet.fromAscending(windowOf([...named], partial));
      const { uids, lowest } = withinLimit(session, changedOnly(session, window, modifiers.changedSince));
      const { state, changed } = await markSeen(session, uids, items);
      const lost = await new Fetch(session, state, items, changed).run(uids);
      session.sync({ expunge: false, uid, interim: true, known: flagsOf(session.view.rows(state), changed) }, state);
      return endingWithin(session, ending(lost, uid), lowest);
    },
  });
}

/** A window that is too wide is refused, not narrowed (RFC 9738 section 3.1). */
function checkWindow(session: Session, { first, last }: PartialRange): void {
  if (last - first < session.messageLimit) return;
  throw new No(limitCode(session), `PARTIAL takes at most ${session.messageLimit} messages`);
}

/** Those of `uids` that have a higher mod-sequence (RFC 7162 section 3.1.4.1). */
function changedOnly(session: Session, uids: UidSet, changedSince: number | undefined): UidSet {
  if (changedSince === undefined) return uids;
  const rows = session.view.rows(session.place.account.state);
  return UidSet.fromAscending(rows.changedSince(changedSince).map((row) => rows.uid(row))).intersection(uids);
}

/** What has been expunged, before any FETCH response (RFC 7162 section 3.2.6). What the client still counts, it is told as usual. */
function sayVanished(session: Session, set: SequenceSet, since: number): void {
  const { view, out } = session;
  const { state } = view.place.account;
  const asked = set === SAVED ? view.saved : resolve(set, view.numbers.last);
  session.sync({ expunge: true, uid: true, interim: true }, state);
  const mailbox = state.mailboxes.get(view.mailbox);
  if (mailbox === undefined) return;
  const gone = vanished(state, mailbox, since, asked);
  if (!gone.isEmpty) out.line(`* VANISHED (EARLIER) ${gone}`);
}

/** RFC 5530: CORRUPTION for what should be there, EXPUNGEISSUED for what others have expunged; to a UID command that is nothing. */
function ending(lost: { expunged: number; unreadable: number }, uid: boolean): Done {
  if (lost.unreadable > 0) {
    return {
      status: 'NO',
      code: 'CORRUPTION',
      text: `${lost.unreadable} messages could not be read; it has been logged`,
    };
  }
  if (lost.expunged === 0 || uid) return {};
  return { code: 'EXPUNGEISSUED', text: 'Some messages have been expunged; the others were sent' };
}

/** Sets \Seen where a body is read without PEEK: one entry a command, and none where nothing changes. */
async function markSeen(
  session: Session,
  uids: UidSet,
  items: readonly FetchItem[],
): Promise<{ state: State; changed: UidSet }> {
  const { view } = session;
  const { account } = view.place;
  const { state } = account;
  const reads = items.some((item) => item.kind === 'SECTION' && !item.peek);
  if (!reads || view.readOnly || !someUnseen(view.rows(state), uids)) return { state, changed: UidSet.EMPTY };
  const written = await account.write((draft) => {
    const mailbox = draft.mailboxes.get(view.mailbox);
    // RFC 4314 section 4: without the right it is as BODY.PEEK.
    if (mailbox === undefined || !view.may(draft, 's')) return UidSet.EMPTY;
    return storeFlags(draft, view.place, mailbox, uids, 'add', [SEEN_FLAG]).changed;
  });
  return { state: written.state, changed: written.result };
}

function someUnseen(rows: Rows, uids: UidSet): boolean {
  for (const row of rowsOf(rows, uids)) if ((rows.flags(row).system & SEEN) === 0) return true;
  return false;
}
