import { SEEN, type State } from '../../account/types.ts';
import { AUTHENTICATED, type Command, command } from '../command.ts';
import { No } from '../errors.ts';
import { mailboxName } from '../grammar/mailbox.ts';
import type { Session } from '../session.ts';
import { View } from '../view.ts';

/** SELECT (RFC 3501 section 6.3.1) and EXAMINE (6.3.2), which promises to change nothing. */
export function selecting(readOnly: boolean): Command {
  return command({
    states: AUTHENTICATED,
    sync: 'none',
    parse(parser) {
      parser.space();
      return mailboxName(parser);
    },
    async run(session, name) {
      // Also when it fails, no mailbox is selected any more.
      session.unselect();
      const state = await session.account.refresh();
      const mailbox = state.mailboxNamed(name);
      if (mailbox === undefined) throw new No('NONEXISTENT', 'There is no such mailbox');
      const view = new View({ account: session.account.id, mailbox, state, readOnly, recents: session.recents });
      view.announceFlags(session.out);
      session.out.line(`* ${view.numbers.size} EXISTS`);
      session.out.line(`* ${view.recent.size} RECENT`);
      if (mailbox.unseen > 0) sayFirstUnseen(session, view, state);
      session.out.line(`* OK [UIDVALIDITY ${mailbox.uidvalidity}] UIDs are valid`);
      session.out.line(`* OK [UIDNEXT ${mailbox.uidnext}] The next UID`);
      session.select(view);
      return { code: readOnly ? 'READ-ONLY' : 'READ-WRITE' };
    },
  });
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
