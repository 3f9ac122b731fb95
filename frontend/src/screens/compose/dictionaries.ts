/**
 * Dictionaries that we may serve: each is a file of its own, fetched when somebody first checks a text in that language. What is missing, and
 * why, is in docs/decisions.md.
 */

interface Dictionary {
  readonly aff: string;
  readonly dic: string;
}

type Raw = Promise<{ readonly default: string }>;

export const DICTIONARIES = {
  en: () =>
    both(
      import('../../../../node_modules/dictionary-en/index.aff?raw'),
      import('../../../../node_modules/dictionary-en/index.dic?raw'),
    ),
  'en-GB': () =>
    both(
      import('../../../../node_modules/dictionary-en-gb/index.aff?raw'),
      import('../../../../node_modules/dictionary-en-gb/index.dic?raw'),
    ),
  es: () =>
    both(
      import('../../../../node_modules/dictionary-es/index.aff?raw'),
      import('../../../../node_modules/dictionary-es/index.dic?raw'),
    ),
  fr: async () => {
    const { aff, dic } = await both(
      import('../../../../node_modules/dictionary-fr/index.aff?raw'),
      import('../../../../node_modules/dictionary-fr/index.dic?raw'),
    );
    return { aff: withoutElisions(aff), dic };
  },
} as const satisfies Readonly<Record<string, () => Promise<Dictionary>>>;

export type SpellingLanguage = keyof typeof DICTIONARIES;

/** The article or pronoun that stands before a word without its vowel: "l'homme", "qu'il". The word behind it is checked alone. */
export const ELISION = /^(?:[ldjmtsnc]|qu|jusqu|lorsqu|puisqu|quoiqu)'(?=.)/i;

async function both(first: Raw, second: Raw): Promise<Dictionary> {
  const [aff, dic] = await Promise.all([first, second]);
  return { aff: aff.default, dic: dic.default };
}

/** With each word behind each of them, the dictionary would take 17 s and 340 MB to unpack. */
function withoutElisions(aff: string): string {
  const flags = new Set([...aff.matchAll(/^PFX (\S+) \S+ \S*['’]/gm)].map(([, flag]) => flag));
  return aff
    .split('\n')
    .filter((line) => !flags.has(/^PFX (\S+)/.exec(line)?.[1]))
    .join('\n');
}
