import { signal } from '@preact/signals';
import { account as signedIn } from '../api/account.ts';
import { call, downloadBlob, openSession, uploadBlob } from '../api/jmap.ts';
import { MethodError, type Refusals, throwRefused } from '../api/method-error.ts';
import { onStatesOf } from '../api/push.ts';
import { enContacts } from '../i18n/en-contacts.ts';
import { addWords, t } from '../i18n/index.ts';
import { photoOf } from './contacts/draft.ts';
import { type Book, type Card, type Contact, contactOf, FAVOURITE, fitting } from './contacts/model.ts';
import { failed, toast } from './toasts.ts';
import type { Address } from './types.ts';

/** The address books of the user, and those that others share with him: all cards, as lists are sorted and searched here. */

addWords(enContacts);

const CONTACTS = 'urn:ietf:params:jmap:contacts';
/** Cards of one /get, and of one /set. */
const AT_ONCE = 1_000;
/** Ids of one /query. */
const IDS = 5_000;

export const contacts = signal<ReadonlyMap<string, Contact>>(new Map());
export const books = signal<readonly Book[]>([]);
/** Whether all have been read once. */
export const areLoaded = signal(false);
export const loadError = signal<Error | undefined>(undefined);

/** By account: the state of its cards. */
const states = new Map<string, string>();
let own = '';
let owner = '';
let loading: Promise<void> | undefined;
let stop: (() => void) | undefined;

/** Reads them once, and follows what changes from then on. */
export function openContacts(): Promise<void> {
  const of = signedIn.peek()?.id ?? '';
  if (owner !== of) forgetContacts();
  owner = of;
  stop ??= onStatesOf(['ContactCard', 'AddressBook'], () => void refreshContacts());
  loading ??= load().then(
    () => {
      areLoaded.value = true;
      loadError.value = undefined;
    },
    (error: Error) => {
      loading = undefined;
      loadError.value = error;
    },
  );
  return loading;
}

function forgetContacts(): void {
  stop?.();
  stop = undefined;
  loading = undefined;
  states.clear();
  contacts.value = new Map();
  books.value = [];
  areLoaded.value = false;
}

async function load(): Promise<void> {
  const session = await openSession();
  own = session.primaryAccounts[CONTACTS] ?? '';
  const accounts = Object.entries(session.accounts).filter(([, one]) => CONTACTS in (one.accountCapabilities ?? {}));
  const all = await Promise.all(
    accounts.map(async ([account, { name }]) => {
      const { list } = await call<{ list: Omit<Book, 'account'>[] }>('AddressBook/get', {
        accountId: account,
        ids: null,
      });
      return list.map((book): Book => ({ ...book, account, ...(account === own ? {} : { owner: name }) }));
    }),
  );
  books.value = all.flat();
  const ids = accounts
    .map(([account]) => account)
    .filter((account) => books.peek().some((one) => one.account === account));
  await Promise.all(ids.map(loadCards));
}

async function loadCards(account: string): Promise<void> {
  const ids: string[] = [];
  for (let total = 1; ids.length < total; ) {
    const page = await call<{ ids: string[]; total: number }>('ContactCard/query', {
      ...{ accountId: account, position: ids.length, limit: IDS, calculateTotal: true },
    });
    ids.push(...page.ids);
    total = page.ids.length === 0 ? 0 : page.total;
  }
  if (ids.length === 0) {
    const { state } = await call<{ state: string }>('ContactCard/get', { accountId: account, ids: [] });
    states.set(account, state);
  }
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const { list, state } = await cardsOf(account, ids.slice(from, from + AT_ONCE));
    // What changes while they are read is told of from the first of them on.
    if (from === 0) states.set(account, state);
    put(account, list, []);
  }
}

function cardsOf(
  accountId: string,
  ids: readonly string[],
): Promise<{ readonly list: Card[]; readonly state: string }> {
  return call('ContactCard/get', { accountId, ids });
}

function put(account: string, list: readonly Card[], gone: readonly string[]): void {
  const next = new Map(contacts.peek());
  const isOwn = account === own;
  for (const id of gone) next.delete(isOwn ? id : `${account}.${id}`);
  for (const card of list) {
    const mayWrite = Object.keys(card.addressBookIds).every(
      (id) => books.peek().find((book) => book.account === account && book.id === id)?.myRights.mayWrite === true,
    );
    const contact = contactOf(account, isOwn, card, mayWrite);
    next.set(contact.key, contact);
  }
  contacts.value = next;
}

/** Reads what has changed elsewhere. */
export async function refreshContacts(): Promise<void> {
  try {
    await Promise.all([...states.keys()].map(follow));
  } catch (error) {
    if (!(error instanceof MethodError)) return;
    // Too long ago, or not shared any more: from the beginning.
    forgetContacts();
    await openContacts();
  }
}

async function follow(account: string): Promise<void> {
  for (let isMore = true; isMore; ) {
    const changes = await call<{
      created: string[];
      updated: string[];
      destroyed: string[];
      newState: string;
      hasMoreChanges: boolean;
    }>('ContactCard/changes', { accountId: account, sinceState: states.get(account)!, maxChanges: AT_ONCE });
    const ids = [...changes.created, ...changes.updated];
    const { list } = ids.length === 0 ? { list: [] } : await cardsOf(account, ids);
    if (ids.length > 0 || changes.destroyed.length > 0) put(account, list, changes.destroyed);
    states.set(account, changes.newState);
    isMore = changes.hasMoreChanges;
  }
}

interface Changes {
  readonly create?: Readonly<Record<string, object>>;
  readonly update?: Readonly<Record<string, object>>;
  readonly destroy?: readonly string[];
}

/** What the server made of new ones, by the names that they were given. Throws what it refused. */
async function change(account: string, changes: Changes): Promise<Readonly<Record<string, { readonly id: string }>>> {
  const answer = await call<{
    created: Record<string, { id: string }> | null;
    notCreated: Refusals;
    notUpdated: Refusals;
    notDestroyed: Refusals;
  }>('ContactCard/set', { accountId: account, ...changes });
  await refreshContacts();
  throwRefused(answer.notCreated, answer.notUpdated, answer.notDestroyed);
  return answer.created ?? {};
}

/** Where new contacts go: the user's own book, or the first that he may write to. */
export function defaultBook(): Book | undefined {
  const writable = books.value.filter(({ myRights }) => myRights.mayWrite);
  return writable.find(({ account, isDefault }) => account === own && isDefault) ?? writable[0];
}

/** The key of the new contact. */
export async function createContact(card: object, book = defaultBook()): Promise<string> {
  if (book === undefined) throw new Error(t('contacts.readOnly'));
  const { one } = await change(book.account, { create: { one: { ...card, addressBookIds: { [book.id]: true } } } });
  return book.account === own ? one!.id : `${book.account}.${one!.id}`;
}

/** Puts a card as it is now in place of what it was. */
export async function saveContact({ account, card: before }: Contact, after: Readonly<Record<string, unknown>>) {
  const patch: Record<string, unknown> = {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (name === 'id' || name === 'updated') continue;
    if (JSON.stringify(before[name]) !== JSON.stringify(after[name])) patch[name] = after[name] ?? null;
  }
  if (Object.keys(patch).length > 0) await change(account, { update: { [before.id]: patch } });
}

/** Deletes some, with Undo. Shown at once; what is refused comes back. */
export async function removeContacts(gone: readonly Contact[]): Promise<void> {
  try {
    const photos = await photosOf(gone);
    for (const [account, list] of Map.groupBy(gone, (one) => one.account)) {
      put(
        account,
        [],
        list.map(({ card }) => card.id),
      );
      await inParts(list, (part) => change(account, { destroy: part.map(({ card }) => card.id) }));
    }
    toast(t('contacts.deleted', { count: gone.length }), () => void restore(gone, photos).catch(failed));
  } catch (error) {
    failed(error);
    forgetContacts();
    await openContacts();
  }
}

/** As they were: with the same uid, so that they are in their groups again. */
async function restore(gone: readonly Contact[], photos: ReadonlyMap<string, Blob>): Promise<void> {
  for (const [account, list] of Map.groupBy(gone, (one) => one.account)) {
    const cards = await Promise.all(list.map(({ card }) => withPhoto(card, photos)));
    await inParts(cards, (part) =>
      change(account, { create: Object.fromEntries(part.map(({ id, ...card }, index) => [`r${index}`, card])) }),
    );
  }
}

/** A blob that no card names is not there any more: photos are kept here until nobody can undo. */
async function photosOf(gone: readonly Contact[]): Promise<ReadonlyMap<string, Blob>> {
  const found = gone.flatMap(({ card }) => photoOf(card) ?? []).slice(0, 50);
  return new Map(
    await Promise.all(found.map(async (id) => [id, await downloadBlob(id, 'photo', 'image/jpeg')] as const)),
  );
}

async function withPhoto(card: Card, photos: ReadonlyMap<string, Blob>): Promise<Card> {
  const id = photoOf(card);
  const photo = id === undefined ? undefined : photos.get(id);
  const media = Object.entries(card.media ?? {}).filter(([, { blobId }]) => blobId === undefined);
  if (photo !== undefined) {
    const { blobId, type } = await uploadBlob(photo);
    media.push(['photo', { kind: 'photo', blobId, mediaType: type }]);
  }
  const { media: _, ...rest } = card;
  return (media.length === 0 ? rest : { ...rest, media: Object.fromEntries(media) }) as Card;
}

async function inParts<T>(list: readonly T[], work: (part: readonly T[]) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < list.length; from += 500) await work(list.slice(from, from + 500));
}

export async function setFavourite({ account, card, isFavourite }: Contact): Promise<void> {
  await change(account, { update: { [card.id]: favouritePatch(card, !isFavourite) } }).catch(failed);
}

function favouritePatch({ keywords }: Card, is: boolean): object {
  if (is && keywords === undefined) return { keywords: { [FAVOURITE]: true } };
  return { [`keywords/${FAVOURITE}`]: is ? true : null };
}

/** Groups of JSContact (RFC 9553 section 2.1.6): cards that name others by their uids. */
export function membersOf(group: Contact): readonly Contact[] {
  const { members = {} } = group.card;
  return [...contacts.value.values()].filter(
    ({ account, card }) => account === group.account && members[card.uid] === true,
  );
}

export async function setMembers(group: Contact, added: readonly Contact[], removed: readonly Contact[] = []) {
  const members: Record<string, true> = { ...group.card.members };
  for (const { card } of removed) delete members[card.uid];
  for (const { card } of added) members[card.uid] = true;
  await change(group.account, { update: { [group.card.id]: { members } } });
}

/** In one action, with Undo: the first is the one that stays. Groups keep whom they had. */
export async function mergeContacts(list: readonly Contact[], card: Card): Promise<void> {
  const [kept, ...others] = list as [Contact, ...Contact[]];
  const { account } = kept;
  const uids = new Set(others.map((one) => one.card.uid));
  const groups = [...contacts.peek().values()].filter(
    (one) => one.account === account && Object.keys(one.card.members ?? {}).some((uid) => uids.has(uid)),
  );
  const photos = await photosOf(list);
  const changed = await withPhotoOf(kept, card, photos);
  const { id, uid, updated: _, ...properties } = changed;
  const removed = Object.fromEntries(
    Object.keys(kept.card)
      .filter((name) => !(name in changed))
      .map((name) => [name, null]),
  );
  const regrouped = groups.map((group): [string, object] => {
    const members = Object.keys(group.card.members ?? {}).map((one) => (uids.has(one) ? kept.card.uid : one));
    return [group.card.id, { members: Object.fromEntries(members.map((one) => [one, true])) }];
  });
  await change(account, {
    update: { [kept.card.id]: { ...removed, ...properties }, ...Object.fromEntries(regrouped) },
    destroy: others.map((one) => one.card.id),
  });
  const undo = async () => {
    const before = await withPhotoOf(kept, kept.card, photos);
    const { id: __, uid: ___, updated: ____, ...old } = before;
    const more = Object.fromEntries(
      Object.keys(changed)
        .filter((name) => !(name in kept.card))
        .map((name) => [name, null]),
    );
    const again = await Promise.all(others.map((one) => withPhoto(one.card, photos)));
    await change(account, {
      update: {
        [kept.card.id]: { ...more, ...old },
        ...Object.fromEntries(groups.map((group) => [group.card.id, { members: group.card.members }])),
      },
      create: Object.fromEntries(again.map(({ id: _____, ...one }, index) => [`r${index}`, one])),
    });
  };
  toast(t('contacts.merged'), () => void undo().catch(failed));
}

/** A photo that another card has is not the kept one's to name: it is given a copy. */
async function withPhotoOf(kept: Contact, card: Card, photos: ReadonlyMap<string, Blob>): Promise<Card> {
  const now = contacts.peek().get(kept.key);
  const id = photoOf(card);
  return id === undefined || (now !== undefined && photoOf(now.card) === id) ? card : withPhoto(card, photos);
}

/** Puts a sender into the address book; says so, and takes it back where that is wanted. */
export async function addContact({ name, email }: Address): Promise<void> {
  try {
    await openContacts();
    if (isContact(email)) return toast(t('contacts.isThere', { name: name || email }));
    const key = await createContact({
      ...(name === null || name.trim() === '' ? {} : { name: { full: name.trim() } }),
      emails: { k1: { address: email } },
    });
    toast(t('contacts.added', { name: name || email }), () => {
      const made = contacts.peek().get(key);
      if (made !== undefined) void change(made.account, { destroy: [made.card.id] }).catch(failed);
    });
  } catch (error) {
    failed(error);
  }
}

/** Whether somebody with that address is known: undefined while the contacts have not been read. */
export function isContact(email: string): boolean | undefined {
  if (!areLoaded.value) return undefined;
  const wanted = email.toLowerCase();
  for (const { emails } of contacts.value.values()) if (emails.some((one) => one.toLowerCase() === wanted)) return true;
  return false;
}

/** Addresses of people and groups that fit what is typed, favourites first: of those that have been read. */
export function contactsMatching(text: string): readonly Address[] {
  const found = fitting([...contacts.peek().values()], text).filter(({ isGroup }) => !isGroup);
  return found
    .sort((a, b) => Number(b.isFavourite) - Number(a.isFavourite))
    .flatMap(({ name, emails }) => emails.map((email) => ({ name: name === '' ? null : name, email })));
}

/** Those who are written to. */
export function addressesOf(list: readonly Contact[]): readonly Address[] {
  return list.flatMap((one) => {
    const people = one.isGroup ? membersOf(one) : [one];
    return people.flatMap(({ name, emails }) => {
      const [email] = emails;
      return email === undefined ? [] : [{ name: name === '' ? null : name, email }];
    });
  });
}

/** Uids of all of an account: what is imported again is known by them. */
export function uidsOf(account: string): ReadonlySet<string> {
  return new Set([...contacts.peek().values()].filter((one) => one.account === account).map(({ card }) => card.uid));
}
