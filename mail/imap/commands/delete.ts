import { forgetAnnotations } from '../annotations.ts';
import { AUTHENTICATED, command } from '../command.ts';
import { mailboxName } from '../grammar/mailbox.ts';

/** RFC 3501 section 6.3.4. The subscription stays (section 6.3.6). */
export const deleteMailbox = command({
  states: AUTHENTICATED,
  parse(parser) {
    parser.space();
    return mailboxName(parser);
  },
  async run(session, name) {
    const { result } = await session.account.write((draft) => {
      const id = draft.mailboxNamed(name)?.id;
      draft.deleteMailbox(name);
      if (id !== undefined) forgetAnnotations(draft, id);
      return id;
    });
    // Whoever deletes the mailbox that he has selected has none selected any more.
    if (session.selected !== undefined && session.selected.mailbox === result) session.unselect();
  },
});
