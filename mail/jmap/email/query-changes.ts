import * as z from 'zod';
import { type Change, emailId, emailNumber, type State } from '../../account/types.ts';
import { MAIL } from '../capabilities.ts';
import { MethodError } from '../errors.ts';
import { type Method, method, seqOf, stateString } from '../method.ts';
import type { Filter } from '../standard/query.ts';
import type { Condition } from './filter.ts';
import type { EmailQuery } from './find.ts';
import { findAll, QUERY } from './query.ts';

const ARGS = z.strictObject({
  ...QUERY,
  sinceQueryState: z.string(),
  maxChanges: z.int().positive().nullish(),
  upToId: z.string().nullish(),
  calculateTotal: z.boolean().nullish(),
});

/**
 * Email/queryChanges (RFC 8621 section 4.5, RFC 8620 section 5.6). What the old results were is not known, and need not be: what may
 * have changed its place is removed, whether it was among them or not, and added where it now is.
 */
export const emailQueryChanges: Method = method({
  capability: MAIL,
  args: ARGS,
  async run(call, args) {
    const { state, query, list } = await findAll(call, args);
    const since = seqOf(state, args.sinceQueryState);
    const changes = since === undefined ? undefined : state.changes('Email', since);
    const touched = changes === undefined ? undefined : touchedBy(state, query, changes, since!);
    if (touched === undefined) {
      throw new MethodError('cannotCalculateChanges', 'That state is too old or was never ours: ask Email/query again');
    }
    const born = new Set(changes!.filter(({ created }) => created > since!).map(({ id }) => id));
    const removed = Array.from(touched, emailId).filter((id) => !born.has(id));
    const end = endOf(args.upToId, list.numbers, touched);
    const added: { readonly id: string; readonly index: number }[] = [];
    for (let index = 0; index < end && touched.size > 0; index++) {
      const number = list.numbers[index]!;
      if (touched.has(number)) added.push({ id: emailId(number), index });
    }
    const { maxChanges } = args;
    if (maxChanges !== undefined && maxChanges !== null && removed.length + added.length > maxChanges) {
      throw new MethodError('tooManyChanges', `There are more than ${maxChanges} changes: ask Email/query again`);
    }
    return {
      accountId: args.accountId,
      oldQueryState: args.sinceQueryState,
      newQueryState: stateString(state, 'Email'),
      ...(args.calculateTotal === true ? { total: list.length } : {}),
      removed,
      added,
    };
  },
});

/**
 * How much of the results the client is told of: up to the last that it knows. That one has kept its place among those that have, even
 * where filter or sort are mutable, so nothing that the client knows is behind it.
 */
function endOf(upToId: string | null | undefined, numbers: Float64Array, touched: ReadonlySet<number>): number {
  const last = emailNumber(upToId ?? '');
  if (last === undefined || touched.has(last)) return numbers.length;
  const at = numbers.indexOf(last);
  return at < 0 ? numbers.length : at + 1;
}

/** The emails that may have come into the results, left them, or changed places. Undefined where that cannot be known. */
function touchedBy(
  state: State,
  { filter, sort, collapseThreads }: EmailQuery,
  changes: readonly Change[],
  since: number,
): ReadonlySet<number> | undefined {
  const uses = usesOf(filter);
  const byThread =
    uses.some((name) => name.includes('InThread')) || sort.some(({ property }) => property.includes('InThread'));
  const touched = new Set<number>();
  for (const { id, created, gone } of changes) {
    // What came and went is told of to nobody.
    if (created <= since || gone === 0) touched.add(emailNumber(id)!);
  }
  if (!collapseThreads && !byThread) return touched;
  // The email that stands for a thread, and what holds of a thread, may change with any of its emails.
  const threads = new Set<string>();
  for (const number of touched) {
    const thread = state.threadOf(number);
    if (thread === undefined) return undefined;
    threads.add(thread);
  }
  for (const thread of threads) for (const number of state.inThread(thread)) touched.add(number);
  return touched;
}

/** The names of the conditions in a filter, as often as they occur. */
function usesOf(filter: Filter<Condition> | undefined): string[] {
  if (filter === undefined) return [];
  if ('operator' in filter) return filter.conditions.flatMap(usesOf);
  return Object.keys(filter).filter((name) => filter[name as keyof Condition] !== undefined);
}
