import { DELETED, DRAFT, SEEN, type State } from '../../account/types.ts';

/** What RFC 8621 section 2 counts in a mailbox. What IMAP has marked as deleted does not count (section 4.1.1). */
export interface MailboxCounts {
  readonly totalEmails: number;
  readonly unreadEmails: number;
  readonly totalThreads: number;
  readonly unreadThreads: number;
}

/** States do not change: what is counted once holds. */
const counted = new WeakMap<State, ReadonlyMap<string, MailboxCounts>>();

/** By mailbox. A thread is unread in a mailbox where one of its emails, in whatever mailbox (the trash counts by itself), is. */
export function mailboxCounts(state: State): ReadonlyMap<string, MailboxCounts> {
  let counts = counted.get(state);
  if (counts === undefined) {
    counts = count(state);
    counted.set(state, counts);
  }
  return counts;
}

function count(state: State): ReadonlyMap<string, MailboxCounts> {
  const threadOf = new Map<number, string>();
  const unread = { inTrash: new Set<string>(), elsewhere: new Set<string>() };
  const threads = new Map<string, { here: Set<string>; emails: { total: number; unread: number } }>();
  for (const { id, role } of state.mailboxes.values()) {
    const rows = state.rows(id);
    const here = new Set<string>();
    const emails = { total: 0, unread: 0 };
    const unreadHere = role === 'trash' ? unread.inTrash : unread.elsewhere;
    for (let row = 0; row < rows.length; row++) {
      const { system } = rows.flags(row);
      if ((system & DELETED) !== 0) continue;
      emails.total += 1;
      const email = rows.email(row);
      let thread = threadOf.get(email);
      if (thread === undefined) {
        thread = state.threadOf(email) ?? '';
        threadOf.set(email, thread);
      }
      here.add(thread);
      if ((system & (SEEN | DRAFT)) !== 0) continue;
      emails.unread += 1;
      unreadHere.add(thread);
    }
    threads.set(id, { here, emails });
  }
  const counts = new Map<string, MailboxCounts>();
  for (const { id, role } of state.mailboxes.values()) {
    const { here, emails } = threads.get(id)!;
    const set = role === 'trash' ? unread.inTrash : unread.elsewhere;
    let unreadThreads = 0;
    for (const thread of here) if (set.has(thread)) unreadThreads += 1;
    counts.set(id, { totalEmails: emails.total, unreadEmails: emails.unread, totalThreads: here.size, unreadThreads });
  }
  return counts;
}
