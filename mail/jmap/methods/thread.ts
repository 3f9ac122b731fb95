import { DELETED, emailId, type State } from '../../account/types.ts';
import { MAIL } from '../capabilities.ts';
import { visiblePlacements } from '../email/facts.ts';
import type { Tracked } from '../standard/changes.ts';
import type { Readable } from '../standard/get.ts';

/** Thread (RFC 8621 section 3): its emails that are to be seen, the oldest first. */
export const threadType: Readable & Tracked = {
  name: 'Thread',
  capability: MAIL,
  properties: ['id', 'emailIds'],

  ids: ({ state }) => allThreads(state),

  async load(_call, { state }, ids) {
    const found = new Map<string, { readonly id: string; readonly emailIds: readonly string[] }>();
    for (const id of ids) {
      const emails = state.inThread(id).filter((email) => visiblePlacements(state, email).length > 0);
      if (emails.length > 0) found.set(id, { id, emailIds: inOrder(state, emails).map(emailId) });
    }
    return found;
  },

  changes: (state, since) => state.changes('Thread', since),
};

function allThreads(state: State): readonly string[] {
  const threads = new Set<string>();
  for (const { id } of state.mailboxes.values()) {
    const rows = state.rows(id);
    for (let row = 0; row < rows.length; row++) {
      if ((rows.flags(row).system & DELETED) === 0) threads.add(state.threadOf(rows.email(row))!);
    }
  }
  return [...threads];
}

/** By receivedAt (RFC 8621 section 3), then by number. */
function inOrder(state: State, emails: readonly number[]): number[] {
  const dates = new Map(emails.map((email) => [email, receivedAt(state, email)]));
  return [...emails].sort((a, b) => dates.get(a)! - dates.get(b)! || a - b);
}

function receivedAt(state: State, email: number): number {
  const [first] = visiblePlacements(state, email);
  return first === undefined ? 0 : state.rows(first.mailbox).date(first.row);
}
