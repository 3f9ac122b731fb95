import type { Account, Mailbox, State } from '../../account/types.ts';
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

function membersOf({ id, uidvalidity, uidnext, messages }: Mailbox): string {
  return `${id}/${uidvalidity}/${uidnext}/${messages}`;
}

function allInOrder(state: State): Float64Array {
  const { numbers, dates } = overviewOf(state);
  return inOrder(numbers, dates);
}

function mailboxInOrder(state: State, { id }: Mailbox): Float64Array {
  const rows = state.rows(id);
  const numbers = new Float64Array(rows.length);
  const dates = new Float64Array(rows.length);
  for (let row = 0; row < rows.length; row++) {
    numbers[row] = rows.email(row);
    dates[row] = rows.date(row);
  }
  return once(inOrder(numbers, dates));
}

function inOrder(numbers: Float64Array, dates: Float64Array): Float64Array {
  const compare = (a: number, b: number) => dates[a]! - dates[b]! || numbers[a]! - numbers[b]!;
  let isSorted = true;
  for (let at = 1; isSorted && at < numbers.length; at++) isSorted = compare(at - 1, at) <= 0;
  if (isSorted) return numbers;
  const places = Uint32Array.from({ length: numbers.length }, (_, at) => at).sort(compare);
  return Float64Array.from(places, (at) => numbers[at]!);
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
