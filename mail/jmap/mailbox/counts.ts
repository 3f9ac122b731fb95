import type { State } from '../../account/types.ts';
import { overviewOf } from '../email/overview.ts';
import { threadsOf } from '../email/threads.ts';

/** What RFC 8621 section 2 counts in a mailbox. What IMAP has marked as deleted does not count (section 4.1.1). */
export interface MailboxCounts {
  readonly totalEmails: number;
  readonly unreadEmails: number;
  readonly totalThreads: number;
  readonly unreadThreads: number;
}

/** States do not change: what is counted once holds. */
const counted = new WeakMap<State, ReadonlyMap<string, MailboxCounts>>();

/**
 * By mailbox. Emails are counted, not their placements: one that stands twice in a mailbox counts once, and is unread in all of its
 * mailboxes or in none. A thread is unread in a mailbox where one of its emails, in whatever mailbox (the trash counts by itself), is.
 */
export function mailboxCounts(state: State): ReadonlyMap<string, MailboxCounts> {
  let counts = counted.get(state);
  if (counts === undefined) {
    counts = count(state);
    counted.set(state, counts);
  }
  return counts;
}

const IN_TRASH = 1;
const ELSEWHERE = 2;

function count(state: State): ReadonlyMap<string, MailboxCounts> {
  const { keywords, keywordSets, mailboxes, mailboxSets } = overviewOf(state);
  const { threads, count: threadCount } = threadsOf(state, overviewOf(state));
  const trash = [...state.mailboxes.values()].find(({ role }) => role === 'trash')?.id ?? '';
  const unread = keywordSets.map((set) => !set.has('$seen') && !set.has('$draft'));
  const where = mailboxSets.map((set) => {
    const inTrash = set.has(trash);
    return (inTrash ? IN_TRASH : 0) | (set.size > (inTrash ? 1 : 0) ? ELSEWHERE : 0);
  });
  const unreadThreads = new Uint8Array(threadCount);
  const sets = mailboxSets.map(() => ({ total: 0, unread: 0, threads: new Set<number>() }));
  for (let place = 0; place < threads.length; place++) {
    const thread = threads[place]!;
    const set = sets[mailboxes[place]!]!;
    set.total += 1;
    set.threads.add(thread);
    if (!unread[keywords[place]!]) continue;
    set.unread += 1;
    unreadThreads[thread]! |= where[mailboxes[place]!]!;
  }
  const setsOf = new Map<string, number[]>();
  for (const [at, set] of mailboxSets.entries()) {
    for (const id of set) setsOf.set(id, [...(setsOf.get(id) ?? []), at]);
  }
  const counts = new Map<string, MailboxCounts>();
  for (const id of state.mailboxes.keys()) {
    const mine = (setsOf.get(id) ?? []).map((at) => sets[at]!);
    const here = mine.length === 1 ? mine[0]!.threads : new Set(mine.flatMap((set) => [...set.threads]));
    const counting = id === trash ? IN_TRASH : ELSEWHERE;
    let unreadHere = 0;
    for (const thread of here) if ((unreadThreads[thread]! & counting) !== 0) unreadHere += 1;
    counts.set(id, {
      totalEmails: sum(mine, ({ total }) => total),
      unreadEmails: sum(mine, (set) => set.unread),
      totalThreads: here.size,
      unreadThreads: unreadHere,
    });
  }
  return counts;
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
