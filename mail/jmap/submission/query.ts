import * as z from 'zod';
import { SUBMISSION } from '../capabilities.ts';
import { MethodError } from '../errors.ts';
import { type Method, method, stateString } from '../method.ts';
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

/** EmailSubmission/query. */
export const submissionQuery: Method = method({
  capability: SUBMISSION,
  args: z.strictObject({
    accountId: z.string(),
    filter: z.unknown().optional(),
    sort: z
      .array(
        z.strictObject({ property: z.string(), isAscending: z.boolean().optional(), collation: z.string().optional() }),
      )
      .nullish(),
    ...WINDOW,
  }),
  async run(call, args) {
    const { state } = await call.account(args.accountId);
    const filter = parseFilter(args.filter, CONDITION);
    const compare = comparison(args.sort ?? []);
    const found = [...submissions(state)].filter(([, one]) => fits(filter, (condition) => matches(one, condition)));
    const ids = found.sort(([a, left], [b, right]) => compare(left, right) || (a < b ? -1 : 1)).map(([id]) => id);
    return {
      accountId: args.accountId,
      queryState: stateString(state, EMAIL_SUBMISSION),
      canCalculateChanges: false,
      ...windowOf(ids, args),
    };
  },
});

/** EmailSubmission/queryChanges: there are so few that a client asks anew (RFC 8620 section 5.6). */
export const submissionQueryChanges: Method = method({
  capability: SUBMISSION,
  args: QUERY_CHANGES,
  async run(call, { accountId }) {
    await call.account(accountId);
    throw new MethodError('cannotCalculateChanges', 'Ask EmailSubmission/query again');
  },
});

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
