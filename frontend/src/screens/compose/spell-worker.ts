import nspell from 'nspell';
import aff from '../../../../node_modules/dictionary-en/index.aff?raw';
import dic from '../../../../node_modules/dictionary-en/index.dic?raw';

/** The dictionary, on a thread of its own: to read it takes half a second. */

export type Asked =
  | { readonly id: number; readonly kind: 'check'; readonly words: readonly string[]; readonly own: readonly string[] }
  | { readonly id: number; readonly kind: 'suggest'; readonly word: string };
/** Words that it does not know, or what may have been meant. */
export interface Answered {
  readonly id: number;
  readonly words: readonly string[];
}

const SUGGESTED = 6;
const speller = nspell({ aff, dic });

addEventListener('message', ({ data }: MessageEvent<Asked>) => {
  if (data.kind === 'suggest') {
    postMessage({ id: data.id, words: speller.suggest(data.word).slice(0, SUGGESTED) } satisfies Answered);
    return;
  }
  const own = new Set(data.own.map((word) => word.toLowerCase()));
  const words = data.words.filter((word) => !own.has(word.toLowerCase()) && !speller.correct(word));
  postMessage({ id: data.id, words } satisfies Answered);
});
