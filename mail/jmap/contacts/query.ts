import * as z from 'zod';
import type { State } from '../../account/types.ts';
import { type Card, cards } from '../../contacts/books.ts';
import { CARD } from '../../contacts/log.ts';
import { CONTACTS } from '../capabilities.ts';
import { MethodError } from '../errors.ts';
import { type Call, type Method, method, seqOf, stateString } from '../method.ts';
import { type Filter, fits, parseFilter, WINDOW, windowOf } from '../standard/query.ts';
import { CONDITION, type Condition, components, fold, test, timeOf } from './filter.ts';

const SORT = z
  .array(
    z.strictObject({ property: z.string(), isAscending: z.boolean().optional(), collation: z.string().optional() }),
  )
  .nullish();

const QUERY = { accountId: z.string(), filter: z.unknown().optional(), sort: SORT };

/** Queries of one state whose results are kept: a client reads page after page. */
const KEPT = 8;
const results = new WeakMap<State, Map<string, readonly string[]>>();

async function findAll(call: Call, args: { accountId: string; filter?: unknown; sort?: z.infer<typeof SORT> }) {
  const { state } = await call.account(args.accountId);
  const filter = parseFilter(args.filter, CONDITION);
  const order = orderOf(args.sort ?? []);
  const key = JSON.stringify([filter, args.sort]);
  const ofState = results.get(state) ?? new Map<string, readonly string[]>();
  results.set(state, ofState);
  let ids = ofState.get(key);
  if (ids === undefined) {
    ids = find(state, filter, order);
    if (ofState.size >= KEPT) ofState.delete(ofState.keys().next().value!);
    ofState.set(key, ids);
  }
  return { state, ids };
}

/** What results are sorted by. */
type Order = readonly { readonly key: (card: Card) => string | number; readonly sign: 1 | -1 }[];

interface Found {
  readonly id: string;
  readonly keys: readonly (string | number)[];
}

/** What cannot be told apart is in the order of ids, so that pages fit each other. */
function find(state: State, filter: Filter<Condition> | undefined, order: Order): readonly string[] {
  const tests = new Map<Condition, (card: Card) => boolean>();
  const testOf = (condition: Condition) => {
    const known = tests.get(condition) ?? test(condition);
    tests.set(condition, known);
    return known;
  };
  const found: Found[] = [];
  for (const [id, card] of cards(state)) {
    // Keys are looked up once a card, not once a comparison.
    if (fits(filter, (condition) => testOf(condition)(card)))
      found.push({ id, keys: order.map(({ key }) => key(card)) });
  }
  return found.sort((a, b) => compare(order, a, b)).map(({ id }) => id);
}

function compare(order: Order, a: Found, b: Found): number {
  for (let i = 0; i < order.length; i++) {
    const [left, right] = [a.keys[i]!, b.keys[i]!];
    if (left !== right) return left < right ? -order[i]!.sign : order[i]!.sign;
  }
  return a.id < b.id ? -1 : 1;
}

/** RFC 9610 section 3.3.2: all of them. */
const KEYS: Readonly<Record<string, (card: Card) => string | number>> = {
  created: (card) => timeOf(card, 'created') || 0,
  updated: (card) => timeOf(card, 'updated') || 0,
  'name/given': (card) => nameKey(card, 'given'),
  'name/surname': (card) => nameKey(card, 'surname'),
  'name/surname2': (card) => nameKey(card, 'surname2'),
};

const nameKeys = new WeakMap<Card, Map<string, string>>();

/** As somebody wants it sorted, where he has said so (RFC 9553 section 2.2.1.1). */
function nameKey(card: Card, kind: string): string {
  let keys = nameKeys.get(card);
  if (keys === undefined) {
    keys = new Map();
    nameKeys.set(card, keys);
  }
  let key = keys.get(kind);
  if (key === undefined) {
    const { sortAs } = (card.name ?? {}) as { sortAs?: Readonly<Record<string, string>> };
    key = fold(sortAs?.[kind] ?? components(card, kind).join(' '));
    keys.set(kind, key);
  }
  return key;
}

function orderOf(sort: NonNullable<z.infer<typeof SORT>>): Order {
  return sort.map(({ property, isAscending = true }) => {
    const key = Object.hasOwn(KEYS, property) ? KEYS[property]! : undefined;
    if (key === undefined) throw new MethodError('unsupportedSort', `Cards are not sorted by ${property}`);
    return { key, sign: isAscending ? 1 : -1 };
  });
}

/** ContactCard/query (RFC 9610 section 3.3). */
export const cardQuery: Method = method({
  capability: CONTACTS,
  args: z.strictObject({ ...QUERY, ...WINDOW }),
  async run(call, args) {
    const { state, ids } = await findAll(call, args);
    return {
      accountId: args.accountId,
      queryState: stateString(state, CARD),
      canCalculateChanges: true,
      ...windowOf(ids, args),
    };
  },
});

/**
 * ContactCard/queryChanges (RFC 9610 section 3.4): what was changed is removed, whether it was among the results or not, and added where it
 * now is (RFC 8620 section 5.6).
 */
export const cardQueryChanges: Method = method({
  capability: CONTACTS,
  args: z.strictObject({
    ...QUERY,
    sinceQueryState: z.string(),
    maxChanges: z.int().positive().nullish(),
    upToId: z.string().nullish(),
    calculateTotal: z.boolean().nullish(),
  }),
  async run(call, args) {
    const { state, ids } = await findAll(call, args);
    const since = seqOf(state, args.sinceQueryState);
    const changes = since === undefined ? undefined : state.changes(CARD, since);
    if (since === undefined || changes === undefined) {
      throw new MethodError(
        'cannotCalculateChanges',
        'That state is too old or was never ours: ask ContactCard/query again',
      );
    }
    const touched = new Set(changes.map(({ id }) => id));
    const removed = changes.filter(({ created }) => created <= since).map(({ id }) => id);
    const last = args.upToId == null || touched.has(args.upToId) ? -1 : ids.indexOf(args.upToId);
    const known = last < 0 ? ids : ids.slice(0, last + 1);
    const added = known.flatMap((id, index) => (touched.has(id) ? [{ id, index }] : []));
    if (args.maxChanges != null && removed.length + added.length > args.maxChanges) {
      throw new MethodError(
        'tooManyChanges',
        `There are more than ${args.maxChanges} changes: ask ContactCard/query again`,
      );
    }
    return {
      accountId: args.accountId,
      oldQueryState: args.sinceQueryState,
      newQueryState: stateString(state, CARD),
      ...(args.calculateTotal === true ? { total: ids.length } : {}),
      removed,
      added,
    };
  },
});
