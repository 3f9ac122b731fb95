import { forgetAcl } from '../../sharing/acl.ts';
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
    const { place, name: local } = await session.places.find(name);
    const { result } = await place.account.write((draft) => {
      const { id } = place.mailbox(draft, local, 'x');
      const hasChildren = [...draft.mailboxes.values()].some((other) => other.name.startsWith(local + DELIMITER));
      if (hasChildren && local !== 'INBOX') {
        // RFC 9051 section 6.3.5. INBOX is not to be deleted anyway.
        throw new No('HASCHILDREN', `${name} holds other mailboxes: delete those first`);
      }
      draft.deleteMailbox(local);
      forgetAnnotations(draft, id);
      forgetAcl(draft, id, place.owner);
      return id;
    });
    // Whoever deletes the mailbox that he has selected has none selected any more.
    const { selected } = session;
    if (selected?.mailbox === result && selected.place.account.id === place.account.id) session.unselect();
  },
});
