import type { Key } from '../i18n/index.ts';
import { remembered } from './layout.ts';
import type { Query } from './list.ts';

/** How lists are ordered, and what of them is shown, as queries of RFC 8621 section 4.4. */

export interface Order {
  readonly by: keyof typeof ORDERS;
  readonly isAscending: boolean;
}

interface Column {
  readonly label: Key;
  /** The direction that most want first. */
  readonly isAscending: boolean;
  readonly sort: (isAscending: boolean) => Query['sort'];
}

const NEWEST = { property: 'receivedAt', isAscending: false } as const;
const by = (property: string) => (isAscending: boolean) => [{ property, isAscending }, NEWEST];

/** What a list can be sorted by. Those that are alike: the newest first. */
export const ORDERS = {
  date: {
    label: 'sort.date',
    isAscending: false,
    sort: (isAscending) => [{ property: 'receivedAt', isAscending }],
  },
  from: { label: 'sort.from', isAscending: true, sort: by('from') },
  subject: { label: 'sort.subject', isAscending: true, sort: by('subject') },
  size: { label: 'sort.size', isAscending: false, sort: by('size') },
  // A keyword that all have sorts behind one that not all have, where it ascends (RFC 8621 section 4.4.2).
  unread: {
    label: 'sort.unread',
    isAscending: true,
    sort: (isAscending) => [{ property: 'allInThreadHaveKeyword', keyword: '$seen', isAscending }, NEWEST],
  },
  starred: {
    label: 'sort.starred',
    isAscending: false,
    sort: (isAscending) => [{ property: 'someInThreadHaveKeyword', keyword: '$flagged', isAscending }, NEWEST],
  },
} as const satisfies Readonly<Record<string, Column>>;

/** Orders that have two directions worth having. */
export const TURNS: ReadonlySet<string> = new Set(['date', 'from', 'subject', 'size']);

export const order = remembered<Order>('order', { by: 'date', isAscending: false });

export const FILTERS = {
  unread: { label: 'filter.unread', condition: { notKeyword: '$seen' } },
  starred: { label: 'filter.starred', condition: { hasKeyword: '$flagged' } },
  attachments: { label: 'filter.attachments', condition: { hasAttachment: true } },
} as const satisfies Readonly<Record<string, { readonly label: Key; readonly condition: object }>>;
export type FilterName = keyof typeof FILTERS;

/** The query of a mailbox's list. */
export function queryOf(mailbox: string, { by, isAscending }: Order, filters: ReadonlySet<FilterName>): Query {
  const column: Column = ORDERS[by] ?? ORDERS.date;
  const conditions = [{ inMailbox: mailbox }, ...[...filters].sort().map((name) => FILTERS[name].condition)];
  return {
    filter: Object.assign({}, ...conditions) as Query['filter'],
    sort: column.sort(isAscending),
    collapseThreads: true,
  };
}

/** Another column begins with its own direction; the same one again turns round. */
export function turned(now: Order, by: Order['by']): Order {
  if (now.by === by && TURNS.has(by)) return { by, isAscending: !now.isAscending };
  return { by, isAscending: ORDERS[by].isAscending };
}
