import type { State } from '../../account/types.ts';
import { type Overview, placeIn } from './overview.ts';

/**
 * Whether all or some of the emails in the thread of one, itself and those in other mailboxes included, have a keyword (RFC 8621
 * sections 4.4.1 and 4.4.2). Each thread is looked at once.
 */
export function threadTest(
  state: State,
  { numbers, keywords, keywordSets }: Overview,
  how: 'all' | 'some',
  keyword: string,
): (place: number) => boolean {
  const name = keyword.toLowerCase();
  const has = keywordSets.map((set) => set.has(name));
  const known = new Map<string, boolean>();
  return (place) => {
    const thread = state.threadOf(numbers[place]!)!;
    let result = known.get(thread);
    if (result === undefined) {
      const each = state.inThread(thread).map((number) => has[keywords[placeIn(numbers, number)]!]!);
      result = how === 'all' ? each.every(Boolean) : each.some(Boolean);
      known.set(thread, result);
    }
    return result;
  };
}
