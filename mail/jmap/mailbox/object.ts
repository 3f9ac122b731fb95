import { MAILBOX_VIEW, type Mailbox, type State } from '../../account/types.ts';
import type { AccountInfo } from '../../directory/types.ts';
import { mailboxRights } from '../../sharing/mailbox-rights.ts';
import { rightsIn } from '../../sharing/view.ts';
import { type MailboxCounts, mailboxCounts } from './counts.ts';
import { shareWith } from './share.ts';

const DELIMITER = '/';

/** Properties of a Mailbox (RFC 8621 section 2). */
export const MAILBOX_PROPERTIES = [
  ...['id', 'name', 'parentId', 'role', 'sortOrder', 'totalEmails', 'unreadEmails', 'totalThreads', 'unreadThreads'],
  ...['myRights', 'isSubscribed', 'shareWith'],
];

/** Those that change with the mailbox's messages (RFC 8621 section 2.2). */
export const COUNTS = ['totalEmails', 'unreadEmails', 'totalThreads', 'unreadThreads'];

/** One that is being made. */
const EMPTY: MailboxCounts = { totalEmails: 0, unreadEmails: 0, totalThreads: 0, unreadThreads: 0 };

/** Well-known mailboxes first, in the order in which people look for them. */
const ORDER: readonly (string | undefined)[] = ['inbox', 'drafts', 'sent', 'archive', 'junk', 'trash'];

/** `owner`: where the client knows of sharing (RFC 9670), whose mailbox it is. */
export function mailboxObject(
  state: State,
  mailbox: Mailbox,
  properties: ReadonlySet<string>,
  owner?: AccountInfo | undefined,
) {
  const { name, parent } = shownPlace(state, mailbox);
  const counts = COUNTS.some((count) => properties.has(count))
    ? (mailboxCounts(state).get(mailbox.id) ?? EMPTY)
    : undefined;
  return {
    id: mailbox.id,
    name: mailbox.role === 'inbox' ? 'Inbox' : name,
    parentId: parent?.id ?? null,
    role: mailbox.role ?? null,
    sortOrder: sortOrderOf(state, mailbox),
    ...counts,
    myRights: myRights(state, mailbox, owner !== undefined),
    isSubscribed: state.subscriptions.has(mailbox.name),
    ...(owner !== undefined && properties.has('shareWith') ? { shareWith: shareWith(state, owner, mailbox) } : {}),
  };
}

/** The inbox stays, whatever somebody may do. */
function myRights(state: State, { id, role }: Mailbox, showsSharing: boolean) {
  const { mayShare, ...rights } = mailboxRights(rightsIn(state, id));
  const isInbox = role === 'inbox';
  return {
    ...rights,
    mayRename: rights.mayRename && !isInbox,
    mayDelete: rights.mayDelete && !isInbox,
    ...(showsSharing ? { mayShare } : {}),
  };
}

/** Where a mailbox is shown: below the nearest one above it that is seen, under what is left of its name. */
export function shownPlace(
  state: State,
  { name }: Mailbox,
): { readonly name: string; readonly parent: Mailbox | undefined } {
  for (let at = name.lastIndexOf(DELIMITER); at >= 0; at = name.lastIndexOf(DELIMITER, at - 1)) {
    const parent = state.mailboxNamed(name.slice(0, at));
    if (parent !== undefined) return { name: name.slice(at + 1), parent };
    if (at === 0) break;
  }
  return { name, parent: undefined };
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
