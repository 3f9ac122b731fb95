import type { State } from '../../account/types.ts';
import { AUTHENTICATED, command } from '../command.ts';
import type { Events, NotifySet } from '../grammar/notify.ts';
import { notifyArguments } from '../grammar/notify.ts';
import type { StatusItem } from '../grammar/status.ts';
import { eventsOf, NO_SELECTED, NOTHING, Notifier } from '../notify/notifier.ts';
import type { Session } from '../session.ts';
import { sayStatus } from './status.ts';

/** NOTIFY (RFC 5465): from now on the client is told of these events and no others, whether or not a command is in progress. */
export const notify = command({
  states: AUTHENTICATED,
  parse(parser) {
    parser.space();
    return notifyArguments(parser);
  },
  async run(session, asked) {
    if (asked === undefined) {
      session.notify(new Notifier(session, NOTHING));
      return;
    }
    const { selected = NO_SELECTED, others } = asked;
    if (selected.items.some(({ kind }) => kind === 'MODSEQ')) session.enableCondstore();
    // Watch first, then read the tail (design: rule 14).
    const notifier = new Notifier(session, { selected, others, listens: true });
    try {
      await session.refresh();
      const { state } = session.account;
      await session.notifier?.tell();
      session.notify(undefined);
      // Section 3.1: what has gathered for the selected mailbox, whatever is wanted of it from now on.
      await session.news({ expunge: true });
      notifier.begin(state);
      session.notify(notifier);
      if (asked.status) await sayAll(session, state, asked);
    } catch (error) {
      notifier.stop();
      throw error;
    }
  },
});

/** The present state of the mailboxes whose messages are watched, but for the selected one. */
async function sayAll(session: Session, state: State, { others }: NotifySet): Promise<void> {
  for (const mailbox of state.mailboxes.values()) {
    if (mailbox.id === session.selected?.mailbox) continue;
    const items = firstItems(eventsOf(others, mailbox.name, (name) => state.subscriptions.has(name)));
    if (items.length > 0) sayStatus(session, state, mailbox, items);
    await session.out.room();
  }
}

/** RFC 5465 section 3.1: MessageNew and MessageExpunge come together. */
function firstItems(events: Events): StatusItem[] {
  if (!events.has('MessageNew')) return [];
  const items: StatusItem[] = ['MESSAGES', 'UIDNEXT', 'UIDVALIDITY'];
  return events.has('FlagChange') ? [...items, 'UNSEEN', 'HIGHESTMODSEQ'] : items;
}
