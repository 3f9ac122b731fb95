import type { Flags, Rows } from '../../account/types.ts';
import { UidSet } from '../../account/uidset.ts';
import { rowsOf } from '../changes.ts';
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
        const untold = silent ? changedByOthers(view.rows(draft), uids, view.seq) : UidSet.EMPTY;
        const stored = storeFlagsAs(draft, view.place, mailbox, uids, mode, flags, unchangedSince);
        const known = silent ? flagsOf(view.rows(draft), uids, untold.union(stored.modified)) : undefined;
        return { ...stored, known };
      });
      const rows = view.rows(state);
      const { known, changed, modified } = result;
      // RFC 7162 section 3.1.3: a conditional STORE tells the mod-sequence of every message, and the flags of those that it left alone.
      const tell =
        known === undefined
          ? { tell: uids }
          : { known, tellModseq: unchangedSince === undefined ? changed : uids, tell: modified };
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
function changedByOthers(rows: Rows, uids: UidSet, seq: number): UidSet {
  const changed: number[] = [];
  for (const i of rowsOf(rows, uids)) if (rows.modseq(i) > seq) changed.push(rows.uid(i));
  return UidSet.fromAscending(changed);
}

/** What the client takes for granted after .SILENT. */
function flagsOf(rows: Rows, uids: UidSet, except: UidSet): Map<number, Flags> {
  const known = new Map<number, Flags>();
  for (const i of rowsOf(rows, uids)) if (!except.has(rows.uid(i))) known.set(rows.uid(i), rows.flags(i));
  return known;
}
