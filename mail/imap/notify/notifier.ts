import type { SelectedWish } from '../grammar/notify.ts';
import { isForeign, type Look, type Place } from '../places.ts';
import type { Session } from '../session.ts';
import type { Wants } from '../view.ts';
import { type Change, difference } from './difference.ts';
import { type Picture, pictureIn, withOwn } from './picture.ts';
import { Sayings } from './sayings.ts';
import { Teller } from './teller.ts';
import { changedItems, eventsOf, NOTHING, type Wishes } from './wishes.ts';

/** More news than this at once are not told (RFC 5465 section 5.8). */
const MAX_CHANGES = 1_000;

/** An account that is watched, and what the client knows of it. */
interface Watched {
  readonly place: Place;
  seq: number;
  known: Picture;
}

/** Tells one client what it has asked to hear of mailboxes that it has not selected, and knows how far it has been told. */
export class Notifier {
  readonly #session: Session;
  readonly #teller: Teller;
  readonly #stops: (() => void)[] = [];
  readonly #own: Watched;
  #others: readonly Watched[] = [];
  #wishes: Wishes;

  /** The client knows what this process knows. */
  constructor(session: Session, wishes: Wishes) {
    this.#session = session;
    this.#wishes = wishes;
    this.#teller = new Teller(session);
    this.#own = this.#watch({ place: session.places.own, state: session.account.state });
  }

  /** What it wants to hear of the selected mailbox. */
  get selected(): SelectedWish {
    return this.#wishes.selected;
  }

  get wants(): Wants {
    const { events } = this.#wishes.selected;
    return { messages: events.has('MessageNew'), flags: events.has('FlagChange') };
  }

  /** Who tells it while we wait for it; undefined where it does not listen. */
  get teller(): Teller | undefined {
    return this.#wishes.listens ? this.#teller : undefined;
  }

  /** The client knows everything up to these states. The first is of the own account; others' are watched from now on, too. */
  begin([own, ...others]: readonly [Look, ...Look[]]): void {
    Object.assign(this.#own, knownOf(own));
    this.#others = others.map((look) => this.#watch(look));
  }

  /** Waits for its next command, and meanwhile tells it what is new. */
  betweenCommands<T>(wait: () => Promise<T>): Promise<T> {
    return this.teller?.during({ expunge: !this.selected.delayed, unasked: true }, wait) ?? wait();
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  /** The client itself has done in its own account what makes the difference between the two. */
  wrote(before: Picture, after: Picture): void {
    this.#own.known = withOwn(this.#own.known, before, after);
  }

  /** Tells what has become different since the last time. All of it is written before anybody waits: it keeps no state alive. */
  async tell(): Promise<void> {
    for (const watched of [this.#own, ...this.#others]) this.#tellOf(watched);
    await this.#session.out.room();
  }

  #watch(look: Look): Watched {
    if (this.#wishes.listens) this.#stops.push(look.place.account.watch(() => this.#teller.poke()));
    return { place: look.place, ...knownOf(look) };
  }

  #tellOf(watched: Watched): void {
    const { place, seq, known } = watched;
    const look = { place, state: place.account.state };
    if (look.state.seq === seq || this.#wishes.others.length === 0) return;
    Object.assign(watched, knownOf(look));
    const say = new Sayings(this.#session, look);
    const told = difference(known, watched.known).flatMap((change) => this.#saying(change, watched, known, say));
    if (told.length <= MAX_CHANGES) for (const one of told) one();
    else {
      const text = 'Too much has changed; nothing is told any more until the next NOTIFY';
      this.#session.out.line(`* OK [NOTIFICATIONOVERFLOW] ${text}`);
      this.stop();
      this.#wishes = NOTHING;
    }
  }

  /** What is to be said of a change: nothing where the client does not want to hear of it. */
  #saying(change: Change, { place, known: now }: Watched, known: Picture, say: Sayings): (() => void)[] {
    const { enabled, account, selected } = this.#session;
    const isSubscribed = (name: string) => account.state.subscriptions.has(name) || known.subscriptions.has(name);
    const wanted = (name: string) => eventsOf(this.#wishes.others, name, place.isOwn, isSubscribed);
    switch (change.kind) {
      case 'name': {
        const { name, oldName } = change;
        const isWanted = [name, oldName ?? name].some((one) => wanted(one).has('MailboxName'));
        return isWanted ? [() => say.list(name, oldName)] : [];
      }
      case 'subscription': {
        const { name } = change;
        const isOwn = !isForeign(name);
        if (!eventsOf(this.#wishes.others, name, isOwn, isSubscribed).has('SubscriptionChange')) return [];
        return [() => (isOwn ? say.list(name) : say.listForeign(name, now.subscriptions.has(name)))];
      }
      case 'messages': {
        const { mailbox } = change;
        if (mailbox === selected?.mailbox && place.account === selected.place.account) return [];
        const items = changedItems(change, wanted(change.name), enabled.has('CONDSTORE'));
        return items.length > 0 ? [() => say.status(mailbox, items)] : [];
      }
      case 'metadata': {
        const isWanted = wanted(change.name).has('MailboxMetadataChange');
        return isWanted ? [() => say.metadata(change.name, change.entries)] : [];
      }
      case 'server metadata': {
        const isWanted = this.#wishes.others.some(({ events }) => events.has('ServerMetadataChange'));
        return isWanted ? [() => say.metadata('', change.entries)] : [];
      }
    }
  }
}

function knownOf(look: Look): { seq: number; known: Picture } {
  return { seq: look.state.seq, known: pictureIn(look) };
}
