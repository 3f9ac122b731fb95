import type { Mailbox, State } from '../../account/types.ts';
import { Bad } from '../errors.ts';
import { DELIMITER, mailboxName } from './mailbox.ts';
import type { Parser } from './parser.ts';

/** Mailboxes as ESEARCH names them (RFC 7377 section 2.2, RFC 5465 section 6). */
export type MailboxFilter =
  | { readonly which: 'selected' | 'inboxes' | 'personal' | 'subscribed' }
  | { readonly which: 'subtree' | 'subtree-one' | 'mailboxes'; readonly names: readonly string[] };

const PLAIN = ['selected', 'inboxes', 'personal', 'subscribed'] as const;
const WITH_NAMES = ['subtree', 'subtree-one', 'mailboxes'] as const;
const MAX_NAMES = 1_000;

/** One or more, in parentheses. */
export function mailboxFilters(parser: Parser): readonly MailboxFilter[] {
  return parser.list(() => mailboxFilter(parser), { what: 'which mailboxes, in parentheses' });
}

export function mailboxFilter(parser: Parser): MailboxFilter {
  const start = parser.pos;
  const word = parser.keyword('which mailboxes').toLowerCase();
  const plain = PLAIN.find((which) => which === word);
  if (plain !== undefined) return { which: plain };
  const which = WITH_NAMES.find((known) => known === word);
  if (which === undefined) {
    parser.pos = start;
    return parser.fail(`one of ${[...PLAIN, ...WITH_NAMES].join(', ')}`);
  }
  parser.space();
  const names =
    parser.peek() === '('
      ? parser.list(() => mailboxName(parser), { what: 'names of mailboxes in parentheses' })
      : [mailboxName(parser)];
  if (names.length > MAX_NAMES) throw new Bad(`At most ${MAX_NAMES} mailboxes can be named`);
  return { which, names };
}

/** The mailboxes that are meant, each once; names that there are not are passed over. `selected`: the id of the selected one. */
export function filteredMailboxes(
  state: State,
  filters: readonly MailboxFilter[],
  selected: string | undefined,
): readonly Mailbox[] {
  return [...state.mailboxes.values()].filter((mailbox) =>
    filters.some((filter) =>
      filter.which === 'selected'
        ? mailbox.id === selected
        : isMeant(filter, mailbox.name, (name) => state.subscriptions.has(name)),
    ),
  );
}

/** Whether a filter that does not ask for the selected mailbox means the mailbox with this name. */
export function isMeant(filter: MailboxFilter, name: string, isSubscribed: (name: string) => boolean): boolean {
  if ('names' in filter) return filter.names.some((asked) => isNamed(name, asked, filter.which));
  // What is delivered comes to INBOX, unless a rule of the user's puts it elsewhere.
  if (filter.which === 'inboxes') return name === 'INBOX';
  return filter.which === 'personal' || (filter.which === 'subscribed' && isSubscribed(name));
}

function isNamed(name: string, asked: string, which: string): boolean {
  if (name === asked) return true;
  if (which === 'mailboxes' || !name.startsWith(asked + DELIMITER)) return false;
  return which === 'subtree' || !name.slice(asked.length + 1).includes(DELIMITER);
}
