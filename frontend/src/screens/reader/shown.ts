import type { Email, Mailbox } from '../../data/types.ts';

/**
 * Which messages of a conversation are shown: all, one's own too, but for those that are only in Trash or Junk, unless somebody is there.
 * The one that was opened always is.
 */
export function shownIn(
  emails: readonly Email[],
  opened: Email,
  mailbox: Pick<Mailbox, 'role'> | undefined,
  mailboxes: ReadonlyMap<string, Pick<Mailbox, 'role'>>,
): readonly Email[] {
  const isThrownAway = ({ mailboxIds }: Email) => {
    const roles = Object.keys(mailboxIds).map((id) => mailboxes.get(id)?.role ?? null);
    return roles.length > 0 && roles.every((role) => (role === 'trash' || role === 'junk') && role !== mailbox?.role);
  };
  const shown = emails.filter((one) => one.id === opened.id || !isThrownAway(one));
  return shown.length === 0 ? [opened] : shown;
}
