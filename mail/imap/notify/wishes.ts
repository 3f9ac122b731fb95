import { isMeant } from '../grammar/mailbox-filter.ts';
import type { Events, NotifyEvent, SelectedWish, Wish } from '../grammar/notify.ts';
import type { StatusItem } from '../grammar/status.ts';
import { mayBeForeign } from '../places.ts';
import type { MessagesChange } from './difference.ts';

/** What a client wants to hear. */
export interface Wishes {
  readonly selected: SelectedWish;
  readonly others: readonly Wish[];
  /** Whether it listens when no command is in progress. */
  readonly listens: boolean;
}

export const NO_SELECTED: SelectedWish = { events: new Set(), delayed: false, items: [] };

/** NOTIFY NONE. */
export const NOTHING: Wishes = { selected: NO_SELECTED, others: [], listens: false };

/** ENABLE METADATA, while NOTIFY was not used (RFC 5464 section 4.4): what IMAP tells anyway, and annotations of all mailboxes. */
export const ANNOTATIONS_TOO: Wishes = {
  selected: { events: new Set(['MessageNew', 'MessageExpunge', 'FlagChange']), delayed: true, items: [] },
  others: [{ filter: { which: 'personal' }, events: new Set(['MailboxMetadataChange', 'ServerMetadataChange']) }],
  listens: false,
};

/** Whether mailboxes of others can be meant: of subscriptions, any may be (RFC 5465 section 6). */
export function meansOthers(wishes: readonly Wish[]): boolean {
  return wishes.some(({ filter }) =>
    'names' in filter ? filter.names.some(mayBeForeign) : filter.which === 'subscribed',
  );
}

/** What a client wants to hear of a mailbox: all events of all filters that mean it. `isOwn`: it is one of the user's own. */
export function eventsOf(
  wishes: readonly Wish[],
  name: string,
  isOwn: boolean,
  isSubscribed: (name: string) => boolean,
): Events {
  const all = new Set<NotifyEvent>();
  for (const { filter, events } of wishes) {
    if (!isOwn && (filter.which === 'personal' || filter.which === 'inboxes')) continue;
    if (isMeant(filter, name, isSubscribed)) for (const event of events) all.add(event);
  }
  return all;
}

/**
 * What STATUS says before anything has happened (RFC 5465 section 3.1), and of a change (sections 5.1 to 5.3). MessageNew and
 * MessageExpunge come together, and FlagChange only with them.
 */
export function firstItems(events: Events): StatusItem[] {
  if (!events.has('MessageNew')) return [];
  const items: StatusItem[] = ['MESSAGES', 'UIDNEXT', 'UIDVALIDITY'];
  return events.has('FlagChange') ? [...items, 'UNSEEN', 'HIGHESTMODSEQ'] : items;
}

/** Flags that leave UNSEEN as it is show in HIGHESTMODSEQ only. */
export function changedItems({ counts, unseen }: MessagesChange, events: Events, modseqs: boolean): StatusItem[] {
  if (!events.has('MessageNew')) return [];
  const flags = events.has('FlagChange');
  const items: StatusItem[] = counts ? ['MESSAGES', 'UIDNEXT', 'UIDVALIDITY'] : ['UIDVALIDITY'];
  if (flags && unseen) items.push('UNSEEN');
  if (modseqs && (counts || flags)) items.push('HIGHESTMODSEQ');
  return items.length > 1 ? items : [];
}
