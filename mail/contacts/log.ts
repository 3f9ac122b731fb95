/**
 * Contacts are the objects of a log of their own beside the account's mail: a large address book makes neither the opening of the mail nor
 * its snapshots slower, and delivery never sees it.
 */
export function contactsLog(account: string): string {
  return `${account}-contacts`;
}

/** Whether a log is one of contacts: there is no mail to look for in it. */
export function isContactsLog(log: string): boolean {
  return log.endsWith('-contacts');
}

/** Objects of these types are address books and cards (RFC 9610). */
export const BOOK = 'AddressBook';
export const CARD = 'ContactCard';
/** Objects of this type say how somebody else than the owner wants to see a book: `<book>.<account>`. */
export const BOOK_VIEW = 'AddressBookView';
