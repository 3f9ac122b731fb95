import type { State } from '../../account/types.ts';
import { newsListing } from '../commands/list.ts';
import { sayStatus } from '../commands/status.ts';
import { wireName } from '../grammar/mailbox.ts';
import { isMeant } from '../grammar/mailbox-filter.ts';
import type { Events, NotifyEvent, SelectedWish, Wish } from '../grammar/notify.ts';
import { quote } from '../grammar/parser.ts';
import type { StatusItem } from '../grammar/status.ts';
import type { Session } from '../session.ts';
import type { Wants } from '../view.ts';
import { type Change, difference, type MessagesChange } from './difference.ts';
import { type Picture, pictureOf, withOwn } from './picture.ts';
import { Teller } from './teller.ts';

/** More news than this at once are not told (RFC 5465 section 5.8). */
const MAX_CHANGES = 1_000;

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

/** Tells one client what it has asked to hear of mailboxes that it has not selected, and knows how far it has been told. */
export class Notifier {
  readonly #session: Session;
  #wishes: Wishes;
  #known: Picture;
  readonly #teller: Teller;
  #stop: (() => void) | undefined;

  /** The client knows what this process knows. */
  constructor(session: Session, wishes: Wishes) {
    this.#session = session;
    this.#wishes = wishes;
    this.#known = pictureOf(session.account.state);
    this.#teller = new Teller(session, () => ({ expunge: !this.#wishes.selected.delayed, unasked: true }));
    if (wishes.listens) this.#stop = session.account.watch(() => this.#teller.poke());
  }

  /** What it wants to hear of the selected mailbox. */
  get selected(): SelectedWish {
    return this.#wishes.selected;
  }

  get wants(): Wants {
    const { events } = this.#wishes.selected;
    return { messages: events.has('MessageNew'), flags: events.has('FlagChange') };
  }

  get listens(): boolean {
    return this.#wishes.listens;
  }

  /** The client knows everything up to `state`. */
  begin(state: State): void {
    this.#known = pictureOf(state);
  }

  /** Waits for the client, and meanwhile tells it what is new. */
  during<T>(wait: () => Promise<T>): Promise<T> {
    return this.#wishes.listens ? this.#teller.during(wait) : wait();
  }

  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  /** The client itself has done what makes the difference between the two. */
  wrote(before: Picture, after: Picture): void {
    this.#known = withOwn(this.#known, before, after);
  }

  /** Tells what has become different since the last time. All of it is written before anybody waits: it keeps no state alive. */
  async tell(): Promise<void> {
    const { account, out } = this.#session;
    const { state } = account;
    const known = this.#known;
    const now = pictureOf(state);
    if (known === now) return;
    this.#known = now;
    if (this.#wishes.others.length === 0) return;
    const lines = difference(known, now).flatMap((change) => this.#saying(change, known, now));
    if (lines.length > MAX_CHANGES) {
      out.line('* OK [NOTIFICATIONOVERFLOW] Too much has changed; nothing is told any more until the next NOTIFY');
      this.stop();
      this.#wishes = NOTHING;
    } else {
      const say = new Sayings(this.#session, state);
      for (const line of lines) line(say);
    }
    await out.room();
  }

  /** What is to be said of a change: none where the client does not want to hear of it. */
  #saying(change: Change, known: Picture, now: Picture): ((say: Sayings) => void)[] {
    const wanted = (name: string) => this.#eventsOf(name, known, now);
    switch (change.kind) {
      case 'name': {
        const { name, oldName } = change;
        const isWanted = wanted(name).has('MailboxName') || (oldName && wanted(oldName).has('MailboxName'));
        return isWanted ? [(say) => say.list(name, oldName)] : [];
      }
      case 'subscription':
        return wanted(change.name).has('SubscriptionChange') ? [(say) => say.list(change.name)] : [];
      case 'messages': {
        if (change.mailbox === this.#session.selected?.mailbox) return [];
        const items = statusItems(change, wanted(change.name), this.#session.enabled.has('CONDSTORE'));
        return items.length > 0 ? [(say) => say.status(change.mailbox, items)] : [];
      }
      case 'metadata':
        return wanted(change.name).has('MailboxMetadataChange')
          ? [(say) => say.metadata(change.name, change.entries)]
          : [];
      case 'server metadata': {
        const isWanted = this.#wishes.others.some(({ events }) => events.has('ServerMetadataChange'));
        return isWanted ? [(say) => say.metadata('', change.entries)] : [];
      }
    }
  }

  /** A mailbox that was, or now is, meant by several filters has the events of all. */
  #eventsOf(name: string, known: Picture, now: Picture): Events {
    const subscribed = (one: string) => known.subscriptions.has(one) || now.subscriptions.has(one);
    return eventsOf(this.#wishes.others, name, subscribed);
  }
}

/** What a client wants to hear of the mailbox with this name. */
export function eventsOf(wishes: readonly Wish[], name: string, isSubscribed: (name: string) => boolean): Events {
  const all = new Set<NotifyEvent>();
  for (const { filter, events } of wishes) {
    if (isMeant(filter, name, isSubscribed)) for (const event of events) all.add(event);
  }
  return all;
}

/** What STATUS says of a change (RFC 5465 sections 5.1 to 5.3). Flags that leave UNSEEN as it is show in HIGHESTMODSEQ only. */
function statusItems({ counts, unseen }: MessagesChange, events: Events, modseqs: boolean): StatusItem[] {
  if (!events.has('MessageNew')) return [];
  const flags = events.has('FlagChange');
  const items: StatusItem[] = counts ? ['MESSAGES', 'UIDNEXT', 'UIDVALIDITY'] : ['UIDVALIDITY'];
  if (flags && unseen) items.push('UNSEEN');
  if (modseqs && (counts || flags)) items.push('HIGHESTMODSEQ');
  return items.length > 1 ? items : [];
}

/** Untagged responses that tell of changes. A name is listed once, however much has happened to it. */
class Sayings {
  readonly #session: Session;
  readonly #state: State;
  readonly #listed = new Set<string>();
  #listing: ReturnType<typeof newsListing> | undefined;

  constructor(session: Session, state: State) {
    this.#session = session;
    this.#state = state;
  }

  list(name: string, oldName?: string): void {
    if (this.#listed.has(name)) return;
    this.#listed.add(name);
    const { out, utf8Names } = this.#session;
    this.#listing ??= newsListing(this.#state, utf8Names);
    const more = oldName === undefined ? '' : ` ("OLDNAME" (${wireName(oldName, utf8Names)}))`;
    out.line(this.#listing.line(name, more));
  }

  status(id: string, items: readonly StatusItem[]): void {
    const mailbox = this.#state.mailboxes.get(id);
    if (mailbox !== undefined) sayStatus(this.#session, this.#state, mailbox, items);
  }

  /** RFC 5464 section 4.4.2: the names only. */
  metadata(name: string, entries: readonly string[]): void {
    const { out, utf8Names } = this.#session;
    const names = entries.map((entry) => (/^[\w/.$-]+$/.test(entry) ? entry : quote(entry)));
    out.line(`* METADATA ${wireName(name, utf8Names)} ${names.join(' ')}`);
  }
}
