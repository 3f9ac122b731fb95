import { signal } from '@preact/signals';
import { accountOf } from '../api/ids.ts';
import { byRole, mailboxes } from './mailboxes.ts';
import type { Email, Mailbox } from './types.ts';

/** What others share (data/sharing.ts reads it): empty for whom nobody shares with. Their ids say whose they are (api/ids.ts). */

export interface Other {
  readonly account: string;
  /** The owner's name, and address. */
  readonly name: string;
  readonly address: string;
}

export const others = signal<readonly Other[]>([]);
export const othersMailboxes = signal<ReadonlyMap<string, Mailbox>>(new Map());
/** Whether it is known what others share. */
export const areOthersKnown = signal(false);
/** The mailbox for which it is asked whom it is shared with. */
export const sharing = signal<string | undefined>(undefined);

/** Forgets everything, after signing out. */
export function forgetOthers(): void {
  others.value = [];
  othersMailboxes.value = new Map();
  areOthersKnown.value = false;
}

/** One's own, or of others. */
export function mailboxOf(id: string): Mailbox | undefined {
  return mailboxes.value.get(id) ?? othersMailboxes.value.get(id);
}

/** The mailbox with a role in the account in which another mailbox is; of others only where something may be put. */
export function besides(mailbox: Mailbox | undefined, role: string): Mailbox | undefined {
  const account = mailbox === undefined ? undefined : accountOf(mailbox.id);
  if (account === undefined) return byRole(role);
  for (const one of othersMailboxes.value.values())
    if (one.role === role && accountOf(one.id) === account && may(one, 'mayAddItems')) return one;
  return undefined;
}

/** Whether one may do something there (RFC 8621 section 2, myRights); in one's own one may. */
export function may(mailbox: Mailbox | undefined, right: string): boolean {
  return mailbox === undefined || accountOf(mailbox.id) === undefined || mailbox.myRights[right] === true;
}

/** Whether one may do something wherever an email is. */
export function mayWith({ id, mailboxIds }: Email, right: string): boolean {
  return (
    accountOf(id) === undefined || Object.keys(mailboxIds).every((at) => may(othersMailboxes.value.get(at), right))
  );
}
