import nspell, { type Speller } from 'nspell';
import { DICTIONARIES, ELISION, type SpellingLanguage } from './dictionaries.ts';

/** The dictionary, on a thread of its own: to unpack it takes up to two seconds. Only the one in use is kept: each is some 50 MB. */

export type Asked = { readonly id: number; readonly language: SpellingLanguage } & (
  | { readonly kind: 'check'; readonly words: readonly string[]; readonly own: readonly string[] }
  | { readonly kind: 'suggest'; readonly word: string }
);
/** Words that it does not know, or what may have been meant; undefined: the dictionary did not come. */
export interface Answered {
  readonly id: number;
  readonly words: readonly string[] | undefined;
}

const SUGGESTED = 6;
let current: { readonly language: SpellingLanguage; readonly speller: Promise<Speller> } | undefined;

addEventListener('message', async ({ data }: MessageEvent<Asked>) => {
  const words = await answer(data).catch(() => undefined);
  postMessage({ id: data.id, words } satisfies Answered);
});

async function answer(asked: Asked): Promise<readonly string[]> {
  const speller = await spellerOf(asked.language);
  const bare = (word: string) => (asked.language === 'fr' ? word.replace(ELISION, '') : word);
  if (asked.kind === 'suggest') {
    const { word } = asked;
    const before = word.slice(0, word.length - bare(word).length);
    return speller
      .suggest(bare(word))
      .slice(0, SUGGESTED)
      .map((one) => before + one);
  }
  const own = new Set(asked.own.map((word) => word.toLowerCase()));
  return asked.words.filter(
    (word) => !own.has(word.toLowerCase()) && !own.has(bare(word).toLowerCase()) && !speller.correct(bare(word)),
  );
}

function spellerOf(language: SpellingLanguage): Promise<Speller> {
  if (current?.language !== language) {
    const speller = DICTIONARIES[language]().then(nspell);
    current = { language, speller };
    // A dictionary that did not come is asked for again.
    speller.catch(() => {
      current = undefined;
    });
  }
  return current.speller;
}
