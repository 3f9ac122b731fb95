import { signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { type List, listOf } from '../../data/list.ts';
import { mailboxes } from '../../data/mailboxes.ts';
import type { Filter } from '../../data/query/filter.ts';
import { forgetSnippets, markIn } from '../../data/snippets.ts';

const NEWEST_FIRST = [{ property: 'receivedAt', isAscending: false }];

/** How searches are understood: loaded with the first of them. */
const language = signal<typeof import('../../data/search.ts') | undefined>(undefined);

export interface Search {
  /** As it was typed. */
  readonly text: string;
  /** Undefined until it is known what the words mean. */
  readonly list: List | undefined;
  /** What of it means nothing here, as typed. */
  readonly unknown: readonly string[];
  /** Where a message of it is. */
  readonly pathTo: (email: string | undefined) => string;
}

/** The search that is in the address; undefined where there is none. */
export function useSearch(): Search | undefined {
  const { path, query } = useLocation();
  const isOn = path === '/search' || path.startsWith('/search/');
  const text = isOn ? (query.q ?? '') : '';
  useEffect(() => {
    if (isOn && language.peek() === undefined) {
      void import('../../data/search.ts').then((loaded) => {
        language.value = loaded;
      });
    }
  }, [isOn]);
  const words = language.value;
  const areMailboxesKnown = mailboxes.value.size > 0;
  const found = useMemo(
    () => (isOn && words !== undefined && areMailboxesKnown ? words.understood(text) : undefined),
    [isOn, text, words, areMailboxesKnown],
  );
  const list = useMemo(
    () =>
      found && listOf({ filter: found.filter as List['query']['filter'], sort: NEWEST_FIRST, collapseThreads: true }),
    [found],
  );
  useEffect(() => (isOn ? undefined : forgetSnippets()), [isOn]);
  useEffect(() => {
    if (isOn && text !== '') words?.rememberSearch(text);
  }, [text, words]);

  const version = list?.version.value;
  useEffect(() => {
    if (list !== undefined && found?.filter != null) void markIn(found.filter as Filter, list.visible());
  }, [list, version]);

  if (!isOn) return undefined;
  return {
    text,
    list,
    unknown:
      found?.unknown.map(({ operator, value }) => (operator === undefined ? value : `${operator}:${value}`)) ?? [],
    pathTo: (email) => `/search${email === undefined ? '' : `/${email}`}?q=${encodeURIComponent(text)}`,
  };
}
