import { type Change, emailNumber, type State } from '../../account/types.ts';

/** Emails whose threads are looked at, one by one; of more, every mailbox is told of. */
const FEW = 500;

/**
 * The changes of mailboxes, with those of their counts: whether a thread counts as unread in a mailbox depends on its emails in others
 * too (RFC 8621 section 2). So a mailbox changes with every email of every thread that it has a part of.
 */
export function mailboxChanges(state: State, since: number): readonly Change[] | undefined {
  const changes = state.changes('Mailbox', since);
  const emails = state.changes('Email', since);
  if (changes === undefined || emails === undefined) return undefined;
  const byId = new Map(changes.map((change) => [change.id, change]));
  const touch = (id: string, seq: number) => {
    // One that was made or has gone meanwhile is among them.
    const known = byId.get(id) ?? { id, created: 0, changed: 0, gone: 0 };
    if (known.gone === 0 && known.changed < seq) byId.set(id, { ...known, changed: seq });
  };
  if (emails.length > FEW) {
    const newest = emails.reduce((highest, { changed, gone }) => Math.max(highest, changed, gone), 0);
    for (const id of state.mailboxes.keys()) touch(id, newest);
    return [...byId.values()];
  }
  const threads = new Map<string, number>();
  for (const { id, changed, gone } of emails) {
    const thread = state.threadOf(emailNumber(id)!);
    if (thread !== undefined) threads.set(thread, Math.max(threads.get(thread) ?? 0, changed, gone));
  }
  for (const [thread, seq] of threads) {
    for (const email of state.inThread(thread)) {
      for (const { mailbox } of state.placements(email)) touch(mailbox, seq);
    }
  }
  return [...byId.values()];
}
