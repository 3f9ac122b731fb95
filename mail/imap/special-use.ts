import type { Mailbox, Role } from '../account/types.ts';

/** RFC 6154 section 2, RFC 8457 section 3, and the registry of IANA for \Snoozed. */
const ATTRIBUTES: Readonly<Record<Role, string | undefined>> = {
  inbox: undefined,
  drafts: '\\Drafts',
  sent: '\\Sent',
  junk: '\\Junk',
  trash: '\\Trash',
  archive: '\\Archive',
  flagged: '\\Flagged',
  all: '\\All',
  important: '\\Important',
  snoozed: '\\Snoozed',
};
/** Uses that a client may give. The others are views of other mailboxes' messages, which do not exist here. */
const GIVEN: readonly Role[] = ['archive', 'drafts', 'junk', 'sent', 'trash'];

/** A mailbox's use as an attribute of LIST. */
export function useOf(mailbox: Mailbox | undefined): string | undefined {
  return mailbox?.role === undefined ? undefined : ATTRIBUTES[mailbox.role];
}

/** The role that a client gives with an attribute, whatever its case; undefined where it may not. */
export function roleOf(attribute: string): Role | undefined {
  return GIVEN.find((role) => ATTRIBUTES[role]?.toLowerCase() === attribute.toLowerCase());
}
