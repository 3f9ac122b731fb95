import type { Rows, StoredEmail } from '../../account/types.ts';
import type { Session } from '../session.ts';

const BATCH = 500;

/** Makes something of each message, with its summary; those that have been erased meanwhile are left out. The order stays. */
export async function mapSummaries<T>(
  session: Session,
  rows: Rows,
  uids: readonly number[],
  make: (uid: number, row: number, email: StoredEmail) => T,
): Promise<T[]> {
  const made: T[] = [];
  for (let first = 0; first < uids.length; first += BATCH) {
    const batch = uids.slice(first, first + BATCH).map((uid) => ({ uid, row: rows.find(uid) }));
    const emails = await session.place.account.emails(batch.map(({ row }) => rows.email(row)));
    for (const { uid, row } of batch) {
      const email = emails.get(rows.email(row));
      if (email !== undefined) made.push(make(uid, row, email));
    }
  }
  return made;
}
