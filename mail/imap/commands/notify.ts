import { AUTHENTICATED, command } from '../command.ts';
import { DELIMITER, wireName } from '../grammar/mailbox.ts';
import { type NotifySet, notifyArguments } from '../grammar/notify.ts';
import { Notifier } from '../notify/notifier.ts';
import { eventsOf, firstItems, meansOthers, NO_SELECTED, NOTHING } from '../notify/wishes.ts';
import type { Look } from '../places.ts';
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
      const foreign = meansOthers(others) ? await session.places.others() : [];
      const looks = [{ place: session.places.own, state: session.account.state }, ...foreign] as const;
      await session.notifier?.tell();
      session.notify(undefined);
      // Section 3.1: what has gathered for the selected mailbox, whatever is wanted of it from now on.
      await session.news({ expunge: true });
      notifier.begin(looks);
      session.notify(notifier);
      for (const look of looks) await sayFirst(session, look, asked);
    } catch (error) {
      notifier.stop();
      throw error;
    }
  },
});

/** RFC 5465 section 3.1: the present state of the mailboxes whose messages are watched, but for the selected one; and which of them may not be. */
async function sayFirst(session: Session, { place, state }: Look, { status, others }: NotifySet): Promise<void> {
  const { out, account, selected, utf8Names } = session;
  const isSubscribed = (name: string) => account.state.subscriptions.has(name);
  for (const mailbox of state.mailboxes.values()) {
    const name = place.fullName(mailbox);
    const rights = place.rights(state, mailbox);
    const events = eventsOf(others, name, place.isOwn, isSubscribed);
    if (events.size === 0 || !rights.has('l')) continue;
    if (!rights.has('r')) out.line(`* LIST (\\NoAccess) "${DELIMITER}" ${wireName(name, utf8Names)}`);
    else if (status && !(mailbox.id === selected?.mailbox && place.account === selected.place.account)) {
      const items = firstItems(events);
      if (items.length > 0) sayStatus(session, state, mailbox, items, place);
    }
    await out.room();
  }
}
