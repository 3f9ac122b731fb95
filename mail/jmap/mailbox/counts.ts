import { DRAFT, SEEN, type State } from '../../account/types.ts';

/** What RFC 8621 section 2 counts in a mailbox besides its emails. */
export interface ThreadCounts {
  readonly totalThreads: number;
  readonly unreadThreads: number;
}

/** States do not change: what is counted once holds. */
const counted = new WeakMap<State, ReadonlyMap<string, ThreadCounts>>();

/** By mailbox. A thread is unread in a mailbox where one of its emails, in whatever mailbox (the trash counts by itself), is. */
export function threadCounts(state: State): ReadonlyMap<string, ThreadCounts> {
  let counts = counted.get(state);
  if (counts === undefined) {
    counts = count(state);
    counted.set(state, counts);
  }
  return counts;
}

function count(state: State): ReadonlyMap<string, ThreadCounts> {
  const threadOf = new Map<number, string>();
  const unread = { inTrash: new Set<string>(), elsewhere: new Set<string>() };
  const threads = new Map<string, Set<string>>();
  for (const { id, role } of state.mailboxes.values()) {
    const rows = state.rows(id);
    const here = new Set<string>();
    const unreadHere = role === 'trash' ? unread.inTrash : unread.elsewhere;
    for (let row = 0; row < rows.length; row++) {
      const email = rows.email(row);
      let thread = threadOf.get(email);
      if (thread === undefined) {
        thread = state.threadOf(email) ?? '';
        threadOf.set(email, thread);
      }
      here.add(thread);
      if ((rows.flags(row).system & (SEEN | DRAFT)) === 0) unreadHere.add(thread);
    }
    threads.set(id, here);
  }
  const counts = new Map<string, ThreadCounts>();
  for (const { id, role } of state.mailboxes.values()) {
    const here = threads.get(id)!;
    const set = role === 'trash' ? unread.inTrash : unread.elsewhere;
    let unreadThreads = 0;
    for (const thread of here) if (set.has(thread)) unreadThreads += 1;
    counts.set(id, { totalThreads: here.size, unreadThreads });
  }
  return counts;
}
