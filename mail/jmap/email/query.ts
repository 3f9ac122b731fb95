import * as z from 'zod';
import type { Account, State } from '../../account/types.ts';
import { MAIL } from '../capabilities.ts';
import { type Call, type Method, method, stateString } from '../method.ts';
import { parseFilter, WINDOW, windowOf } from '../standard/query.ts';
import { CONDITION } from './filter.ts';
import { type EmailList, type EmailQuery, find } from './find.ts';
import { comparators, SORT } from './sort.ts';

/** What a query is made of, the window apart. */
export const QUERY = {
  accountId: z.string(),
  filter: z.unknown().optional(),
  sort: SORT,
  collapseThreads: z.boolean().optional(),
};

/** Reads a query, and finds what it asks for in the account as it is. */
export async function findAll(
  call: Call,
  args: {
    readonly accountId: string;
    readonly filter?: unknown;
    readonly sort?: z.infer<typeof SORT>;
    readonly collapseThreads?: boolean | undefined;
  },
): Promise<{ readonly account: Account; readonly state: State; readonly query: EmailQuery; readonly list: EmailList }> {
  const account = await call.account(args.accountId);
  const { state } = account;
  const query = {
    filter: parseFilter(args.filter, CONDITION),
    sort: comparators(args.sort),
    collapseThreads: args.collapseThreads === true,
  };
  const key = JSON.stringify([query.filter, args.sort, query.collapseThreads]);
  return { account, state, query, list: await find(call.deps, account, state, query, key) };
}

/** Email/query (RFC 8621 section 4.4). */
export const emailQuery: Method = method({
  capability: MAIL,
  args: z.strictObject({ ...QUERY, ...WINDOW }),
  async run(call, args) {
    const { state, list } = await findAll(call, args);
    return {
      accountId: args.accountId,
      queryState: stateString(state, 'Email'),
      canCalculateChanges: true,
      ...windowOf(list, args),
    };
  },
});
