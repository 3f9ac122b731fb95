import type { Draft, State } from '../../account/types.ts';
import { books, type Card, cards, leaveBooks } from '../../contacts/books.ts';
import { CARD_PROPERTIES, wrongIn } from '../../contacts/jscontact.ts';
import { CARD } from '../../contacts/log.ts';
import { rightsOn, wholeOf } from '../../contacts/view.ts';
import { randomName } from '../../ports/index.ts';
import { CONTACTS } from '../capabilities.ts';
import { invalidProperties, SetFailure } from '../errors.ts';
import type { Call } from '../method.ts';
import type { Tracked } from '../standard/changes.ts';
import type { Readable } from '../standard/get.ts';
import { patched } from '../standard/patch.ts';
import { notFound, type SetContext, type Settable } from '../standard/set.ts';
import { MAX_CARD, MAX_CARDS } from './limits.ts';
import { dropFiles, prepareMedia, releaseFiles, withFiles, withoutFiles } from './media.ts';

type Properties = Readonly<Record<string, unknown>>;

/** A card as clients see it. */
export function cardObject(id: string, card: Card): Properties {
  return card.media === undefined ? { id, ...card } : { id, ...card, media: withoutFiles(card.media) };
}

/** ContactCard (RFC 9610 section 3): a JSContact card (RFC 9553) in one or more address books. */
export const cardType: Readable & Tracked & Settable = {
  name: CARD,
  capability: CONTACTS,
  properties: ['id', 'addressBookIds', ...CARD_PROPERTIES],
  // RFC 9553 section 1.8: vendors have properties of their own.
  isProperty: (name) => /^[A-Za-z0-9.:_-]{1,255}$/.test(name),
  all: true,

  ids: ({ state }) => [...cards(state).keys()],

  async load(_call, { state }, ids) {
    const found = new Map<string, Properties>();
    for (const id of ids) {
      const card = state.object(CARD, id) as Card | undefined;
      if (card !== undefined) found.set(id, cardObject(id, card));
    }
    return found;
  },

  changes: (state, since) => state.changes(CARD, since),

  ready: prepareMedia,
  done: releaseFiles,

  create(draft, properties, context) {
    const { call } = context;
    if (properties.id !== undefined) throw invalidProperties(['id'], 'The server gives the id');
    if (cards(wholeOf(draft)).size >= MAX_CARDS) throw new SetFailure('overQuota', `At most ${MAX_CARDS} cards`);
    const now = utcDate(call);
    const defaults = { '@type': 'Card', version: '1.0', uid: `urn:uuid:${uuid(call)}`, created: now, updated: now };
    const whole: Properties = { ...defaults, ...withoutNulls(properties) };
    const { addressBookIds, ...card } = whole;
    const kept = checked(draft, context, card, addressBookIds, undefined);
    const id = randomName(call.deps.random, 20);
    checkUid(draft, id, kept.uid as string);
    put(draft, id, kept);
    const set = Object.entries(defaults).filter(([name]) => properties[name] === undefined);
    return { id, ...Object.fromEntries(set), ...mediaOf(properties, kept) };
  },

  update(draft, id, patch, context) {
    const before = draft.object(CARD, id) as Card | undefined;
    if (before === undefined) throw notFound(id);
    const now = cardObject(id, before);
    const next = patched(now, patch);
    if (next.id !== id) throw invalidProperties(['id'], 'The id cannot be changed');
    const { id: _, addressBookIds, ...card } = next;
    const isDated = Object.hasOwn(patch, 'updated') && patch.updated !== before.updated;
    const updated = isDated ? card.updated : utcDate(context.call);
    const kept = checked(draft, context, { ...card, updated }, addressBookIds, before);
    if (kept.uid !== before.uid) checkUid(draft, id, kept.uid as string);
    for (const book of Object.keys(before.addressBookIds)) needWrite(draft, book);
    leaveBooks(
      wholeOf(draft),
      Object.keys(before.addressBookIds).filter((book) => kept.addressBookIds[book] !== true),
    );
    put(draft, id, kept);
    dropFiles(context.call, before, kept);
    const server = { ...(isDated ? {} : { updated }), ...mediaOf(patch, kept) };
    return Object.keys(server).length === 0 ? null : server;
  },

  /** Out of every book that the user sees. */
  destroy(draft, id, { call }) {
    const before = draft.object(CARD, id) as Card | undefined;
    if (before === undefined) throw notFound(id);
    const seen = Object.keys(before.addressBookIds);
    for (const book of seen) needWrite(draft, book);
    const whole = wholeOf(draft);
    leaveBooks(whole, seen);
    const { addressBookIds, ...card } = whole.object(CARD, id) as Card;
    const hidden = Object.entries(addressBookIds).filter(([book]) => !seen.includes(book));
    if (hidden.length === 0) {
      draft.deleteObject(CARD, id);
      dropFiles(call, before, undefined);
    } else whole.putObject(CARD, id, { ...card, addressBookIds: Object.fromEntries(hidden) });
    uids.get(whole)?.delete(before.uid as string);
  },
};

/** The whole card as it is to be kept, if it may be. `before`: as it was. Throws `SetFailure`. */
export function checked(
  draft: Draft,
  { call, idOf }: Pick<SetContext<unknown>, 'call' | 'idOf'>,
  card: Properties,
  addressBookIds: unknown,
  before: Card | undefined,
): Card {
  const ids = booksOf(draft, addressBookIds, idOf);
  for (const book of Object.keys(ids)) if (before?.addressBookIds[book] !== true) needWrite(draft, book);
  const wrong = wrongIn(card);
  if (wrong !== undefined) {
    throw invalidProperties([wrong.path.split('/', 1)[0]!], `${wrong.path}: ${wrong.what}`);
  }
  const media = withFiles(call, card.media, before);
  const kept: Card = { ...card, ...(media === undefined ? {} : { media }), addressBookIds: ids };
  const size = Buffer.byteLength(JSON.stringify(kept));
  if (size > MAX_CARD) throw new SetFailure('tooLarge', `A card has at most ${MAX_CARD} bytes, this one has ${size}`);
  return kept;
}

/** RFC 9610 section 3: one or more address books, each true. */
function booksOf(
  state: State,
  value: unknown,
  idOf: (given: string) => string | undefined,
): Readonly<Record<string, true>> {
  const wrong = (what: string) => invalidProperties(['addressBookIds'], what);
  if (typeof value !== 'object' || value === null || Array.isArray(value) || Object.keys(value).length === 0) {
    throw wrong('A card is in at least one address book');
  }
  const ids: Record<string, true> = {};
  for (const [given, one] of Object.entries(value)) {
    const id = idOf(given);
    if (one !== true) throw wrong(`addressBookIds/${given} must be true`);
    if (id === undefined || !books(state).has(id)) throw wrong(`There is no address book ${given}`);
    ids[id] = true;
  }
  return ids;
}

function needWrite(draft: Draft, book: string): void {
  if (rightsOn(draft, book)?.mayWrite === true) return;
  throw new SetFailure('forbidden', `You may not change what is in the address book ${book}`);
}

/** By what a draft writes to: the cards by uid. */
const uids = new WeakMap<Draft, Map<string, string>>();

/** RFC 9610 section 3: no two cards of an account have the same uid. */
function checkUid(draft: Draft, id: string, uid: string): void {
  const whole = wholeOf(draft);
  let known = uids.get(whole);
  if (known === undefined) {
    known = new Map([...cards(whole)].map(([one, card]) => [card.uid as string, one]));
    uids.set(whole, known);
  }
  const other = known.get(uid);
  if (other !== undefined && other !== id && whole.object(CARD, other) !== undefined) {
    const isSeen = draft.object(CARD, other) !== undefined;
    if (isSeen) throw new SetFailure('alreadyExists', `Another card has the uid ${uid}`, { existingId: other });
    throw invalidProperties(['uid'], `The uid ${uid} cannot be used here`);
  }
  known.set(uid, id);
}

function put(draft: Draft, id: string, card: Card): void {
  draft.putObject(CARD, id, card);
}

/** The ids of blobs that stand now where a client gave others. */
function mediaOf(given: Properties, { media }: Card): Properties {
  const names = Object.keys(given).some((path) => path.split('/', 1)[0] === 'media');
  return names && media !== undefined ? { media: withoutFiles(media) } : {};
}

function withoutNulls(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== null));
}

function utcDate(call: Call): string {
  return new Date(call.deps.clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** RFC 9562 section 5.4. */
function uuid(call: Call): string {
  const bytes = Buffer.from(call.deps.random.bytes(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
