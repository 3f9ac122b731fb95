import { DELETED } from '../../account/types.ts';
import { UidSet } from '../../account/uidset.ts';
import { command, type Done, noArguments, SELECTED } from '../command.ts';
import { No } from '../errors.ts';
import { sequenceSet } from '../grammar/sequence.ts';
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
  run: (session, set) => expungeSome(session, session.view.resolve(set, true)),
});

async function expungeSome(session: Session, uids: UidSet): Promise<Done> {
  const { view } = session;
  if (view.readOnly) throw new No('READ-ONLY', 'The mailbox was opened with EXAMINE');
  const before = view.numbers;
  await expungeDeleted(session, uids);
  if (!session.enabled.has('CONDSTORE')) return {};
  session.sync({ expunge: true, interim: true, answers: true });
  // RFC 7162 section 3.2.7: here it stands in the tagged reply.
  return view.numbers.size < before.size ? { code: `HIGHESTMODSEQ ${view.highestModseq}` } : {};
}

/** Expunges those of `uids` that have \Deleted. Messages that the client has not been told of are no business of its EXPUNGE. */
export async function expungeDeleted(session: Session, uids: UidSet): Promise<void> {
  const { view } = session;
  const { mailbox } = view;
  await view.place.account.write((draft) => {
    view.check(draft, 'e');
    if ((draft.mailboxes.get(mailbox)?.deleted ?? 0) === 0) return;
    const rows = draft.rows(mailbox);
    const deleted: number[] = [];
    for (let i = 0; i < rows.length; i++) {
      if ((rows.flags(i).system & DELETED) !== 0 && uids.has(rows.uid(i))) deleted.push(rows.uid(i));
    }
    if (deleted.length > 0) draft.expunge(mailbox, UidSet.fromAscending(deleted));
  });
}
