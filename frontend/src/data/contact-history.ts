import { chain } from '../api/jmap.ts';
import { take } from './emails.ts';
import { type Email, ROW_PROPERTIES } from './types.ts';

const SHOWN = 5;

/** The latest messages from or to somebody. */
export async function messagesWith(emails: readonly string[]): Promise<readonly Email[]> {
  if (emails.length === 0) return [];
  const conditions = emails.flatMap((email) =>
    (['from', 'to', 'cc'] as const).map((field) => ({ [field]: quoted(email) })),
  );
  const [, { list }] = await chain<[unknown, { list: Email[] }]>(
    [
      'Email/query',
      {
        filter: { operator: 'OR', conditions },
        sort: [{ property: 'receivedAt', isAscending: false }],
        limit: SHOWN,
      },
      'q',
    ],
    ['Email/get', { '#ids': { resultOf: 'q', name: 'Email/query', path: '/ids' }, properties: ROW_PROPERTIES }, 'e'],
  );
  take(list);
  return list;
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** The search for the same, as one would type it. */
export function searchWith(emails: readonly string[]): string {
  return emails.flatMap((email) => [`from:${email}`, `to:${email}`]).join(' OR ');
}
