import type { Account, Role } from './types.ts';

/** The mailboxes that every account begins with (RFC 6154 uses). */
const MAILBOXES: readonly (readonly [name: string, role: Role])[] = [
  ['INBOX', 'inbox'],
  ['Drafts', 'drafts'],
  ['Sent', 'sent'],
  ['Junk', 'junk'],
  ['Trash', 'trash'],
  ['Archive', 'archive'],
];

/** Makes the first mailboxes, subscribed. Repeating it changes nothing: what is there stays. */
export async function createMailboxes(account: Account): Promise<void> {
  await account.write((draft) => {
    if (draft.mailboxNamed('INBOX') !== undefined) return;
    for (const [name, role] of MAILBOXES) {
      draft.createMailbox(name, role);
      draft.subscribe(name, true);
    }
  });
}
