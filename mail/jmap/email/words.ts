/**
 * What a text condition looks for (RFC 8621 section 4.4.1): words between white space, each of which must be found, and phrases in
 * quotes, single or double, which must be found as they stand. In a phrase, a backslash goes before a quote or a backslash that is meant.
 */
export function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const [, double, single, word] of text.matchAll(/"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'(?=\s|$)|(\S+)/gsu)) {
    const found = word ?? (double ?? single ?? '').replace(/\\(["'\\])/g, '$1');
    if (found !== '') words.push(found);
  }
  return words;
}
