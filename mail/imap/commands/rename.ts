import { copyAnnotations } from '../annotations.ts';
import { AUTHENTICATED, command } from '../command.ts';
import { checkNewName, DELIMITER, mailboxName } from '../grammar/mailbox.ts';

/** RFC 3501 section 6.3.5; of INBOX, the messages move and INBOX stays. */
export const rename = command({
  states: AUTHENTICATED,
  parse(parser) {
    parser.space();
    const from = mailboxName(parser);
    parser.space();
    const to = mailboxName(parser);
    return { from, to: to.endsWith(DELIMITER) ? to.slice(0, -1) : to };
  },
  async run(session, { from, to }) {
    checkNewName(to);
    await session.account.write((draft) => {
      draft.renameMailbox(from, to);
      const inbox = draft.mailboxNamed(from);
      if (inbox !== undefined) copyAnnotations(draft, inbox, draft.mailboxNamed(to)!);
    });
  },
});
