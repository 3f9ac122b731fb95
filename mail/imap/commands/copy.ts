import type { Copied, Draft } from '../../account/types.ts';
import { kept } from '../../limits.ts';
import { checkQuota } from '../append/upload.ts';
import { type Command, command, SELECTED } from '../command.ts';
import { No } from '../errors.ts';
import { mailboxName } from '../grammar/mailbox.ts';
import type { Parser } from '../grammar/parser.ts';
import { type SequenceSet, sequenceSet } from '../grammar/sequence.ts';
import { endingWithin, limitCode, withinLimit } from '../limit.ts';
import type { Session } from '../session.ts';

/** COPY (RFC 3501 section 6.4.7) and UID COPY, with COPYUID (RFC 4315 section 3). */
export function copying(uid: boolean): Command {
  return command({
    states: SELECTED,
    uid,
    numbers: !uid,
    parse: setAndMailbox,
    async run(session, { set, name }) {
      const { uids, lowest } = withinLimit(session, session.view.resolve(set, uid));
      // All or none (RFC 9738 section 3.1).
      if (lowest !== undefined) throw new No(limitCode(session, lowest), 'Too many messages to copy; name fewer');
      const copied = await transfer(session, name, (draft, to) => {
        const before = kept(draft);
        const made = draft.copy(session.view.mailbox, uids, to);
        // The copies share their bytes. A write that throws leaves nothing.
        checkQuota(session, before, { bytes: 0, messages: made.from.size });
        return made;
      });
      if (copied.from.isEmpty) return uids.isEmpty ? { text: 'Nothing to copy' } : gone(uid);
      return {
        code: `COPYUID ${copied.uidvalidity} ${copied.from} ${copied.to}`,
        text: copied.from.size === uids.size ? 'Copied' : 'Copied; some messages have been expunged before',
      };
    },
  });
}

/** MOVE and UID MOVE (RFC 6851): one entry, so nothing is ever in both mailboxes or in neither. */
export function moving(uid: boolean): Command {
  return command({
    states: SELECTED,
    expunges: true,
    uid,
    numbers: !uid,
    parse: setAndMailbox,
    async run(session, { set, name }) {
      const { view } = session;
      const { uids, lowest } = withinLimit(session, view.resolve(set, uid));
      if (view.readOnly) throw new No('READ-ONLY', 'The mailbox was opened with EXAMINE');
      const moved = await transfer(session, name, (draft, to) => draft.move(view.mailbox, uids, to));
      if (moved.from.isEmpty) return uids.isEmpty ? { text: 'Nothing to move' } : gone(uid);
      // RFC 6851 section 4.3: COPYUID in an untagged OK, before the EXPUNGEs.
      session.out.line(`* OK [COPYUID ${moved.uidvalidity} ${moved.from} ${moved.to}] Moved`);
      return endingWithin(session, {}, lowest);
    },
  });
}

function setAndMailbox(parser: Parser): { set: SequenceSet; name: string } {
  parser.space();
  const set = sequenceSet(parser);
  parser.space();
  return { set, name: mailboxName(parser) };
}

async function transfer(session: Session, name: string, act: (draft: Draft, to: string) => Copied): Promise<Copied> {
  const { result } = await session.account.write((draft) => {
    const target = draft.mailboxNamed(name);
    if (target === undefined) throw new No('TRYCREATE', 'There is no such mailbox; create it first');
    if (!draft.mailboxes.has(session.view.mailbox)) throw new No('NONEXISTENT', 'This mailbox has been deleted');
    return act(draft, target.id);
  });
  return result;
}

/** All that was named has been expunged by others: for UIDs that is nothing (RFC 3501 section 6.4.8), for numbers a surprise. */
function gone(uid: boolean): { text: string } {
  if (uid) return { text: 'Those messages are gone' };
  throw new No('EXPUNGEISSUED', 'Those messages have been expunged');
}
