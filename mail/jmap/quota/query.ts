import * as z from 'zod';
import { QUOTA } from '../capabilities.ts';
import { MethodError } from '../errors.ts';
import { type Method, method } from '../method.ts';
import { fits, parseFilter, QUERY, QUERY_CHANGES, windowOf } from '../standard/query.ts';
import { type Quota, quotaState } from './object.ts';
import { quotasFor } from './quota.ts';

/** RFC 9425 section 4.4. */
const CONDITION = z.strictObject({
  name: z.string().optional(),
  scope: z.string().optional(),
  resourceType: z.string().optional(),
  type: z.string().optional(),
});

/** Quota/query. */
export const quotaQuery: Method = method({
  capability: QUOTA,
  args: QUERY,
  async run(call, args) {
    const account = await call.account(args.accountId);
    const filter = parseFilter(args.filter, CONDITION);
    const compare = comparison(args.sort ?? []);
    const found = quotasFor(call, account).filter((quota) => fits(filter, (condition) => matches(quota, condition)));
    const ids = [...found].sort(compare).map(({ id }) => id as string);
    return {
      accountId: args.accountId,
      queryState: quotaState(call.user, account.state),
      canCalculateChanges: false,
      ...windowOf(ids, args),
    };
  },
});

/** Quota/queryChanges: of two objects a client asks anew (RFC 8620 section 5.6). */
export const quotaQueryChanges: Method = method({
  capability: QUOTA,
  args: QUERY_CHANGES,
  async run(call, { accountId }) {
    await call.account(accountId);
    throw new MethodError('cannotCalculateChanges', 'Ask Quota/query again');
  },
});

function matches(quota: Quota, { name, scope, resourceType, type }: z.infer<typeof CONDITION>): boolean {
  if (name !== undefined && !quota.name.toLowerCase().includes(name.toLowerCase())) return false;
  if (scope !== undefined && quota.scope !== scope) return false;
  if (resourceType !== undefined && quota.resourceType !== resourceType) return false;
  return type === undefined || (quota.types as readonly string[]).includes(type);
}

function comparison(sort: readonly { property: string; isAscending?: boolean | undefined }[]) {
  const keys = sort.map(({ property, isAscending = true }) => {
    const sign = isAscending ? 1 : -1;
    if (property === 'used') return (a: Quota, b: Quota) => sign * (a.used - b.used);
    if (property === 'name') return (a: Quota, b: Quota) => sign * (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
    throw new MethodError('unsupportedSort', `Quotas are not sorted by ${property}`);
  });
  return (a: Quota, b: Quota) => {
    for (const key of keys) {
      const order = key(a, b);
      if (order !== 0) return order;
    }
    return 0;
  };
}
