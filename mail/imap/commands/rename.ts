import { inheritByNew } from '../../sharing/acl.ts';
import { copyAnnotations } from '../annotations.ts';
import { AUTHENTICATED, command } from '../command.ts';
import { No } from '../errors.ts';
import { checkNewName, DELIMITER, mailboxName } from '../grammar/mailbox.ts';
import { parentOf } from '../places.ts';

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
    const { place, name } = await session.places.find(from);
    place.mailbox(await place.account.refresh(), name, 'x');
    const target = await session.places.locate(to);
    if (target?.place.account.id !== place.account.id) {
      throw new No('CANNOT', 'A mailbox stays in its account: make one there and move the messages');
    }
    await place.account.write((draft) => {
      place.mailbox(draft, name, 'x');
      const parent = parentOf(draft, target.name);
      if (!place.isOwn && !place.rights(draft, parent).has('k')) {
        throw new No('NOPERM', 'You may not put a mailbox there');
      }
      const before = new Set(draft.mailboxes.keys());
      draft.renameMailbox(name, target.name);
      // Levels that were made in between, and what INBOX has left; what is renamed keeps its list (RFC 4314 section 4).
      inheritByNew(draft, parent, before);
      const inbox = draft.mailboxNamed(name);
      if (inbox !== undefined) copyAnnotations(draft, inbox, draft.mailboxNamed(target.name)!);
    });
  },
});
