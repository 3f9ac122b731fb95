import { DELETED } from '../../account/types.ts';
import { UidSet } from '../../account/uidset.ts';
import { command, type Done, noArguments, SELECTED } from '../command.ts';
import { No } from '../errors.ts';
import { sequenceSet } from '../grammar/sequence.ts';
import { endingWithin } from '../limit.ts';
import type { Session } from '../session.ts';

/** RFC 3501 section 6.4.3: one entry, whatever the number of messages. */
export const expunge = command({
  states: SELECTED,
  expunges: true,
  parse: noArguments,
  run: (session) => expungeSome(session, session.view.numbers.uids),
});

/** UID EXPUNGE (RFC 4315 section 2.1): of the messages with \Deleted, those in the set. */
export const uidExpunge = command({
  states: SELECTED,
  expunges: true,
  uid: true,
  parse(parser) {
    parser.space();
    return sequenceSet(parser);
  },
  run: (session, set) => expungeSome(session, session.view.resolve(set, true), session.messageLimit),
});

async function expungeSome(session: Session, uids: UidSet, most?: number): Promise<Done> {
  const { view } = session;
  if (view.readOnly) throw new No('READ-ONLY', 'The mailbox was opened with EXAMINE');
  const before = view.numbers;
  const lowest = await expungeDeleted(session, uids, most);
  if (!session.enabled.has('CONDSTORE')) return endingWithin(session, {}, lowest);
  session.sync({ expunge: true, interim: true, answers: true });
  // RFC 7162 section 3.2.7: here it stands in the tagged reply.
  const done = view.numbers.size < before.size ? { code: `HIGHESTMODSEQ ${view.highestModseq}` } : {};
  return endingWithin(session, done, lowest);
}

/**
 * Expunges those of `uids` that have \Deleted. Messages that the client has not been told of are no business of its EXPUNGE. Gives the
 * lowest of them where it has left out some, as a UID EXPUNGE may and an EXPUNGE must not (RFC 9738 section 3.1).
 */
export async function expungeDeleted(
  session: Session,
  uids: UidSet,
  most = Number.POSITIVE_INFINITY,
): Promise<number | undefined> {
  const { view } = session;
  const { mailbox } = view;
  const { result } = await view.place.account.write((draft) => {
    view.check(draft, 'e');
    if ((draft.mailboxes.get(mailbox)?.deleted ?? 0) === 0) return undefined;
    const rows = draft.rows(mailbox);
    const deleted: number[] = [];
    for (let i = 0; i < rows.length; i++) {
      if ((rows.flags(i).system & DELETED) !== 0 && uids.has(rows.uid(i))) deleted.push(rows.uid(i));
    }
    const highest = deleted.length > most ? deleted.slice(-most) : deleted;
    if (deleted.length > 0) draft.expunge(mailbox, UidSet.fromAscending(highest));
    return deleted.length > most ? highest[0] : undefined;
  });
  return result;
}
