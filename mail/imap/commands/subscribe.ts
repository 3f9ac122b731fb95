import { AUTHENTICATED, type Command, command } from '../command.ts';
import { No } from '../errors.ts';
import { mailboxName } from '../grammar/mailbox.ts';

/**
 * SUBSCRIBE (RFC 3501 section 6.3.6) and UNSUBSCRIBE (6.3.7). To subscribe to a mailbox that is not there is refused, as that section
 * allows; it may go later, and the name stays.
 */
export function subscribing(on: boolean): Command {
  return command({
    states: AUTHENTICATED,
    parse(parser) {
      parser.space();
      return mailboxName(parser);
    },
    async run(session, name) {
      await session.account.write((draft) => {
        if (on && draft.mailboxNamed(name) === undefined) throw new No('NONEXISTENT', 'There is no such mailbox');
        draft.subscribe(name, on);
      });
    },
  });
}
