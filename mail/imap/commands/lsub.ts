import { AUTHENTICATED, command } from '../command.ts';
import { DELIMITER, mailboxPattern, wireName } from '../grammar/mailbox.ts';
import { MailboxPattern } from '../grammar/pattern.ts';
import { ancestors, inOrder } from './list.ts';

/**
 * RFC 3501 section 6.3.9. A level above a subscribed name that is not subscribed itself is shown with \Noselect where the pattern
 * stops at it, so that a client that asks with % finds the way down. Names whose mailbox is gone are shown too.
 */
export const lsub = command({
  states: AUTHENTICATED,
  parse(parser) {
    parser.space();
    const reference = mailboxPattern(parser);
    parser.space();
    const pattern = mailboxPattern(parser);
    return { pattern: new MailboxPattern(reference + pattern), levels: pattern.includes('%') };
  },
  async run(session, { pattern, levels }) {
    const { subscriptions } = await session.account.refresh();
    const above = levels ? [...subscriptions].flatMap(ancestors) : [];
    for (const name of inOrder(new Set([...subscriptions, ...above]))) {
      if (!pattern.matches(name)) continue;
      const attributes = subscriptions.has(name) ? '' : '\\Noselect';
      session.out.line(`* LSUB (${attributes}) "${DELIMITER}" ${wireName(name, session.utf8Names)}`);
      await session.out.room();
    }
  },
});
