import type { Accounts } from '../account/types.ts';
import type { AccountInfo } from '../directory/types.ts';
import type { Clock, Log } from '../ports/index.ts';

/** Objects of this type tell a user what others share with him (RFC 9670 section 3). */
export const SHARE_NOTIFICATION = 'ShareNotification';
/** More of them are not kept: the oldest go. */
const MOST = 100;

/** What somebody may do, by name. */
export type NamedRights = Readonly<Record<string, boolean>>;

/** That somebody's rights to an object were changed. */
export interface ShareChange {
  /** Whose rights. */
  readonly grantee: string;
  readonly objectType: 'Mailbox' | 'AddressBook';
  readonly objectAccountId: string;
  readonly objectId: string;
  readonly name: string;
  /** null: none. */
  readonly oldRights: NamedRights | null;
  readonly newRights: NamedRights | null;
}

/** As it is kept; times in milliseconds since 1970. */
export interface ShareNotification extends Omit<ShareChange, 'grantee'> {
  readonly created: number;
  readonly changedBy: { readonly name: string; readonly email: string; readonly principalId: string };
}

/**
 * Tells those whose rights `actor` has changed, each by an object in his own log; what fails is logged, as the rights are what they are
 * now anyway. To be called when the change is durable.
 */
export async function tellOfShares(
  deps: { readonly accounts: Accounts; readonly clock: Clock; readonly log: Log },
  actor: AccountInfo,
  changes: readonly ShareChange[],
): Promise<void> {
  const changedBy = { name: actor.displayName ?? actor.address, email: actor.address, principalId: actor.id };
  for (const { grantee, ...change } of changes) {
    if (grantee === actor.id || JSON.stringify(change.oldRights) === JSON.stringify(change.newRights)) continue;
    const notification: ShareNotification = { ...change, changedBy, created: deps.clock.now() };
    try {
      const account = await deps.accounts.open(grantee);
      await account.write((draft) => {
        const kept = [...draft.objects(SHARE_NOTIFICATION).keys()];
        for (const id of kept.slice(0, Math.max(0, kept.length - MOST + 1))) draft.deleteObject(SHARE_NOTIFICATION, id);
        let id = `n${draft.seq.toString(36)}`;
        while (draft.object(SHARE_NOTIFICATION, id) !== undefined) id += '0';
        draft.putObject(SHARE_NOTIFICATION, id, notification);
      });
    } catch (error) {
      deps.log.warn('share.notTold', { account: grantee, error: String(error) });
    }
  }
}

/** No right at all is none: `null` (RFC 9670 section 3.1). */
export function rightsOrNull(rights: NamedRights): NamedRights | null {
  return Object.values(rights).some((has) => has) ? rights : null;
}
