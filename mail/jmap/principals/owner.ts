import type { AccountInfo } from '../../directory/types.ts';

/** RFC 9670 section 1.5.2. */
export const OWNER = 'urn:ietf:params:jmap:principals:owner';

/** Whose account it is, as the Session object says it of each: an account's principal has the account's id. */
export function principalOwner(user: AccountInfo, owner: AccountInfo): Readonly<Record<string, unknown>> {
  return { [OWNER]: { accountIdForPrincipal: user.id, principalId: owner.id } };
}
