import { forgetAnnotations } from '../annotations.ts';
import { AUTHENTICATED, command } from '../command.ts';
import { No } from '../errors.ts';
import { DELIMITER, mailboxName } from '../grammar/mailbox.ts';

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
      if ([...draft.mailboxes.values()].some((other) => other.name.startsWith(name + DELIMITER))) {
        // RFC 9051 section 6.3.5.
        throw new No('HASCHILDREN', `${name} holds other mailboxes: delete those first`);
      }
      draft.deleteMailbox(name);
      if (id !== undefined) forgetAnnotations(draft, id);
      return id;
    });
    // Whoever deletes the mailbox that he has selected has none selected any more.
    if (session.selected !== undefined && session.selected.mailbox === result) session.unselect();
  },
});
