import { AUTHENTICATED, command } from '../command.ts';
import { No } from '../errors.ts';
import { checkNewName, DELIMITER, mailboxName } from '../grammar/mailbox.ts';

/** RFC 3501 section 6.3.3: a delimiter at the end says only that there will be inferiors. */
export const create = command({
  states: AUTHENTICATED,
  parse(parser) {
    parser.space();
    const name = mailboxName(parser);
    return name.endsWith(DELIMITER) ? name.slice(0, -1) : name;
  },
  async run(session, name) {
    if (name === 'INBOX') throw new No('CANNOT', 'INBOX is there already');
    checkNewName(name);
    await session.account.write((draft) => {
      draft.createMailbox(name);
    });
  },
});
