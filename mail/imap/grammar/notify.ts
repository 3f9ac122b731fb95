import { Bad, No } from '../errors.ts';
import { type FetchItem, fetchItems } from './fetch.ts';
import { type MailboxFilter, mailboxFilter } from './mailbox-filter.ts';
import type { Parser } from './parser.ts';

/** What there is to hear of. AnnotationChange is of RFC 5257, which this server does not have. */
export const EVENTS = [
  'MessageNew',
  'MessageExpunge',
  'FlagChange',
  'MailboxName',
  'SubscriptionChange',
  'MailboxMetadataChange',
  'ServerMetadataChange',
] as const;

export type NotifyEvent = (typeof EVENTS)[number];
export type Events = ReadonlySet<NotifyEvent>;

const OF_MESSAGES: ReadonlySet<string> = new Set(['MessageNew', 'MessageExpunge', 'FlagChange', 'AnnotationChange']);
const MAX_GROUPS = 100;

/** What a client wants to hear of the mailbox that it has selected (RFC 5465 section 6.1). */
export interface SelectedWish {
  readonly events: Events;
  /** Whether expunges wait for a command in whose answer they are allowed. */
  readonly delayed: boolean;
  /** What is told of each new message. */
  readonly items: readonly FetchItem[];
}

/** What it wants to hear of other mailboxes. */
export interface Wish {
  readonly filter: MailboxFilter;
  readonly events: Events;
}

export interface NotifySet {
  /** Whether the present state of the mailboxes is wanted too. */
  readonly status: boolean;
  readonly selected: SelectedWish | undefined;
  readonly others: readonly Wish[];
}

/** RFC 5465 section 8. Undefined for NONE. */
export function notifyArguments(parser: Parser): NotifySet | undefined {
  const start = parser.pos;
  const word = parser.keyword('SET or NONE');
  if (word === 'NONE') return undefined;
  if (word !== 'SET') {
    parser.pos = start;
    parser.fail('SET or NONE');
  }
  parser.space();
  const status = parser.skip('STATUS ');
  let selected: SelectedWish | undefined;
  const others: Wish[] = [];
  const unsupported: string[] = [];
  do {
    const group = eventGroup(parser, unsupported);
    if ('filter' in group) others.push(group);
    else if (selected === undefined) selected = group;
    else throw new Bad('Only one of SELECTED and SELECTED-DELAYED, and only once');
    if (others.length > MAX_GROUPS) throw new No('NOTIFICATIONOVERFLOW', `At most ${MAX_GROUPS} groups of events`);
  } while (parser.skip(' '));
  parser.end();
  // Section 3.1: a NO, not a BAD.
  if (unsupported.length > 0) {
    throw new No(`BADEVENT (${EVENTS.join(' ')})`, `There is no ${unsupported[0]!.slice(0, 40)} here`);
  }
  return { status, selected, others };
}

/** `(filter events)`. */
function eventGroup(parser: Parser, unsupported: string[]): SelectedWish | Wish {
  parser.expect('(', 'which mailboxes and which events, in parentheses');
  const delayed = parser.skip('selected-delayed ');
  const selected = delayed || parser.skip('selected ');
  const filter = selected ? undefined : mailboxFilter(parser);
  if (!selected) parser.space();
  let items: readonly FetchItem[] = [];
  const one = (): string => {
    const name = parser.atom('an event');
    if (selected && !isOfMessages(name)) throw new Bad('Only events of messages belong to the selected mailbox');
    if (name.toLowerCase() === 'messagenew' && parser.skip(' (')) {
      if (!selected) throw new Bad('What to fetch is for SELECTED and SELECTED-DELAYED only');
      parser.pos--;
      items = fetchItems(parser);
    }
    return name;
  };
  const names = parser.skip('NONE') ? [] : parser.list(one, { what: 'events in parentheses, or NONE' });
  parser.expect(')');
  unsupported.push(...names.filter((name) => eventNamed(name) === undefined));
  const events = new Set(names.map(eventNamed).filter((event) => event !== undefined));
  checkTogether(names);
  return filter === undefined ? { events, delayed, items } : { filter, events };
}

/** RFC 5465 section 5. */
function checkTogether(names: readonly string[]): void {
  const lower = new Set(names.map((name) => name.toLowerCase()));
  if (lower.has('messagenew') && lower.has('messageexpunge')) return;
  if (![...OF_MESSAGES].some((name) => lower.has(name.toLowerCase()))) return;
  throw new Bad('MessageNew and MessageExpunge go together, and with FlagChange and AnnotationChange');
}

function eventNamed(name: string): NotifyEvent | undefined {
  return EVENTS.find((event) => event.toLowerCase() === name.toLowerCase());
}

/** An event that nobody knows may be of any kind. */
function isOfMessages(name: string): boolean {
  const event = eventNamed(name);
  return event === undefined || OF_MESSAGES.has(event);
}
