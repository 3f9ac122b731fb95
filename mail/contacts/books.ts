import { ACCESS, type Draft, type State } from '../account/types.ts';
import type { AccountInfo } from '../directory/types.ts';
import { BOOK, BOOK_VIEW, CARD } from './log.ts';

/** RFC 9610 section 2. */
export interface BookRights {
  readonly mayRead: boolean;
  readonly mayWrite: boolean;
  readonly mayShare: boolean;
  readonly mayDelete: boolean;
}

export const BOOK_RIGHTS = ['mayRead', 'mayWrite', 'mayShare', 'mayDelete'] as const;

export const ALL_BOOK_RIGHTS: BookRights = { mayRead: true, mayWrite: true, mayShare: true, mayDelete: true };
export const NO_BOOK_RIGHTS: BookRights = { mayRead: false, mayWrite: false, mayShare: false, mayDelete: false };

/** An address book as it is kept. */
export interface Book {
  readonly name: string;
  readonly description?: string;
  readonly sortOrder?: number;
  readonly isSubscribed: boolean;
  readonly isDefault?: boolean;
  /** By account, or `anyone` of the tenant. */
  readonly shareWith?: Readonly<Record<string, BookRights>>;
}

export const FIRST_BOOK: Book = { name: 'Contacts', isSubscribed: true, isDefault: true };

/** How somebody else than the owner sees a book. */
export interface BookView {
  readonly isSubscribed?: boolean;
  readonly sortOrder?: number;
}

/** A card as it is kept: JSContact, its books, and its media in the blob store. */
export interface Card {
  readonly addressBookIds: Readonly<Record<string, true>>;
  readonly [property: string]: unknown;
}

export const EVERYBODY = 'anyone';

export function books(state: State): ReadonlyMap<string, Book> {
  return state.objects(BOOK) as ReadonlyMap<string, Book>;
}

export function cards(state: State): ReadonlyMap<string, Card> {
  return state.objects(CARD) as ReadonlyMap<string, Card>;
}

/** What somebody may do with a book: what he and what everybody is given. Nobody of another tenant is given anything. */
export function bookRights(book: Book, owner: AccountInfo, user: AccountInfo): BookRights {
  if (user.id === owner.id) return ALL_BOOK_RIGHTS;
  if (user.tenant !== owner.tenant || book.shareWith === undefined) return NO_BOOK_RIGHTS;
  const given = [book.shareWith[user.id], book.shareWith[EVERYBODY]];
  const has = (right: keyof BookRights) => given.some((rights) => rights?.[right] === true);
  return {
    mayRead: has('mayRead'),
    mayWrite: has('mayWrite'),
    mayShare: has('mayShare'),
    mayDelete: has('mayDelete'),
  };
}

/** To be called when somebody's rights change, by account or for everybody. */
export function touchAccess(draft: Draft, key: string): void {
  draft.putObject(ACCESS, key, { seq: draft.seq });
}

/** To be called when a card leaves books: who sees them by a share is not told of each card that he sees no more, and begins anew. */
export function leaveBooks(draft: Draft, ids: Iterable<string>): void {
  for (const id of ids) {
    if (books(draft).get(id)?.shareWith !== undefined) touchAccess(draft, `book:${id}`);
  }
}

/** A book goes, with what others wanted to see of it. */
export function forgetBook(draft: Draft, id: string): void {
  for (const key of Object.keys(books(draft).get(id)?.shareWith ?? {})) {
    touchAccess(draft, key);
    if (draft.object(BOOK_VIEW, `${id}.${key}`) !== undefined) draft.deleteObject(BOOK_VIEW, `${id}.${key}`);
  }
  if (draft.object(ACCESS, `book:${id}`) !== undefined) draft.deleteObject(ACCESS, `book:${id}`);
  draft.deleteObject(BOOK, id);
}
