import { fold } from './fold.ts';
import { isUnspaced, pieces } from './tokens.ts';

/**
 * What JMAP's text conditions look for (RFC 8621 section 4.4.1): the words of a text, side by side. Outside quotes the last one may be
 * the beginning of a longer word, so that "report" finds "reports" and what is being typed finds what is meant; in quotes it stands alone.
 */
export interface WordQuery {
  /** Folded, in order; the last may stand for all that begins with it. */
  readonly words: readonly string[];
  readonly isPrefix: boolean;
  /** The whole, folded: an address is known by it. */
  readonly text: string;
}

/** Undefined where there is no letter and no digit to look for. */
export function wordQuery(text: string, isQuoted: boolean): WordQuery | undefined {
  const folded = fold(text);
  const all = pieces(folded);
  const words: string[] = [];
  let isPrefix = !isQuoted;
  for (const [at, piece] of all.entries()) {
    if (!isUnspaced(piece)) {
      words.push(piece);
      continue;
    }
    const characters = [...piece];
    const isLast = at === all.length - 1;
    for (let i = 0; i < characters.length - 1; i++) words.push(characters[i]! + characters[i + 1]!);
    // Where something else follows, the run ends here, and its last character is a word of its own; at the end it may go on.
    if (!isLast || characters.length === 1) words.push(characters.at(-1)!);
    if (isLast) isPrefix = characters.length === 1;
  }
  return words.length === 0 ? undefined : { words, isPrefix, text: folded.trim() };
}

/** Where the words of a query first stand in a text's words from `from` on; -1 where they do not. */
export function indexOfWords({ words, isPrefix }: WordQuery, all: readonly string[], from = 0): number {
  const last = words.length - 1;
  for (let at = from; at + last < all.length; at++) {
    let fits = isPrefix ? all[at + last]!.startsWith(words[last]!) : all[at + last] === words[last];
    for (let i = 0; fits && i < last; i++) fits = all[at + i] === words[i];
    if (fits) return at;
  }
  return -1;
}
