import * as z from 'zod';
import { PRINCIPALS } from '../capabilities.ts';
import { maxMessage } from '../email/limits.ts';
import { MethodError } from '../errors.ts';
import { ID, type Method, method } from '../method.ts';
import { LIMITS } from '../request.ts';
import { sharedAccount } from '../session.ts';
import { fits, parseFilter, QUERY_CHANGES, WINDOW, windowOf } from '../standard/query.ts';
import { PRINCIPAL_PROPERTIES, type Principal, principalState, principalsOf } from './people.ts';

/** Principal/get (RFC 9670 section 2.1). */
export const principalGet: Method = method({
  capability: PRINCIPALS,
  args: z.strictObject({
    accountId: z.string(),
    ids: z.array(ID).nullish(),
    properties: z.array(z.string()).nullish(),
  }),
  async run(call, { accountId, ids, properties }) {
    await call.account(accountId);
    const unknown = properties?.find((name) => !PRINCIPAL_PROPERTIES.includes(name));
    if (unknown !== undefined) throw new MethodError('invalidArguments', `Principal has no property ${unknown}`);
    const all = await principalsOf(call);
    const wanted = [...new Set(ids?.map((id) => call.idOf(id) ?? id) ?? all.keys())];
    if (wanted.length > LIMITS.maxObjectsInGet) {
      throw new MethodError(
        'requestTooLarge',
        `At most ${LIMITS.maxObjectsInGet} objects at once: name the ids you want`,
      );
    }
    const names = ['id', ...(properties ?? PRINCIPAL_PROPERTIES).filter((name) => name !== 'id')];
    const accounts = names.includes('accounts') ? await accountsOf(call) : new Map<string, object>();
    const list = wanted.flatMap((id) => {
      const principal = all.get(id);
      if (principal === undefined) return [];
      const whole: Principal = { ...principal, accounts: principal.accounts ?? accounts.get(id) ?? null };
      return [Object.fromEntries(names.map((name) => [name, whole[name]]))];
    });
    return { accountId, state: principalState(all), list, notFound: wanted.filter((id) => !all.has(id)) };
  },
});

/** What others let the user see, by principal. */
async function accountsOf(call: Parameters<Method['run']>[0]): Promise<ReadonlyMap<string, object>> {
  const others = (await call.deps.others?.lately(call.user, () => call.own())) ?? [];
  const offer = { maxMessage: await maxMessage(call.deps) };
  return new Map(others.map((other) => [other.owner.id, { [other.owner.id]: sharedAccount(call.user, other, offer) }]));
}

/** Principal/changes: who is here is not written down as it changes (RFC 8620 section 5.2). */
export const principalChanges: Method = method({
  capability: PRINCIPALS,
  args: z.strictObject({
    accountId: z.string(),
    sinceState: z.string(),
    maxChanges: z.int().positive().nullish(),
  }),
  async run(call, { accountId, sinceState }) {
    await call.account(accountId);
    if (principalState(await principalsOf(call)) !== sinceState) {
      throw new MethodError('cannotCalculateChanges', 'Ask Principal/get again');
    }
    const none = { created: [], updated: [], destroyed: [] };
    return { accountId, oldState: sinceState, newState: sinceState, hasMoreChanges: false, ...none };
  },
});

/** Principal/set (RFC 9670 section 2.3): the directory is changed by its administrators. */
export const principalSet: Method = method({
  capability: PRINCIPALS,
  args: z.strictObject({
    accountId: z.string(),
    ifInState: z.string().nullish(),
    create: z.record(z.string(), z.record(z.string(), z.unknown())).nullish(),
    update: z.record(ID, z.record(z.string(), z.unknown())).nullish(),
    destroy: z.array(ID).nullish(),
  }),
  async run(call, { accountId, ifInState, create, update, destroy }) {
    await call.account(accountId);
    const all = await principalsOf(call);
    const state = principalState(all);
    if (ifInState != null && ifInState !== state) {
      throw new MethodError('stateMismatch', `The state is not ${ifInState} any more`);
    }
    const refusal = (id?: string) =>
      id !== undefined && !all.has(id)
        ? { type: 'notFound', description: `There is no principal ${id}` }
        : { type: 'forbidden', description: 'Who is here is for an administrator to say' };
    const each = (ids: Iterable<string>, isNew = false) =>
      Object.fromEntries([...ids].map((id) => [id, refusal(isNew ? undefined : (call.idOf(id) ?? id))]));
    return {
      accountId,
      oldState: state,
      newState: state,
      created: {},
      updated: {},
      destroyed: [],
      notCreated: each(Object.keys(create ?? {}), true),
      notUpdated: each(Object.keys(update ?? {})),
      notDestroyed: each(destroy ?? []),
    };
  },
});

/** RFC 9670 section 2.4. */
const CONDITION = z.strictObject({
  accountIds: z.array(z.string()).optional(),
  email: z.string().optional(),
  name: z.string().optional(),
  text: z.string().optional(),
  type: z.string().optional(),
  timeZone: z.string().optional(),
});

const SORT = z.array(
  z.strictObject({ property: z.string(), isAscending: z.boolean().optional(), collation: z.string().optional() }),
);

/** Principal/query. */
export const principalQuery: Method = method({
  capability: PRINCIPALS,
  args: z.strictObject({ accountId: z.string(), filter: z.unknown().optional(), sort: SORT.nullish(), ...WINDOW }),
  async run(call, args) {
    await call.account(args.accountId);
    const all = await principalsOf(call);
    const filter = parseFilter(args.filter, CONDITION);
    const found = [...all.values()].filter((one) => fits(filter, (condition) => matches(one, condition)));
    const sorted = sort(found, args.sort ?? []);
    return {
      accountId: args.accountId,
      queryState: principalState(all),
      canCalculateChanges: false,
      ...windowOf(
        sorted.map(({ id }) => id),
        args,
      ),
    };
  },
});

export const principalQueryChanges: Method = method({
  capability: PRINCIPALS,
  args: QUERY_CHANGES,
  async run(call, { accountId }) {
    await call.account(accountId);
    throw new MethodError('cannotCalculateChanges', 'Ask Principal/query again');
  },
});

function matches(
  one: Principal,
  { accountIds, email, name, text, type, timeZone }: z.infer<typeof CONDITION>,
): boolean {
  const holds = (property: string, wanted: string) => folded(one[property]).includes(folded(wanted));
  // The id of a principal is the id of its account.
  if (accountIds !== undefined && !accountIds.includes(one.id)) return false;
  if (email !== undefined && !holds('email', email)) return false;
  if (name !== undefined && !holds('name', name)) return false;
  if (text !== undefined && !['name', 'email', 'description'].some((property) => holds(property, text))) return false;
  if (type !== undefined && one.type !== type) return false;
  return timeZone === undefined || one.timeZone === timeZone;
}

function folded(value: unknown): string {
  return typeof value === 'string' ? value.normalize('NFKC').toLowerCase() : '';
}

/** By name and email; what cannot be told apart by id, so that pages fit each other. */
function sort(all: readonly Principal[], given: z.infer<typeof SORT>): readonly Principal[] {
  const keys = given.map(({ property, isAscending = true }) => {
    if (property !== 'name' && property !== 'email') {
      throw new MethodError('unsupportedSort', `Principals are not sorted by ${property}`);
    }
    return { property, sign: isAscending ? 1 : -1 };
  });
  return [...all].sort((a, b) => {
    for (const { property, sign } of keys) {
      const [left, right] = [folded(a[property]), folded(b[property])];
      if (left !== right) return left < right ? -sign : sign;
    }
    return a.id < b.id ? -1 : 1;
  });
}
