import type { Call } from '../api/calls.ts';
import { ROW_PROPERTIES } from './types.ts';

/** Rows that are read at once. */
export const PAGE = 50;

/** The calls that show rows of a list: emails, and the conversations that they are in. Their ids are `q`, `e` and `t`. */
export function rowsOf(query: Readonly<Record<string, unknown>>): readonly [Call, Call, Call] {
  return [
    ['Email/query', { ...query, calculateTotal: true }, 'q'],
    ['Email/get', { '#ids': { resultOf: 'q', name: 'Email/query', path: '/ids' }, properties: ROW_PROPERTIES }, 'e'],
    ['Thread/get', { '#ids': { resultOf: 'e', name: 'Email/get', path: '/list/*/threadId' } }, 't'],
  ];
}

/** What the pages ask for first at a path, if it is of mail: the folders, and the list as most have it. */
export function firstCalls(path: string): readonly Call[] {
  const [, screen, mailbox] = path.split('/');
  if (screen !== '' && screen !== 'mail') return [];
  const filter = mailbox
    ? { inMailbox: mailbox }
    : { '#inMailbox': { resultOf: 'i', name: 'Mailbox/query', path: '/ids/0' } };
  const sort = [{ property: 'receivedAt', isAscending: false }];
  return [
    ['Mailbox/get', { ids: null }, 'm'],
    // What comes later is told as a change.
    ['Email/get', { ids: [] }, 's'],
    ['Preferences/get', { ids: null }, 'p'],
    ...(mailbox ? [] : ([['Mailbox/query', { filter: { role: 'inbox' } }, 'i']] as const)),
    ...rowsOf({ filter, sort, collapseThreads: true, position: 0, limit: PAGE }),
  ];
}
