import type { Flags, Rows } from '../../account/types.ts';
import { UidSet } from '../../account/uidset.ts';
import { rowsOf } from '../changes.ts';
import { type Command, command, SELECTED } from '../command.ts';
import { No } from '../errors.ts';
import { storeFlags } from '../grammar/flags.ts';
import type { Parser } from '../grammar/parser.ts';
import { sequenceSet } from '../grammar/sequence.ts';

/** STORE and UID STORE (RFC 3501 section 6.4.6): one entry, whatever the number of messages. */
export function storing(uid: boolean): Command {
  return command({
    states: SELECTED,
    sync: uid ? 'all' : 'no expunge',
    uid,
    parse(parser) {
      parser.space();
      const set = sequenceSet(parser);
      parser.space();
      const { mode, silent } = storeItem(parser);
      parser.space();
      return { set, mode, silent, flags: storeFlags(parser) };
    },
    async run(session, { set, mode, silent, flags }) {
      const { view } = session;
      const uids = view.resolve(set, uid);
      if (view.readOnly) throw new No('READ-ONLY', 'The mailbox was opened with EXAMINE');
      const { result, state } = await session.account.write((draft) => {
        if (!draft.mailboxes.has(view.mailbox)) throw new No('NONEXISTENT', 'This mailbox has been deleted');
        const untold = silent ? changedByOthers(draft.rows(view.mailbox), uids, view.seq) : UidSet.EMPTY;
        draft.store(view.mailbox, uids, mode, flags);
        return { known: silent ? flagsOf(draft.rows(view.mailbox), uids, untold) : undefined };
      });
      const rows = view.rows(state);
      const { known } = result;
      const tell = known === undefined ? { tell: uids } : { known };
      session.sync({ expunge: false, uid, ...tell }, state);
      const some = rows.length < view.numbers.size && [...uids].some((one) => rows.find(one) < 0);
      if (some && !uid) return { code: 'EXPUNGEISSUED', text: 'Some messages have been expunged; the others are done' };
      return {};
    },
  });
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
