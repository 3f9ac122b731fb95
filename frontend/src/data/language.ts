/** Words that hardly a sentence does without, and that the others do not have. */
const COMMON = {
  en: 'the and of to is that it for you with was are have this not but be we will can our your please thanks would from',
  es: 'el los las y que es por con para una se lo su más pero está muy gracias usted nos como ya hay sin sobre',
  fr: 'les des et est que pour dans qui sur avec vous nous pas une ce je mais merci bonjour votre sont aux cette être',
  de: 'der die das und ist nicht ich sie wir mit für ein eine auf den zu es haben von wenn bitte danke auch werden',
} as const;

export type Guessed = keyof typeof COMMON;

const LEAST = 2;
const sets = Object.entries(COMMON).map(([name, words]) => [name as Guessed, new Set(words.split(' '))] as const);

/** The language of a text, where its most common words leave no doubt. */
export function guessLanguage(text: string): Guessed | undefined {
  const words = text.toLowerCase().match(/\p{L}+/gu) ?? [];
  const counts = sets.map(([name, set]) => ({ name, count: words.filter((word) => set.has(word)).length }));
  const [first, second] = counts.sort((a, b) => b.count - a.count);
  return first!.count >= LEAST && first!.count >= 2 * second!.count ? first!.name : undefined;
}
