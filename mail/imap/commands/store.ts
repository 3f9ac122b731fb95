import type { Rows } from '../../account/types.ts';
import { UidSet } from '../../account/uidset.ts';
import { flagsOf } from '../changes.ts';
import { type Command, command, SELECTED } from '../command.ts';
import { Bad, No } from '../errors.ts';
import { storeFlags as storeFlagsAs } from '../flagging.ts';
import { storeFlags } from '../grammar/flags.ts';
import { modSequence } from '../grammar/modseq.ts';
import type { Parser } from '../grammar/parser.ts';
import { sequenceSet } from '../grammar/sequence.ts';
import { endingWithin, withinLimit } from '../limit.ts';

/** STORE and UID STORE (RFC 3501 section 6.4.6, RFC 7162 section 3.1.3): one entry, whatever the number of messages. */
export function storing(uid: boolean): Command {
  return command({
    states: SELECTED,
    sync: uid ? 'all' : 'no expunge',
    uid,
    numbers: !uid,
    parse(parser) {
      parser.space();
      const set = sequenceSet(parser);
      parser.space();
      const unchangedSince = storeModifier(parser);
      const { mode, silent } = storeItem(parser);
      parser.space();
      return { set, unchangedSince, mode, silent, flags: storeFlags(parser) };
    },
    async run(session, { set, unchangedSince, mode, silent, flags }) {
      const { view } = session;
      if (unchangedSince !== undefined) session.enableCondstore();
      const { uids, lowest } = withinLimit(session, view.resolve(set, uid));
      if (view.readOnly) throw new No('READ-ONLY', 'The mailbox was opened with EXAMINE');
      const { result, state } = await view.place.account.write((draft) => {
        const mailbox = draft.mailboxes.get(view.mailbox);
        if (mailbox === undefined) throw new No('NONEXISTENT', 'This mailbox has been deleted');
        view.check(draft);
        const others = silent ? changedByOthers(view.rows(draft), view.seq) : UidSet.EMPTY;
        const stored = storeFlagsAs(draft, view.place, mailbox, uids, mode, flags, unchangedSince);
        // What the client takes for granted.
        const known = silent ? flagsOf(view.rows(draft), uids.without(others).without(stored.modified)) : undefined;
        return { ...stored, known, others, mailbox: draft.mailboxes.get(view.mailbox) };
      });
      const rows = view.rows(state);
      const { known, changed, modified, others } = result;
      // The same version of the mailbox: nobody has written to it in between.
      const isUpToDate = others.isEmpty && state.mailboxes.get(view.mailbox) === result.mailbox;
      // RFC 7162 section 3.1.3: a conditional STORE tells the mod-sequence of every message, and the flags of those that it left alone.
      const tell =
        known === undefined
          ? { tell: uids }
          : { known, isUpToDate, tellModseq: unchangedSince === undefined ? changed : uids, tell: modified };
      session.sync({ expunge: false, uid, interim: true, ...tell }, state);
      const some = rows.length < view.numbers.size && [...uids].some((one) => rows.find(one) < 0);
      if (!modified.isEmpty) {
        const failed = uid ? modified : view.numbers.numbersOf(modified);
        const text = 'Some messages have been changed by others and are left as they are';
        return endingWithin(session, { status: some && !uid ? 'NO' : 'OK', code: `MODIFIED ${failed}`, text }, lowest);
      }
      const expunged = { code: 'EXPUNGEISSUED', text: 'Some messages have been expunged; the others are done' };
      return endingWithin(session, some && !uid ? expunged : {}, lowest);
    },
  });
}

/** `(UNCHANGEDSINCE n) `, where it stands (RFC 7162 section 3.1.3). */
function storeModifier(parser: Parser): number | undefined {
  if (parser.peek() !== '(') return undefined;
  const [modseq, ...more] = parser.list(
    () => {
      parser.expect('UNCHANGEDSINCE', 'UNCHANGEDSINCE');
      parser.space();
      return modSequence(parser);
    },
    { what: 'UNCHANGEDSINCE in parentheses' },
  );
  if (more.length > 0) throw new Bad('UNCHANGEDSINCE is given twice');
  parser.space();
  return modseq;
}

function storeItem(parser: Parser): { mode: 'set' | 'add' | 'remove'; silent: boolean } {
  const mode = parser.skip('+') ? 'add' : parser.skip('-') ? 'remove' : 'set';
  const start = parser.pos;
  const word = parser.keyword('FLAGS, +FLAGS or -FLAGS');
  if (word !== 'FLAGS' && word !== 'FLAGS.SILENT') {
    parser.pos = start;
    parser.fail('FLAGS, +FLAGS or -FLAGS, with or without .SILENT');
  }
  return { mode, silent: word === 'FLAGS.SILENT' };
}

/** Messages that somebody changed since the client was told: .SILENT does not cover those changes. */
function changedByOthers(rows: Rows, seq: number): UidSet {
  return UidSet.fromAscending(rows.changedSince(seq).map((i) => rows.uid(i)));
}
