import * as z from 'zod';
import type { Change, State } from '../../account/types.ts';
import { MethodError } from '../errors.ts';
import { type Method, method, seqOf, stateAt } from '../method.ts';

/** A type of object whose changes are known (RFC 8620 section 5.2). */
export interface Tracked {
  readonly name: string;
  readonly capability: string;
  /** What came, changed or went after `since`, in any order; undefined where history does not go back so far. */
  changes(state: State, since: number): readonly Change[] | undefined;
  /** More of the answer: Mailbox's `updatedProperties`. */
  besides?(state: State, since: number, updated: readonly string[]): Readonly<Record<string, unknown>>;
}

/** Created, updated and destroyed between two log positions, as a client that knows the first must be told to know the second. */
export interface Changes {
  readonly created: readonly string[];
  readonly updated: readonly string[];
  readonly destroyed: readonly string[];
  /** The position that the client then knows. */
  readonly upTo: number;
  readonly hasMore: boolean;
}

const ARGS = z.strictObject({
  accountId: z.string(),
  sinceState: z.string(),
  maxChanges: z.int().positive().nullish(),
});

/** Foo/changes. */
export function changing(type: Tracked): Method {
  return method({
    capability: type.capability,
    args: ARGS,
    async run(call, { accountId, sinceState, maxChanges }) {
      const { state } = await call.account(accountId);
      const since = seqOf(state, sinceState);
      const all = since === undefined ? undefined : type.changes(state, since);
      if (since === undefined || all === undefined) {
        throw new MethodError(
          'cannotCalculateChanges',
          'That state is too old or was never ours: fetch everything anew',
        );
      }
      const { created, updated, destroyed, upTo, hasMore } = slice(
        all,
        since,
        state.typeSeq(type.name),
        maxChanges ?? undefined,
      );
      const answer = {
        accountId,
        oldState: sinceState,
        newState: stateAt(state, upTo),
        hasMoreChanges: hasMore,
        created,
        updated,
        destroyed,
      };
      return type.besides === undefined ? answer : { ...answer, ...type.besides(state, since, updated) };
    },
  });
}

/**
 * At most `max` of the changes, the oldest first. A slice ends between two log positions, so that a state is one: each object is told of
 * as it stands to a client that knows `since`, at the position where it came, and once more where it changed behind the slice.
 */
export function slice(all: readonly Change[], since: number, newest: number, max = Number.POSITIVE_INFINITY): Changes {
  const upTo = endOfSlice(all, since, newest, max);
  const created: string[] = [];
  const updated: string[] = [];
  const destroyed: string[] = [];
  for (const change of all) {
    const kind = kindOf(change, since, upTo);
    if (kind === 'created') created.push(change.id);
    else if (kind === 'updated') updated.push(change.id);
    else if (kind === 'destroyed') destroyed.push(change.id);
  }
  return { created, updated, destroyed, upTo, hasMore: upTo < newest };
}

function kindOf(change: Change, since: number, upTo: number): keyof Changes | undefined {
  const { created, changed, gone, shown } = change;
  if (shown) {
    const isThere = (at: number) => shown.some(([from, to]) => from <= at && at < to);
    if (!isThere(since)) return isThere(upTo) ? 'created' : undefined;
    if (!isThere(upTo)) return 'destroyed';
    return changed <= upTo ? 'updated' : undefined;
  }
  const isGone = gone > 0 && gone <= upTo;
  if (created > since) return created <= upTo && !isGone ? 'created' : undefined;
  if (isGone) return gone > since ? 'destroyed' : undefined;
  return changed > since && changed <= upTo ? 'updated' : undefined;
}

function endOfSlice(all: readonly Change[], since: number, newest: number, max: number): number {
  if (all.length <= max) return newest;
  // By log position: how many more, or fewer, objects a slice that ends there tells of.
  const steps = new Map<number, number>();
  const step = (seq: number, by: number) => steps.set(seq, (steps.get(seq) ?? 0) + by);
  for (const { created, changed, gone, shown } of all) {
    // What comes and goes more than once counts from the first time on.
    if (shown) step(Math.min(...[...shown.flat(), changed].filter((seq) => seq > since)), 1);
    else if (created > since) {
      step(created, 1);
      // What came and went is not told of.
      if (gone > 0) step(gone, -1);
    } else step(changed > since ? changed : gone, 1);
  }
  let end = since;
  let count = 0;
  for (const seq of [...steps.keys()].sort((a, b) => a - b)) {
    count += steps.get(seq)!;
    if (count > max) break;
    end = seq;
  }
  if (end === since) {
    throw new MethodError(
      'cannotCalculateChanges',
      `More than ${max} objects changed at once: allow more, or fetch everything`,
    );
  }
  return Math.min(end, newest);
}
