import * as z from 'zod';
import type { Account } from '../../account/types.ts';
import { MAIL, QUOTA } from '../capabilities.ts';
import { MethodError } from '../errors.ts';
import { type Call, type Method, method } from '../method.ts';
import type { Readable } from '../standard/get.ts';
import { parseQuotaState, type Quota, quotaState, quotas } from './object.ts';

/** Those that the request may see: RFC 9425 section 4.1 leaves out quotas of types whose capability it does not use. */
export function quotasFor(call: Call, { state }: Account): readonly Quota[] {
  return call.using.has(MAIL) ? quotas(call.user, state) : [];
}

/** Quota (RFC 9425 section 4). */
export const quotaType: Readable = {
  name: 'Quota',
  capability: QUOTA,
  properties: [
    ...['id', 'resourceType', 'used', 'hardLimit', 'scope', 'name', 'types'],
    ...['warnLimit', 'softLimit', 'description'],
  ],

  ids: (account, call) => quotasFor(call, account).map(({ id }) => id),

  async load(call, account, ids) {
    const found = quotasFor(call, account).filter(({ id }) => ids.includes(id));
    return new Map(found.map((quota) => [quota.id, { ...quota }]));
  },

  state: (state, call) => quotaState(call.user, state),
};

/** Quota/changes (RFC 9425 section 4.3). Of two objects, all changes fit into one answer. */
export const quotaChanges: Method = method({
  capability: QUOTA,
  args: z.strictObject({
    accountId: z.string(),
    sinceState: z.string(),
    maxChanges: z.int().positive().nullish(),
  }),
  async run(call, { accountId, sinceState, maxChanges }) {
    const account = await call.account(accountId);
    const { created, updated, destroyed, isOnlyUsed } = changesSince(call, account, sinceState);
    const count = created.length + updated.length + destroyed.length;
    if (maxChanges != null && count > maxChanges) {
      throw new MethodError('cannotCalculateChanges', `More than ${maxChanges} objects changed: fetch everything anew`);
    }
    return {
      accountId,
      oldState: sinceState,
      newState: quotaState(call.user, account.state),
      hasMoreChanges: false,
      created,
      updated,
      destroyed,
      updatedProperties: updated.length > 0 && isOnlyUsed ? ['used'] : null,
    };
  },
});

function changesSince(call: Call, account: Account, since: string) {
  const before = parseQuotaState(since);
  if (before === undefined) {
    throw new MethodError('cannotCalculateChanges', 'That state was never ours: fetch everything anew');
  }
  const now = quotasFor(call, account);
  const updated = now.filter(({ id, used, hardLimit }) => {
    const known = before[id];
    return known !== undefined && (known.used !== used || known.hardLimit !== hardLimit);
  });
  const here = new Set<string>(now.map(({ id }) => id));
  return {
    created: now.filter(({ id }) => before[id] === undefined).map(({ id }) => id),
    updated: updated.map(({ id }) => id),
    destroyed: Object.keys(before).filter((id) => !here.has(id)),
    isOnlyUsed: updated.every(({ id, hardLimit }) => before[id]?.hardLimit === hardLimit),
  };
}
