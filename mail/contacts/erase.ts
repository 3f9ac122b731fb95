import type { Accounts } from '../account/types.ts';
import type { Blobs } from '../ports/index.ts';
import { Refused } from '../refused.ts';
import { cards } from './books.ts';
import { contactsLog } from './log.ts';
import { filesOf } from './media.ts';

/** Erases an account's contacts for good, with their media (design: rule 15). To be called as often as its mail is erased. */
export async function eraseContacts(
  deps: { readonly accounts: Accounts & { eraseAccount(id: string): Promise<void> }; readonly blobs: Blobs },
  account: string,
): Promise<void> {
  const id = contactsLog(account);
  try {
    const { state } = await deps.accounts.open(id);
    for (const card of cards(state).values()) {
      for (const { blob } of filesOf(card).values()) await deps.blobs.delete(blob);
    }
  } catch (error) {
    // It was erased before.
    if (!(error instanceof Refused) || error.temporary) throw error;
  }
  await deps.accounts.eraseAccount(id);
}
