import { type Account, DELETED, type Mailbox, type State } from '../../account/types.ts';
import { overviewOf } from './overview.ts';

/** The emails of a mailbox, or of all, by receivedAt and then by number: what most queries begin with, and many end with. */
export interface Order {
  readonly ascending: Float64Array;
  readonly descending: Float64Array;
  /** The same, one email a thread: the first that comes. */
  readonly collapsed: { ascending?: Float64Array; descending?: Float64Array };
}

/** By account and mailbox ('': all of them): the newest, and what it holds for. */
const kept = new WeakMap<Account, Map<string, { readonly members: string; readonly order: Order }>>();

/**
 * Kept from state to state until an email joins or leaves: UIDs ascend and are never used again, so where a mailbox's next UID and its
 * number of messages are what they were, so are its members; and when an email was received never changes.
 */
export function orderOf(account: Account, state: State, mailbox: Mailbox | undefined): Order {
  const id = mailbox?.id ?? '';
  const members = mailbox === undefined ? [...state.mailboxes.values()].map(membersOf).join() : membersOf(mailbox);
  let orders = kept.get(account);
  if (orders === undefined) {
    orders = new Map();
    kept.set(account, orders);
  }
  const known = orders.get(id);
  if (known?.members === members) return known.order;
  const ascending = mailbox === undefined ? allInOrder(state) : mailboxInOrder(state, mailbox);
  const order = { ascending, descending: ascending.slice().reverse(), collapsed: {} };
  orders.set(id, { members, order });
  for (const other of orders.keys()) if (other !== '' && !state.mailboxes.has(other)) orders.delete(other);
  return order;
}

/** Where some are marked as deleted, any change may show or hide one. */
function membersOf({ id, uidvalidity, uidnext, messages, deleted, modseq }: Mailbox): string {
  return `${id}/${uidvalidity}/${uidnext}/${messages}/${deleted === 0 ? 0 : modseq}`;
}

function allInOrder(state: State): Float64Array {
  const { numbers, dates } = overviewOf(state);
  return inOrder(numbers, dates);
}

function mailboxInOrder(state: State, { id, deleted }: Mailbox): Float64Array {
  const rows = state.rows(id);
  const numbers = new Float64Array(rows.length);
  const dates = new Float64Array(rows.length);
  let count = 0;
  // Most often each is a later email than the one before, and so none is there twice.
  let ascends = true;
  for (let row = 0; row < rows.length; row++) {
    if (deleted > 0 && (rows.flags(row).system & DELETED) !== 0) continue;
    numbers[count] = rows.email(row);
    dates[count] = rows.date(row);
    ascends &&= count === 0 || numbers[count - 1]! < numbers[count]!;
    count += 1;
  }
  const ordered = inOrder(numbers.subarray(0, count), dates.subarray(0, count));
  return ascends ? ordered : once(ordered);
}

/** Places in a key beside 32 bits of seconds: a double holds 53 bits. */
const PLACES = 2 ** 21;

/** By date and then by number. Dates are whole seconds below 2^32 (INTERNALDATE). */
function inOrder(numbers: Float64Array, dates: Float64Array): Float64Array {
  let byDate = true;
  let byNumber = true;
  for (let at = 1; at < numbers.length && (byDate || byNumber); at++) {
    byDate &&= compareAt(numbers, dates, at - 1, at) <= 0;
    byNumber &&= numbers[at - 1]! <= numbers[at]!;
  }
  if (byDate) return numbers;
  if (byNumber && numbers.length <= PLACES) {
    // As plain numbers they are sorted several times as fast as by a function.
    const keys = dates.map((date, place) => (date / 1000) * PLACES + place).sort();
    return keys.map((key) => numbers[key % PLACES]!);
  }
  const places = Uint32Array.from(numbers, (_, place) => place).sort((a, b) => compareAt(numbers, dates, a, b));
  return Float64Array.from(places, (place) => numbers[place]!);
}

function compareAt(numbers: Float64Array, dates: Float64Array, a: number, b: number): number {
  return dates[a]! - dates[b]! || numbers[a]! - numbers[b]!;
}

/** A copy in a mailbox that holds the email already is one more placement of it (design: rule 7). */
function once(numbers: Float64Array): Float64Array {
  const distinct = new Set(numbers);
  return distinct.size === numbers.length ? numbers : Float64Array.from(distinct);
}

/** One email a thread, the first (RFC 8621 section 4.4.3). */
export function collapsed(state: State, numbers: Float64Array): Float64Array {
  const threads = new Set<string>();
  const first = new Float64Array(numbers.length);
  let count = 0;
  for (const number of numbers) {
    const thread = state.threadOf(number);
    if (thread === undefined || threads.has(thread)) continue;
    threads.add(thread);
    first[count++] = number;
  }
  return first.slice(0, count);
}
