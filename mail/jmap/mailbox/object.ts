import { MAILBOX_VIEW, type Mailbox, type State } from '../../account/types.ts';
import { type MailboxCounts, mailboxCounts } from './counts.ts';

const DELIMITER = '/';

/** Properties of a Mailbox (RFC 8621 section 2). */
export const MAILBOX_PROPERTIES = [
  ...['id', 'name', 'parentId', 'role', 'sortOrder', 'totalEmails', 'unreadEmails', 'totalThreads', 'unreadThreads'],
  ...['myRights', 'isSubscribed'],
];

/** Those that change with the mailbox's messages (RFC 8621 section 2.2). */
export const COUNTS = ['totalEmails', 'unreadEmails', 'totalThreads', 'unreadThreads'];

/** One that is being made. */
const EMPTY: MailboxCounts = { totalEmails: 0, unreadEmails: 0, totalThreads: 0, unreadThreads: 0 };

const OWNER_RIGHTS = {
  mayReadItems: true,
  mayAddItems: true,
  mayRemoveItems: true,
  maySetSeen: true,
  maySetKeywords: true,
  mayCreateChild: true,
  mayRename: true,
  mayDelete: true,
  maySubmit: true,
};

/** Well-known mailboxes first, in the order in which people look for them. */
const ORDER: readonly (string | undefined)[] = ['inbox', 'drafts', 'sent', 'archive', 'junk', 'trash'];

export function mailboxObject(state: State, mailbox: Mailbox, properties: ReadonlySet<string>) {
  const { name, parent } = placeOf(mailbox.name);
  const counts = COUNTS.some((count) => properties.has(count))
    ? (mailboxCounts(state).get(mailbox.id) ?? EMPTY)
    : undefined;
  return {
    id: mailbox.id,
    name: mailbox.role === 'inbox' ? 'Inbox' : name,
    parentId: parent === undefined ? null : (state.mailboxNamed(parent)?.id ?? null),
    role: mailbox.role ?? null,
    sortOrder: sortOrderOf(state, mailbox),
    ...counts,
    myRights: { ...OWNER_RIGHTS, mayRename: mailbox.role !== 'inbox', mayDelete: mailbox.role !== 'inbox' },
    isSubscribed: state.subscriptions.has(mailbox.name),
  };
}

/** What the user chose, else by role; all others behind those. */
export function sortOrderOf(state: State, { id, role }: Mailbox): number {
  const view = state.object(MAILBOX_VIEW, id) as { readonly sortOrder?: number } | undefined;
  if (view?.sortOrder !== undefined) return view.sortOrder;
  const rank = ORDER.indexOf(role);
  return rank < 0 ? 10 : rank + 1;
}

/** A full name's last level, and the full name of the level above. */
export function placeOf(fullName: string): { readonly name: string; readonly parent: string | undefined } {
  const at = fullName.lastIndexOf(DELIMITER);
  return at < 0
    ? { name: fullName, parent: undefined }
    : { name: fullName.slice(at + 1), parent: fullName.slice(0, at) };
}

export function fullName(name: string, parent: Mailbox | undefined): string {
  return parent === undefined ? name : `${parent.name}${DELIMITER}${name}`;
}

/** Whether a name can be a level of a mailbox's name. */
export function isLevel(name: string): boolean {
  return name !== '' && !name.includes(DELIMITER) && !/[\u0000-\u001f\u007f]/.test(name) && name.isWellFormed();
}
