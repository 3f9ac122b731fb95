import type { Rows, StoredEmail } from '../../account/types.ts';
import { readEnvelope } from '../../message/envelope.ts';
import { baseSubject } from '../../search/base-subject.ts';
import { compareForms, unicodeCasemap } from '../../search/collation.ts';
import type { SortCriterion, SortKey } from '../grammar/sort.ts';
import type { Session } from '../session.ts';
import { mapSummaries } from './summaries.ts';

type Value = number | string;
/** What is known of a message without its summary; with it. */
const FROM_INDEX: ReadonlySet<SortKey> = new Set(['ARRIVAL', 'SIZE']);

/** A message and what it is sorted by. */
export interface Valued {
  readonly uid: number;
  readonly values: readonly Value[];
}

/** The messages in the order that RFC 5256 section 3 defines; those that are alike stay in the order of the mailbox. */
export async function sorted(
  session: Session,
  rows: Rows,
  uids: readonly number[],
  criteria: readonly SortCriterion[],
): Promise<readonly number[]> {
  const valued = await sortValues(session, rows, uids, criteria);
  return valued.sort((a, b) => compareMessages(a, b, criteria)).map(({ uid }) => uid);
}

/** What these messages are sorted by. One that is gone may be missing. */
export function sortValues(
  session: Session,
  rows: Rows,
  uids: readonly number[],
  criteria: readonly SortCriterion[],
): Promise<Valued[]> {
  if (!criteria.every(({ key }) => FROM_INDEX.has(key))) {
    return mapSummaries(session, rows, uids, (uid, row, email) => ({
      uid,
      values: criteria.map(({ key }) => sortValue(key, rows, row, email)),
    }));
  }
  const fromIndex = (uid: number) => criteria.map(({ key }) => sortValue(key, rows, rows.find(uid), undefined));
  return Promise.resolve(uids.map((uid) => ({ uid, values: fromIndex(uid) })));
}

/** No two messages are alike: their UIDs decide at last. */
export function compareMessages(a: Valued, b: Valued, criteria: readonly SortCriterion[]): number {
  for (const [i, { reverse }] of criteria.entries()) {
    const order = compareValues(a.values[i]!, b.values[i]!);
    if (order !== 0) return reverse ? -order : order;
  }
  return a.uid - b.uid;
}

function compareValues(a: Value, b: Value): number {
  if (typeof a === 'string' && typeof b === 'string') return compareForms(a, b);
  return Number(a) - Number(b);
}

function sortValue(key: SortKey, rows: Rows, row: number, email: StoredEmail | undefined): Value {
  if (key === 'ARRIVAL') return rows.date(row);
  if (key === 'SIZE') return rows.size(row);
  const summary = email!.summary;
  switch (key) {
    case 'DATE':
      return sentDate(rows, row, email!);
    case 'SUBJECT':
      return unicodeCasemap(baseSubject(summary.subject ?? '').base);
    case 'FROM':
    case 'TO':
    case 'CC':
      return unicodeCasemap(mailboxOf(firstAddress(summary.envelope, key)?.address ?? ''));
    default: {
      // RFC 5957 section 3: the name, or the address where there is none.
      const address = firstAddress(summary.envelope, key === 'DISPLAYFROM' ? 'FROM' : 'TO');
      return unicodeCasemap(address === undefined ? '' : address.name === '' ? address.address : address.name);
    }
  }
}

/** Milliseconds since 1970 (RFC 5256 section 2.2): INTERNALDATE where there is no Date to read. */
export function sentDate(rows: Rows, row: number, { summary }: StoredEmail): number {
  return summary.sent ?? rows.date(row);
}

function firstAddress(envelope: string, field: 'FROM' | 'TO' | 'CC') {
  return readEnvelope(envelope)[field.toLowerCase() as 'from' | 'to' | 'cc'][0];
}

function mailboxOf(address: string): string {
  const at = address.lastIndexOf('@');
  return at < 0 ? address : address.slice(0, at);
}
