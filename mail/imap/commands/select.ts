import { type Mailbox, SEEN, type State } from '../../account/types.ts';
import { AUTHENTICATED, type Command, command } from '../command.ts';
import { Bad } from '../errors.ts';
import { mailboxName } from '../grammar/mailbox.ts';
import { type Known, selectParams } from '../grammar/select.ts';
import type { Session } from '../session.ts';
import { refuseNumbers } from '../uidonly.ts';
import { vanished } from '../vanished.ts';
import { View } from '../view.ts';
import { listLine } from './list.ts';

/** SELECT (RFC 3501 section 6.3.1) and EXAMINE (6.3.2), which promises to change nothing; with the parameters of RFC 7162. */
export function selecting(readOnly: boolean): Command {
  return command({
    states: AUTHENTICATED,
    sync: 'none',
    parse(parser, session) {
      parser.space();
      const name = mailboxName(parser);
      const params = selectParams(parser);
      if (params.known !== undefined && !session.enabled.has('QRESYNC')) {
        throw new Bad('QRESYNC needs ENABLE QRESYNC first (RFC 7162 section 3.2.5)');
      }
      // RFC 9586 section 3.7.
      if (params.known?.match !== undefined) refuseNumbers(session);
      return { name, params };
    },
    async run(session, { name, params }) {
      // Also when it fails, no mailbox is selected any more. RFC 7162 section 3.2.11: the line between the two.
      if (session.selected !== undefined) session.out.line('* OK [CLOSED] The mailbox before is closed');
      session.unselect();
      const spot = await session.places.find(name);
      const { place } = spot;
      const state = await place.account.refresh();
      const mailbox = place.mailbox(state, spot.name, 'r');
      if (params.condstore) session.enableCondstore();
      const { recents, enabled } = session;
      const view = new View({ place, mailbox, state, readOnly, recents, enabled });
      view.announceFlags(session.out);
      session.out.line(`* ${view.numbers.size} EXISTS`);
      if (session.enabled.has('IMAP4REV2')) session.out.line(listLine({ place, state }, session.utf8Names, mailbox));
      else {
        session.out.line(`* ${view.recent.size} RECENT`);
        if (place.unseen(state, mailbox) > 0 && !view.isUidOnly) sayFirstUnseen(session, view, state);
      }
      session.out.line(`* OK [UIDVALIDITY ${mailbox.uidvalidity}] UIDs are valid`);
      session.out.line(`* OK [UIDNEXT ${mailbox.uidnext}] The next UID`);
      session.out.line(`* OK [MAILBOXID (${mailbox.id})] Its lasting name`);
      session.out.line(`* OK [HIGHESTMODSEQ ${mailbox.modseq}] The highest mod-sequence`);
      session.select(view);
      if (params.known !== undefined) await resynchronize(session, view, state, mailbox, params.known);
      // RFC 4314 section 5.2: \Seen is everybody's own, so the right to set it makes nobody a writer.
      const writes = ['i', 'e', 't', 'w'].some((right) => view.may(state, right));
      return { code: readOnly || !writes ? 'READ-ONLY' : 'READ-WRITE' };
    },
  });
}

/** Tells what has changed since a client was here (RFC 7162 section 3.2.5): nothing where it was here before the UIDs became void. */
async function resynchronize(
  session: Session,
  view: View,
  state: State,
  mailbox: Mailbox,
  known: Known,
): Promise<void> {
  if (known.uidvalidity !== mailbox.uidvalidity) return;
  const { out } = session;
  const gone = vanished(state, mailbox, known.modseq, known.uids, known.match);
  if (!gone.isEmpty) out.line(`* VANISHED (EARLIER) ${gone}`);
  const rows = view.rows(state);
  for (const row of rows.changedSince(known.modseq)) {
    const uid = rows.uid(row);
    if (known.uids?.has(uid) === false) continue;
    const flags = view.flagList(rows.flags(row), uid, out);
    const items = `FLAGS ${flags} MODSEQ (${rows.modseq(row)})`;
    out.line(`${view.fetchOpening(uid)}${view.isUidOnly ? '' : `UID ${uid} `}${items})`);
    await out.room();
  }
}

function sayFirstUnseen(session: Session, view: View, state: State): void {
  const rows = view.rows(state);
  for (let i = 0; i < rows.length; i++) {
    const number = view.numbers.of(rows.uid(i));
    if (number === 0 || (rows.flags(i).system & SEEN) !== 0) continue;
    session.out.line(`* OK [UNSEEN ${number}] The first unseen message`);
    return;
  }
}
