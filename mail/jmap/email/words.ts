import { type WordQuery, wordQuery } from '../../search/words.ts';

/**
 * What a text condition looks for (RFC 8621 section 4.4.1): words between white space, each of which must be found, and phrases in
 * quotes, single or double, which must be found as they stand. In a phrase, a backslash goes before a quote or a backslash that is meant.
 */
export function wordsOf(text: string): string[] {
  return partsOf(text).map(({ text: part }) => part);
}

/** The same, as queries for words: what has no letter and no digit in it asks for nothing. */
export function queriesOf(text: string): WordQuery[] {
  return partsOf(text).flatMap(({ text: part, isQuoted }) => wordQuery(part, isQuoted) ?? []);
}

function partsOf(text: string): { readonly text: string; readonly isQuoted: boolean }[] {
  const parts: { text: string; isQuoted: boolean }[] = [];
  for (const [, double, single, word] of text.matchAll(/"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'(?=\s|$)|(\S+)/gsu)) {
    const found = word ?? (double ?? single ?? '').replace(/\\(["'\\])/g, '$1');
    if (found !== '') parts.push({ text: found, isQuoted: word === undefined });
  }
  return parts;
}
