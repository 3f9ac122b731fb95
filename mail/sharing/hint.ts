import { type Account, type Accounts, SHAREE, type State } from '../account/types.ts';
import type { AccountInfo, SharedPart, Sharing } from '../directory/types.ts';

const ANY = 'any';

/**
 * To be called, and waited for, before `owner` gives rights to somebody, or to everybody of his tenant (no `grantee`): whoever has a right
 * can always find it. RFC 4314 leaves to us how.
 */
export async function hintOf(
  { accounts, sharing }: { readonly accounts: Accounts; readonly sharing: Sharing },
  owner: AccountInfo,
  grantee: AccountInfo | undefined,
  part: SharedPart,
): Promise<void> {
  if (grantee === undefined) return sharing.hints.put(owner.id, { tenant: owner.tenant }, part);
  await markSharee(await accounts.open(grantee.id));
  await sharing.hints.put(owner.id, { account: grantee.id }, part);
}

/** Says in an account's own log, which its sessions read anyway, that hints are to be looked for. */
export async function markSharee(account: Account): Promise<void> {
  if (isSharee(account.state)) return;
  await account.write((draft) => {
    if (!isSharee(draft)) draft.putObject(SHAREE, ANY, {});
  });
}

/** Whether somebody may have shared something with the account itself: else nobody has. */
export function isSharee(state: Pick<State, 'object'>): boolean {
  return state.object(SHAREE, ANY) !== undefined;
}
