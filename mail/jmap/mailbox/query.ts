import * as z from 'zod';
import type { Mailbox, State } from '../../account/types.ts';
import { MAIL } from '../capabilities.ts';
import { MethodError } from '../errors.ts';
import { type Method, method, stateString } from '../method.ts';
import { fits, parseFilter, QUERY, QUERY_CHANGES, windowOf } from '../standard/query.ts';
import { placeOf, shownPlace, sortOrderOf } from './object.ts';

/** RFC 8621 section 2.3. */
const CONDITION = z.strictObject({
  parentId: z.string().nullish(),
  name: z.string().optional(),
  role: z.string().nullish(),
  hasAnyRole: z.boolean().optional(),
  isSubscribed: z.boolean().optional(),
});

const ARGS = QUERY.extend({ sortAsTree: z.boolean().optional(), filterAsTree: z.boolean().optional() });

/** Mailbox/query. */
export const mailboxQuery: Method = method({
  capability: MAIL,
  args: ARGS,
  async run(call, args) {
    const { state } = await call.account(args.accountId);
    const filter = parseFilter(args.filter, CONDITION);
    const compare = comparison(state, args.sort ?? []);
    const parents = new Map([...state.mailboxes.values()].map((mailbox) => [mailbox, parentOf(state, mailbox)]));
    const own = (mailbox: Mailbox) => fits(filter, (condition) => matches(state, mailbox, parents, condition));
    const fitsToo = (mailbox: Mailbox): boolean => {
      const parent = parents.get(mailbox);
      return own(mailbox) && (args.filterAsTree !== true || parent === undefined || fitsToo(parent));
    };
    const sorted = [...state.mailboxes.values()].sort(compare);
    const ordered = args.sortAsTree === true ? asTree(sorted, parents) : sorted;
    const ids = ordered.filter(fitsToo).map(({ id }) => id);
    return {
      accountId: args.accountId,
      queryState: stateString(state, 'Mailbox'),
      canCalculateChanges: false,
      ...windowOf(ids, args),
    };
  },
});

/** Mailbox/queryChanges: there are so few that a client asks anew (RFC 8620 section 5.6). */
export const mailboxQueryChanges: Method = method({
  capability: MAIL,
  args: QUERY_CHANGES.extend({ sortAsTree: z.boolean().optional(), filterAsTree: z.boolean().optional() }),
  async run(call, { accountId }) {
    await call.account(accountId);
    throw new MethodError('cannotCalculateChanges', 'Ask Mailbox/query again');
  },
});

function parentOf(state: State, mailbox: Mailbox): Mailbox | undefined {
  return shownPlace(state, mailbox).parent;
}

function matches(
  state: State,
  mailbox: Mailbox,
  parents: ReadonlyMap<Mailbox, Mailbox | undefined>,
  { parentId, name, role, hasAnyRole, isSubscribed }: z.infer<typeof CONDITION>,
): boolean {
  if (parentId !== undefined && (parents.get(mailbox)?.id ?? null) !== parentId) return false;
  if (name !== undefined && !placeOf(mailbox.name).name.toLowerCase().includes(name.toLowerCase())) return false;
  if (role !== undefined && (mailbox.role ?? null) !== role) return false;
  if (hasAnyRole !== undefined && (mailbox.role !== undefined) !== hasAnyRole) return false;
  return isSubscribed === undefined || state.subscriptions.has(mailbox.name) === isSubscribed;
}

/** What cannot be told apart stays in the order of creation. */
function comparison(state: State, sort: readonly { property: string; isAscending?: boolean | undefined }[]) {
  const keys = sort.map(({ property, isAscending = true }) => {
    const sign = isAscending ? 1 : -1;
    if (property === 'sortOrder')
      return (a: Mailbox, b: Mailbox) => sign * (sortOrderOf(state, a) - sortOrderOf(state, b));
    if (property === 'name') {
      return (a: Mailbox, b: Mailbox) => sign * compareText(placeOf(a.name).name, placeOf(b.name).name);
    }
    throw new MethodError('unsupportedSort', `Mailboxes are not sorted by ${property}`);
  });
  return (a: Mailbox, b: Mailbox) => {
    for (const key of keys) {
      const order = key(a, b);
      if (order !== 0) return order;
    }
    return 0;
  };
}

function compareText(a: string, b: string): number {
  const [left, right] = [a.toLowerCase(), b.toLowerCase()];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Each mailbox right behind its parent, siblings in the order that was asked for. */
function asTree(sorted: readonly Mailbox[], parents: ReadonlyMap<Mailbox, Mailbox | undefined>): Mailbox[] {
  const children = Map.groupBy(sorted, (mailbox) => parents.get(mailbox));
  const below = (parent: Mailbox | undefined): Mailbox[] =>
    (children.get(parent) ?? []).flatMap((mailbox) => [mailbox, ...below(mailbox)]);
  return below(undefined);
}
