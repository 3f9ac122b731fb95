import * as z from 'zod';
import type { State } from '../../account/types.ts';
import { SUBMISSION } from '../capabilities.ts';
import { MethodError } from '../errors.ts';
import { type Method, method, seqOf, stateString } from '../method.ts';
import { fits, parseFilter, QUERY_CHANGES, WINDOW, windowOf } from '../standard/query.ts';
import { EMAIL_SUBMISSION, type Submission, submissions } from './object.ts';

const DATE = z.iso.datetime({ offset: true });

/** RFC 8621 section 7.3. */
const CONDITION = z.strictObject({
  identityIds: z.array(z.string()).optional(),
  emailIds: z.array(z.string()).optional(),
  threadIds: z.array(z.string()).optional(),
  undoStatus: z.enum(['pending', 'final', 'canceled']).optional(),
  before: DATE.optional(),
  after: DATE.optional(),
});

const SORT = z
  .array(
    z.strictObject({ property: z.string(), isAscending: z.boolean().optional(), collation: z.string().optional() }),
  )
  .nullish();

/** EmailSubmission/query. */
export const submissionQuery: Method = method({
  capability: SUBMISSION,
  args: z.strictObject({
    accountId: z.string(),
    filter: z.unknown().optional(),
    sort: SORT,
    ...WINDOW,
  }),
  async run(call, args) {
    const { state } = await call.account(args.accountId);
    return {
      accountId: args.accountId,
      queryState: stateString(state, EMAIL_SUBMISSION),
      canCalculateChanges: true,
      ...windowOf(find(state, args), args),
    };
  },
});

/** EmailSubmission/queryChanges (RFC 8620 section 5.6): what has changed is removed, whether it was among the results or not, and added where it now is. */
export const submissionQueryChanges: Method = method({
  capability: SUBMISSION,
  args: QUERY_CHANGES.extend({ sort: SORT }),
  async run(call, args) {
    const { state } = await call.account(args.accountId);
    const since = seqOf(state, args.sinceQueryState);
    const changes = since === undefined ? undefined : state.changes(EMAIL_SUBMISSION, since);
    if (since === undefined || changes === undefined) {
      throw new MethodError('cannotCalculateChanges', 'That state is too old or was never ours: ask again');
    }
    const ids = find(state, args);
    const touched = new Set(changes.map(({ id }) => id));
    const removed = changes.filter(({ created }) => created <= since).map(({ id }) => id);
    const added = ids.flatMap((id, index) => (touched.has(id) ? [{ id, index }] : []));
    if (args.maxChanges != null && removed.length + added.length > args.maxChanges) {
      throw new MethodError('tooManyChanges', `There are more than ${args.maxChanges} changes: ask again`);
    }
    return {
      accountId: args.accountId,
      oldQueryState: args.sinceQueryState,
      newQueryState: stateString(state, EMAIL_SUBMISSION),
      ...(args.calculateTotal === true ? { total: ids.length } : {}),
      removed,
      added,
    };
  },
});

function find(state: State, args: { readonly filter?: unknown; readonly sort?: z.infer<typeof SORT> }): string[] {
  const filter = parseFilter(args.filter, CONDITION);
  const compare = comparison(args.sort ?? []);
  const found = [...submissions(state)].filter(([, one]) => fits(filter, (condition) => matches(one, condition)));
  return found.sort(([a, left], [b, right]) => compare(left, right) || (a < b ? -1 : 1)).map(([id]) => id);
}

function matches(one: Submission, condition: z.infer<typeof CONDITION>): boolean {
  const { identityIds, emailIds, threadIds, undoStatus, before, after } = condition;
  if (identityIds !== undefined && !identityIds.includes(one.identityId)) return false;
  if (emailIds !== undefined && !emailIds.includes(one.emailId)) return false;
  if (threadIds !== undefined && !threadIds.includes(one.threadId)) return false;
  if (undoStatus !== undefined && one.undoStatus !== undoStatus) return false;
  if (before !== undefined && one.sendAt >= Date.parse(before)) return false;
  return after === undefined || one.sendAt >= Date.parse(after);
}

/** RFC 8621 section 7.3 calls it `sentAt` where the property is `sendAt`: both are taken. */
const KEYS: Readonly<Record<string, (one: Submission) => string | number>> = {
  emailId: ({ emailId }) => emailId,
  threadId: ({ threadId }) => threadId,
  sentAt: ({ sendAt }) => sendAt,
  sendAt: ({ sendAt }) => sendAt,
};

function comparison(sort: readonly { property: string; isAscending?: boolean | undefined }[]) {
  const keys = sort.map(({ property, isAscending = true }) => {
    const key = Object.hasOwn(KEYS, property) ? KEYS[property]! : undefined;
    if (key === undefined) throw new MethodError('unsupportedSort', `Submissions are not sorted by ${property}`);
    const sign = isAscending ? 1 : -1;
    return (a: Submission, b: Submission) => (key(a) < key(b) ? -sign : key(a) > key(b) ? sign : 0);
  });
  return (a: Submission, b: Submission) => {
    for (const key of keys) {
      const order = key(a, b);
      if (order !== 0) return order;
    }
    return 0;
  };
}
