import * as z from 'zod';
import type { Draft, State } from '../../account/types.ts';
import {
  BOOK_RIGHTS,
  type Book,
  type BookRights,
  type BookView,
  bookRights,
  books,
  cards,
  forgetBook,
  leaveBooks,
  NO_BOOK_RIGHTS,
  touchAccess,
} from '../../contacts/books.ts';
import { BOOK, BOOK_VIEW, CARD } from '../../contacts/log.ts';
import { refreshed, rightsOn, SharedContacts, wholeOf } from '../../contacts/view.ts';
import type { AccountInfo } from '../../directory/types.ts';
import { randomName } from '../../ports/index.ts';
import { rightsOrNull } from '../../sharing/notify.ts';
import { CONTACTS } from '../capabilities.ts';
import { invalidProperties, SetFailure } from '../errors.ts';
import { type Call, ID, type Method, method, stateAt } from '../method.ts';
import { checkPrincipal, EVERYBODY, readyToShare, sharesOf } from '../principals/share-with.ts';
import type { Tracked } from '../standard/changes.ts';
import type { Readable } from '../standard/get.ts';
import { patched } from '../standard/patch.ts';
import { applySet, notFound, SET_ARGS, type Settable } from '../standard/set.ts';
import { MAX_BOOKS, MAX_DESCRIPTION, MAX_NAME } from './limits.ts';
import { dropFiles, readyToDrop, releaseFiles } from './media.ts';

interface Options {
  readonly onDestroyRemoveContents?: boolean | undefined;
}

type Properties = Readonly<Record<string, unknown>>;

const bytes = (most: number) => (value: string) => Buffer.byteLength(value) <= most && value.isWellFormed();

/** What a client may set (RFC 9610 section 2). */
const SETTABLE = z.strictObject({
  name: z.string().min(1, 'a name is not empty').refine(bytes(MAX_NAME), `a name has at most ${MAX_NAME} bytes`),
  description: z.string().refine(bytes(MAX_DESCRIPTION), `at most ${MAX_DESCRIPTION} bytes`).nullish(),
  sortOrder: z.int().min(0).max(0x7fffffff).nullish(),
  isSubscribed: z.boolean().nullish(),
  shareWith: z.unknown().optional(),
});

const PROPERTIES = ['id', 'name', 'description', 'sortOrder', 'isDefault', 'isSubscribed', 'shareWith', 'myRights'];

/** Whose contacts they are, and undefined where that is the user. */
function ownerOf(state: State, call: Call): AccountInfo {
  return state instanceof SharedContacts ? state.sight.owner : call.user;
}

function bookObject(state: State, call: Call, id: string, book: Book) {
  const isOwn = ownerOf(state, call).id === call.user.id;
  const view = isOwn ? book : ((state.object(BOOK_VIEW, `${id}.${call.user.id}`) ?? {}) as BookView);
  const rights = rightsOn(state, id) ?? NO_BOOK_RIGHTS;
  return {
    id,
    name: book.name,
    description: book.description ?? null,
    sortOrder: view.sortOrder ?? 0,
    isDefault: isOwn && book.isDefault === true,
    isSubscribed: view.isSubscribed ?? false,
    shareWith: rights.mayShare && book.shareWith !== undefined ? book.shareWith : null,
    myRights: rights,
  };
}

/** AddressBook (RFC 9610 section 2). */
export const bookType: Readable & Tracked & Settable<Options> = {
  name: BOOK,
  capability: CONTACTS,
  properties: PROPERTIES,
  more: z.strictObject({ onDestroyRemoveContents: z.boolean().optional() }) as z.ZodType<Options>,

  ids: ({ state }) => [...books(state).keys()],

  async load(call, { state }, ids) {
    const all = books(state);
    return new Map(
      ids.flatMap((id) => (all.has(id) ? [[id, bookObject(state, call, id, all.get(id)!)] as const] : [])),
    );
  },

  changes: (state, since) => state.changes(BOOK, since),

  async ready(call, account, given) {
    await readyToDrop(call);
    await readyToShare(call, account, given, 'contacts');
  },
  done: releaseFiles,

  create(draft, properties, { call }) {
    if (draft instanceof SharedContacts) throw new SetFailure('forbidden', 'Only the owner makes address books');
    const { shareWith, ...given } = settings(properties);
    if (books(draft).size >= MAX_BOOKS) throw new SetFailure('overQuota', `At most ${MAX_BOOKS} address books`);
    const shares = shareWith == null ? undefined : sharing(draft, call, undefined, shareWith);
    const id = randomName(call.deps.random, 20);
    const isDefault = ![...books(draft).values()].some((book) => book.isDefault);
    draft.putObject(BOOK, id, kept({ ...given, isSubscribed: given.isSubscribed ?? true }, isDefault));
    shares?.(id);
    const { name: _, ...set } = bookObject(draft, call, id, books(draft).get(id)!);
    return set;
  },

  update(draft, id, patch, { call }) {
    const before = books(draft).get(id);
    if (before === undefined) throw notFound(id);
    const now: Properties = bookObject(draft, call, id, before);
    // Where nobody is, somebody may be added all the same.
    const next = patched({ ...now, shareWith: now.shareWith ?? {} }, patch);
    if (Object.keys((next.shareWith ?? {}) as object).length === 0) next.shareWith = null;
    for (const name of ['id', 'isDefault', 'myRights'] as const) {
      if (JSON.stringify(next[name]) !== JSON.stringify(now[name]))
        throw invalidProperties([name], `${name} cannot be changed`);
    }
    const { id: _, isDefault: __, myRights: ___, ...rest } = next;
    const after = settings(rest);
    const isChanged = (name: string) => JSON.stringify(next[name] ?? null) !== JSON.stringify(now[name] ?? null);
    const shares = isChanged('shareWith') ? sharing(draft, call, id, next.shareWith ?? null) : undefined;
    if (draft instanceof SharedContacts) {
      if (isChanged('name') || isChanged('description')) {
        throw new SetFailure('forbidden', 'Only the owner names an address book');
      }
      const view: BookView = { isSubscribed: after.isSubscribed ?? false, sortOrder: after.sortOrder ?? 0 };
      if (isChanged('isSubscribed') || isChanged('sortOrder'))
        draft.putObject(BOOK_VIEW, `${id}.${call.user.id}`, view);
    } else if (['name', 'description', 'sortOrder', 'isSubscribed'].some(isChanged)) {
      const { shareWith: ____, ...mine } = after;
      const book = kept({ ...mine, isSubscribed: mine.isSubscribed ?? true }, before.isDefault === true);
      draft.putObject(BOOK, id, {
        ...book,
        ...(before.shareWith === undefined ? {} : { shareWith: before.shareWith }),
      });
    }
    shares?.(id);
    return null;
  },

  destroy(draft, id, { args, call }) {
    const rights = rightsOn(draft, id);
    if (rights === undefined) throw notFound(id);
    if (!rights.mayDelete) throw new SetFailure('forbidden', 'You may not destroy this address book');
    const whole = wholeOf(draft);
    const inside = [...cards(whole)].filter(([, card]) => card.addressBookIds[id] === true);
    if (inside.length > 0 && args.onDestroyRemoveContents !== true) {
      throw new SetFailure('addressBookHasContents', `It has ${inside.length} cards in it`);
    }
    // RFC 9610 section 2.3: what is in another book too stays there.
    for (const [card, { addressBookIds, ...rest }] of inside) {
      const { [id]: _, ...others } = addressBookIds;
      if (Object.keys(others).length === 0) {
        whole.deleteObject(CARD, card);
        dropFiles(call, { ...rest, addressBookIds }, undefined);
      } else whole.putObject(CARD, card, { ...rest, addressBookIds: others });
    }
    leaveBooks(whole, [id]);
    const wasDefault = books(whole).get(id)!.isDefault === true;
    forgetBook(whole, id);
    const [next] = books(whole);
    if (wasDefault && next !== undefined) whole.putObject(BOOK, next[0], { ...next[1], isDefault: true });
    refreshed(draft);
  },
};

function settings(properties: Properties): z.infer<typeof SETTABLE> {
  const parsed = SETTABLE.safeParse(properties);
  if (parsed.success) return parsed.data;
  const names = parsed.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys : [String(issue.path[0] ?? '')],
  );
  throw invalidProperties([...new Set(names)], `${names[0]}: ${parsed.error.issues[0]!.message}`);
}

function kept(
  {
    name,
    description,
    sortOrder,
    isSubscribed,
  }: {
    name: string;
    description?: string | null | undefined;
    sortOrder?: number | null | undefined;
    isSubscribed: boolean;
  },
  isDefault: boolean,
): Book {
  return {
    name,
    isSubscribed,
    ...(description == null ? {} : { description }),
    ...(sortOrder == null ? {} : { sortOrder }),
    ...(isDefault ? { isDefault } : {}),
  };
}

/** A change of `shareWith` that may be made; refused before anything is done. */
function sharing(draft: Draft, call: Call, id: string | undefined, value: unknown): (id: string) => void {
  const owner = ownerOf(draft, call);
  if (id !== undefined && !rightsOn(draft, id)!.mayShare) {
    throw new SetFailure('forbidden', 'You may not share this address book; its owner can let you');
  }
  const after: Record<string, BookRights> = {};
  const before = (id === undefined ? undefined : books(draft).get(id)!.shareWith) ?? {};
  for (const [principal, rights] of sharesOf(value, BOOK_RIGHTS)) {
    if (before[principal] === undefined) checkPrincipal(call, owner, principal);
    const all = { ...NO_BOOK_RIGHTS, ...rights };
    if (BOOK_RIGHTS.some((right) => all[right])) after[principal] = all;
  }
  return (book) => {
    const whole = wholeOf(draft);
    const { shareWith: _, ...rest } = books(whole).get(book)!;
    const shared = Object.keys(after).length === 0 ? {} : { shareWith: after };
    const next: Book = { ...rest, ...shared };
    for (const principal of new Set([...Object.keys(before), ...Object.keys(after)])) {
      if (JSON.stringify(before[principal]) === JSON.stringify(after[principal])) continue;
      touchAccess(whole, principal);
      if (principal === EVERYBODY) continue;
      const grantee = call.principals.get(principal) ?? { ...owner, id: principal };
      const rights = (one: Book) => rightsOrNull({ ...bookRights(one, owner, grantee) });
      call.shared.push({
        grantee: principal,
        objectType: BOOK,
        objectAccountId: owner.id,
        objectId: book,
        name: next.name,
        oldRights: rights({ ...next, shareWith: before }),
        newRights: rights(next),
      });
    }
    whole.putObject(BOOK, book, next);
    refreshed(draft);
  };
}

const DEFAULT = z.strictObject({ onSuccessSetIsDefault: ID.nullish() });

/** AddressBook/set (RFC 9610 section 2.3): where all went well, another book may become the default. */
export const bookSet: Method = method({
  capability: CONTACTS,
  args: SET_ARGS.extend((bookType.more as unknown as z.ZodObject).shape).extend(DEFAULT.shape) as unknown as z.ZodType<
    z.infer<typeof SET_ARGS> & z.infer<typeof DEFAULT>
  >,
  async run(call, { onSuccessSetIsDefault, ...given }) {
    const { answer, outcome } = await applySet(bookType, call, given);
    const failed = [outcome.notCreated, outcome.notUpdated, outcome.notDestroyed].some(
      (one) => Object.keys(one).length > 0,
    );
    const id = onSuccessSetIsDefault == null || failed ? undefined : call.idOf(onSuccessSetIsDefault);
    const account = await call.account(given.accountId);
    // RFC 9610 section 2.3: what cannot be is passed over.
    if (id === undefined || account.state instanceof SharedContacts || !books(account.state).has(id)) return answer;
    const { result, state } = await account.write((draft) => {
      const changed: string[] = [];
      for (const [one, book] of books(draft)) {
        if ((book.isDefault === true) === (one === id)) continue;
        const { isDefault: _, ...rest } = book;
        draft.putObject(BOOK, one, one === id ? { ...rest, isDefault: true } : rest);
        changed.push(one);
      }
      return changed;
    });
    const updated: Record<string, Properties | null> = { ...(answer.updated as Record<string, Properties | null>) };
    const created = Object.fromEntries(
      Object.entries(answer.created as Record<string, Properties>).map(([name, object]) => [
        name,
        result.includes(object.id as string) ? { ...object, isDefault: object.id === id } : object,
      ]),
    );
    const made = new Set(Object.values(created).map((object) => object.id));
    for (const one of result) if (!made.has(one)) updated[one] = { ...updated[one], isDefault: one === id };
    return { ...answer, created, updated, newState: stateAt(state, state.typeSeq(BOOK)) };
  },
});
