import { type Command, command, SELECTED } from '../command.ts';
import { No } from '../errors.ts';
import { mailboxName } from '../grammar/mailbox.ts';
import type { Parser } from '../grammar/parser.ts';
import { type SequenceSet, sequenceSet } from '../grammar/sequence.ts';
import { endingWithin, limitCode, withinLimit } from '../limit.ts';
import { transfer } from '../transfer.ts';

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
      const copied = await transfer(session, uids, name, 'copy');
      if (copied.from.isEmpty) return uids.isEmpty ? { text: 'Nothing to copy' } : gone(uid);
      return {
        code: `COPYUID ${copied.uidvalidity} ${copied.from} ${copied.to}`,
        text: copied.from.size === uids.size ? 'Copied' : 'Copied; some messages have been expunged before',
      };
    },
  });
}

/** MOVE and UID MOVE (RFC 6851): within one account one entry, so nothing is ever in both mailboxes or in neither. */
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
      const moved = await transfer(session, uids, name, 'move');
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

/** All that was named has been expunged by others: for UIDs that is nothing (RFC 3501 section 6.4.8), for numbers a surprise. */
function gone(uid: boolean): { text: string } {
  if (uid) return { text: 'Those messages are gone' };
  throw new No('EXPUNGEISSUED', 'Those messages have been expunged');
}
