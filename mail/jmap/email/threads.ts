import type { State } from '../../account/types.ts';
import type { Overview } from './overview.ts';

/** The thread of each email of an overview, as a small number. */
const known = new WeakMap<Overview, { readonly threads: Uint32Array; readonly count: number }>();

export function threadsOf(state: State, overview: Overview): { readonly threads: Uint32Array; readonly count: number } {
  let result = known.get(overview);
  if (result === undefined) {
    const small = new Map<string, number>();
    const threads = Uint32Array.from(overview.numbers, (number) => {
      const id = state.threadOf(number)!;
      let thread = small.get(id);
      if (thread === undefined) {
        thread = small.size;
        small.set(id, thread);
      }
      return thread;
    });
    result = { threads, count: small.size };
    known.set(overview, result);
  }
  return result;
}

/**
 * Whether all or some of the emails in the thread of one, itself and those in other mailboxes included, have a keyword (RFC 8621
 * sections 4.4.1 and 4.4.2).
 */
export function threadTest(
  state: State,
  overview: Overview,
  how: 'all' | 'some',
  keyword: string,
): (place: number) => boolean {
  const { threads, count } = threadsOf(state, overview);
  const name = keyword.toLowerCase();
  const has = overview.keywordSets.map((set) => set.has(name));
  const decisive = how === 'some';
  const results = new Array<boolean>(count).fill(!decisive);
  for (let place = 0; place < threads.length; place++) {
    if (has[overview.keywords[place]!] === decisive) results[threads[place]!] = decisive;
  }
  return (place) => results[threads[place]!]!;
}
