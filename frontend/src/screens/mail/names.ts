import type { Address, Mailbox } from '../../data/types.ts';
import { type Key, t } from '../../i18n/index.ts';

const ROLES = new Set(['inbox', 'drafts', 'sent', 'junk', 'trash', 'archive', 'snoozed']);

/** What a mailbox is called: those with a role in the reader's language. */
export function nameOf({ name, role }: Pick<Mailbox, 'name' | 'role'>): string {
  return role !== null && ROLES.has(role) ? t(`role.${role}` as Key) : name;
}

/** Who somebody is, by name where he has one. */
export function personOf({ name, email }: Address): string {
  return name === null || name.trim() === '' ? email : name;
}

export function people(addresses: readonly Address[] | null): string {
  return (addresses ?? []).map(personOf).join(', ');
}

/** One or two letters for the round picture of somebody. */
export function initials(address: Address | undefined): string {
  const words = (address === undefined ? '?' : personOf(address)).split(/[\s@._-]+/).filter((word) => word !== '');
  return [...(words[0] ?? '?')][0]!.toUpperCase() + ([...(words[1] ?? '')][0] ?? '').toUpperCase();
}

/** One of eight colours, the same for somebody everywhere. */
export function colourOf(address: Address | undefined): number {
  let hash = 0;
  for (const letter of address?.email ?? '') hash = (hash * 31 + letter.codePointAt(0)!) >>> 0;
  return hash % 8;
}
