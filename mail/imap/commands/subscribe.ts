import { AUTHENTICATED, type Command, command } from '../command.ts';
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
      if (on) {
        const { place, name: local } = await session.places.find(name);
        place.mailbox(await place.account.refresh(), local, 'l');
      }
      // In the own account, whoever the mailbox belongs to.
      await session.account.write((draft) => draft.subscribe(name, on));
    },
  });
}
