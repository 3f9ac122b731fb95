import * as z from 'zod';
import type { State } from '../../account/types.ts';
import { SHARE_NOTIFICATION, type ShareNotification } from '../../sharing/notify.ts';
import { PRINCIPALS } from '../capabilities.ts';
import { MethodError, SetFailure } from '../errors.ts';
import { type Method, method, stateString } from '../method.ts';
import type { Tracked } from '../standard/changes.ts';
import type { Readable } from '../standard/get.ts';
import { fits, parseFilter, QUERY, QUERY_CHANGES, windowOf } from '../standard/query.ts';
import { notFound, type Settable } from '../standard/set.ts';

function notifications(state: State): ReadonlyMap<string, ShareNotification> {
  return state.objects(SHARE_NOTIFICATION) as ReadonlyMap<string, ShareNotification>;
}

function forbidden(): never {
  throw new SetFailure('forbidden', 'The server makes them; a client only destroys them');
}

/** ShareNotification (RFC 9670 section 3): made by the server, and destroyed by clients. */
export const notificationType: Readable & Tracked & Settable = {
  name: SHARE_NOTIFICATION,
  capability: PRINCIPALS,
  properties: [
    ...['id', 'created', 'changedBy', 'objectType', 'objectAccountId', 'objectId', 'oldRights', 'newRights', 'name'],
  ],

  ids: ({ state }) => [...notifications(state).keys()],

  async load(_call, { state }, ids) {
    const all = notifications(state);
    return new Map(
      ids.flatMap((id) => {
        const found = all.get(id);
        return found === undefined ? [] : [[id, { ...found, id, created: utcDate(found.created) }] as const];
      }),
    );
  },

  changes: (state, since) => state.changes(SHARE_NOTIFICATION, since),

  create: forbidden,
  update(draft, id) {
    if (draft.object(SHARE_NOTIFICATION, id) === undefined) throw notFound(id);
    return forbidden();
  },
  destroy(draft, id) {
    if (draft.object(SHARE_NOTIFICATION, id) === undefined) throw notFound(id);
    draft.deleteObject(SHARE_NOTIFICATION, id);
  },
};

function utcDate(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

const DATE = z.iso.datetime();

/** RFC 9670 section 3.5. */
const CONDITION = z.strictObject({
  after: DATE.nullish(),
  before: DATE.nullish(),
  objectType: z.string().optional(),
  objectAccountId: z.string().optional(),
});

/** ShareNotification/query, by `created`. */
export const notificationQuery: Method = method({
  capability: PRINCIPALS,
  args: QUERY,
  async run(call, args) {
    const { state } = await call.account(args.accountId);
    const filter = parseFilter(args.filter, CONDITION);
    const other = args.sort?.find(({ property }) => property !== 'created');
    if (other !== undefined) {
      throw new MethodError('unsupportedSort', `Notifications are not sorted by ${other.property}`);
    }
    const sign = args.sort?.[0]?.isAscending === false ? -1 : 1;
    const found = [...notifications(state)].filter(([, one]) => fits(filter, (condition) => matches(one, condition)));
    const order = new Map(found.map(([id], at) => [id, at]));
    const sorted = found.sort(
      ([a, one], [b, two]) => sign * (one.created - two.created || order.get(a)! - order.get(b)!),
    );
    return {
      accountId: args.accountId,
      queryState: stateString(state, SHARE_NOTIFICATION),
      canCalculateChanges: false,
      ...windowOf(
        sorted.map(([id]) => id),
        args,
      ),
    };
  },
});

export const notificationQueryChanges: Method = method({
  capability: PRINCIPALS,
  args: QUERY_CHANGES,
  async run(call, { accountId }) {
    await call.account(accountId);
    throw new MethodError('cannotCalculateChanges', 'Ask ShareNotification/query again');
  },
});

function matches(
  one: ShareNotification,
  { after, before, objectType, objectAccountId }: z.infer<typeof CONDITION>,
): boolean {
  if (after != null && one.created < Date.parse(after)) return false;
  if (before != null && one.created >= Date.parse(before)) return false;
  if (objectType !== undefined && one.objectType !== objectType) return false;
  return objectAccountId === undefined || one.objectAccountId === objectAccountId;
}
