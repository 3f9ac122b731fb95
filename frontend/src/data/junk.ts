import { mailboxes } from './mailboxes.ts';
import type { Email } from './types.ts';

/** Whether a message is held for junk: by a keyword, or by where it is. */
export function isJunk({ keywords, mailboxIds }: Pick<Email, 'keywords' | 'mailboxIds'>): boolean {
  return '$junk' in keywords || Object.keys(mailboxIds).some((id) => mailboxes.value.get(id)?.role === 'junk');
}
