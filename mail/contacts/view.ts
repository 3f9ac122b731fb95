import {
  ACCESS,
  type Account,
  type Change,
  type Draft,
  type Left,
  type Mailbox,
  type Rows,
  type State,
  type StoredEmail,
} from '../account/types.ts';
import { UidSet } from '../account/uidset.ts';
import type { AccountInfo } from '../directory/types.ts';
import {
  ALL_BOOK_RIGHTS,
  type Book,
  type BookRights,
  bookRights,
  books,
  type Card,
  cards,
  EVERYBODY,
} from './books.ts';
import { BOOK, BOOK_VIEW, CARD } from './log.ts';

interface Sight {
  readonly owner: AccountInfo;
  readonly user: AccountInfo;
}

/** Somebody's contacts as another user may look at them: the books that he may read, the cards in them, and nothing of the rest. */
export class SharedContacts implements State {
  protected readonly state: State;
  readonly sight: Sight;
  #books: ReadonlyMap<string, Book> | undefined;
  #cards: ReadonlyMap<string, Card> | undefined;

  constructor(state: State, sight: Sight) {
    this.state = state;
    this.sight = sight;
  }

  protected changed(): void {
    this.#books = undefined;
    this.#cards = undefined;
  }

  get books(): ReadonlyMap<string, Book> {
    const { owner, user } = this.sight;
    this.#books ??= new Map([...books(this.state)].filter(([, book]) => bookRights(book, owner, user).mayRead));
    return this.#books;
  }

  /** Each without the books that he does not see. */
  get cards(): ReadonlyMap<string, Card> {
    if (this.#cards === undefined) {
      const visible = new Map<string, Card>();
      for (const [id, card] of this.books.size === 0 ? [] : cards(this.state)) {
        const seen = this.#shown(card);
        if (seen !== undefined) visible.set(id, seen);
      }
      this.#cards = visible;
    }
    return this.#cards;
  }

  #shown(card: Card | undefined): Card | undefined {
    if (card === undefined) return undefined;
    const ids = Object.keys(card.addressBookIds);
    const seen = ids.filter((id) => this.books.has(id));
    if (seen.length === 0) return undefined;
    if (seen.length === ids.length) return card;
    return { ...card, addressBookIds: Object.fromEntries(seen.map((id) => [id, true as const])) };
  }

  get epoch(): number {
    return this.state.epoch;
  }
  get seq(): number {
    return Math.max(this.typeSeq(BOOK), this.typeSeq(CARD));
  }

  object(type: string, id: string): unknown {
    if (type === BOOK) return this.books.get(id);
    if (type === CARD) return this.#shown(this.state.object(CARD, id) as Card | undefined);
    return type === BOOK_VIEW && id.endsWith(`.${this.sight.user.id}`) ? this.state.object(type, id) : undefined;
  }

  objects(type: string): ReadonlyMap<string, unknown> {
    if (type === BOOK) return this.books;
    return type === CARD ? this.cards : new Map();
  }

  objectSeq(type: string, id: string): number {
    return this.object(type, id) === undefined ? 0 : this.state.objectSeq(type, id);
  }

  typeSeq(type: string): number {
    if (type !== BOOK && type !== CARD) return 0;
    let seq = this.#accessSeq();
    for (const id of this.objects(type).keys()) seq = Math.max(seq, this.state.objectSeq(type, id));
    if (type === CARD) return seq;
    for (const id of this.books.keys()) seq = Math.max(seq, this.state.objectSeq(BOOK_VIEW, this.#viewId(id)));
    return seq;
  }

  changes(type: string, since: number): readonly Change[] | undefined {
    if (this.#accessSeq() > since) return undefined;
    const changes = this.state.changes(type, since)?.filter(({ id }) => this.object(type, id) !== undefined);
    if (type !== BOOK || changes === undefined) return changes;
    const told = new Set(changes.map(({ id }) => id));
    const viewed = [...this.books.keys()].flatMap((id) => {
      const changed = this.state.objectSeq(BOOK_VIEW, this.#viewId(id));
      return changed > since && !told.has(id) ? [{ id, created: 0, changed, gone: 0 }] : [];
    });
    return [...changes, ...viewed];
  }

  #viewId(book: string): string {
    return `${book}.${this.sight.user.id}`;
  }

  /** When what he may see was changed last otherwise than by a change of what he sees. */
  #accessSeq(): number {
    const keys = [EVERYBODY, this.sight.user.id, ...[...this.books.keys()].map((id) => `book:${id}`)];
    const seqs = keys.map((key) => this.state.object(ACCESS, key) as { readonly seq: number } | undefined);
    return Math.max(...seqs.map((one) => one?.seq ?? 0));
  }

  /** There is no mail in this log. */
  readonly bytes = 0;
  readonly emails = 0;
  readonly mailboxes: ReadonlyMap<string, Mailbox> = new Map();
  readonly subscriptions: ReadonlySet<string> = new Set();
  mailboxNamed(): undefined {
    return undefined;
  }
  rows(): Rows {
    throw new Error('there is no mail among contacts');
  }
  bytesFreed(): number {
    return 0;
  }
  seenBy(): UidSet {
    return UidSet.EMPTY;
  }
  vanishedSince(): undefined {
    return undefined;
  }
  leftSince(): readonly Left[] | undefined {
    return undefined;
  }
  placements(): readonly [] {
    return [];
  }
  inThread(): readonly number[] {
    return [];
  }
  threadOf(): undefined {
    return undefined;
  }
  delivered(): boolean {
    return false;
  }
}

/** A write to somebody else's contacts. What may be written is decided book by book, with `rightsOn`. */
class SharedContactsDraft extends SharedContacts {
  readonly #draft: Draft;

  constructor(draft: Draft, sight: Sight) {
    super(draft, sight);
    this.#draft = draft;
  }

  /** The draft behind the view, for what was found to be allowed. */
  get whole(): Draft {
    return this.#draft;
  }

  refresh(): void {
    this.changed();
  }

  putObject(type: string, id: string, value: unknown): void {
    this.#draft.putObject(type, id, type === CARD ? this.#withHidden(id, value as Card) : value);
    this.changed();
  }

  deleteObject(type: string, id: string): void {
    this.#draft.deleteObject(type, id);
    this.changed();
  }

  /** Books that the user does not see keep the card. */
  #withHidden(id: string, card: Card): Card {
    const before = this.#draft.object(CARD, id) as Card | undefined;
    const hidden = Object.keys(before?.addressBookIds ?? {}).filter((book) => !this.books.has(book));
    if (hidden.length === 0) return card;
    const kept = Object.fromEntries(hidden.map((book) => [book, true as const]));
    return { ...card, addressBookIds: { ...card.addressBookIds, ...kept } };
  }
}

/** An account's contacts, under the account's id: whole for their owner, else as `user` may use them. */
export class Contacts implements Account {
  readonly id: string;
  readonly owner: AccountInfo;
  readonly #account: Account;
  readonly #sight: Sight | undefined;
  #view: SharedContacts | undefined;
  #of: State | undefined;

  constructor(account: Account, owner: AccountInfo, user: AccountInfo) {
    this.id = owner.id;
    this.owner = owner;
    this.#account = account;
    this.#sight = owner.id === user.id ? undefined : { owner, user };
  }

  get state(): State {
    return this.#seen(this.#account.state);
  }

  async refresh(): Promise<State> {
    return this.#seen(await this.#account.refresh());
  }

  async write<T>(decide: (draft: Draft) => T) {
    const sight = this.#sight;
    const written = await this.#account.write((draft) =>
      decide(sight === undefined ? draft : (new SharedContactsDraft(draft, sight) as unknown as Draft)),
    );
    return { ...written, state: this.#seen(written.state) };
  }

  async emails(): Promise<ReadonlyMap<number, StoredEmail>> {
    return new Map();
  }

  watch(listener: (state: State) => void): () => void {
    return this.#account.watch((state) => listener(this.#seen(state)));
  }

  #seen(state: State): State {
    if (this.#sight === undefined) return state;
    if (this.#of !== state || this.#view === undefined) {
      this.#view = new SharedContacts(state, this.#sight);
      this.#of = state;
    }
    return this.#view;
  }
}

/** What whoever looks at the state may do with one of its books; undefined where he sees none of that id. */
export function rightsOn(state: State, book: string): BookRights | undefined {
  const found = books(state).get(book);
  if (found === undefined) return undefined;
  return state instanceof SharedContacts ? bookRights(found, state.sight.owner, state.sight.user) : ALL_BOOK_RIGHTS;
}

/** To be called when the log was changed behind the view of a draft. */
export function refreshed(draft: Draft): void {
  if (draft instanceof SharedContactsDraft) draft.refresh();
}

/** Everything of the log that a draft writes to, for what follows from an allowed change. */
export function wholeOf(draft: Draft): Draft {
  return draft instanceof SharedContactsDraft ? draft.whole : draft;
}
