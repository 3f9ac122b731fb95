/**
 * Words of folded text: runs of letters, digits and marks. In scripts that put no spaces between words each pair of neighbours is a word,
 * and the last character of such a run by itself, so that every character begins one.
 */
export function tokens(folded: string): string[] {
  if (/^[\x00-\x7f]*$/.test(folded)) return folded.match(/[a-z0-9]+/g) ?? [];
  const found: string[] = [];
  for (const run of folded.match(WORD) ?? []) {
    if (!UNSPACED.test(run)) found.push(run);
    else for (const piece of run.match(PIECES)!) addPiece(found, piece);
  }
  return found;
}

/** A word and where it stands, half-open, in UTF-16 units of the folded text. */
export interface Span {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** As `tokens`, with their places. */
export function spans(folded: string): Span[] {
  const found: Span[] = [];
  for (const { 0: run, index } of folded.matchAll(WORD)) {
    let start = index;
    for (const piece of UNSPACED.test(run) ? run.match(PIECES)! : [run]) {
      const words: string[] = [];
      addPiece(words, piece);
      for (const text of words) {
        found.push({ text, start, end: start + text.length });
        // The next word of such a run begins one character on.
        start += words.length > 1 ? String.fromCodePoint(text.codePointAt(0)!).length : text.length;
      }
    }
  }
  return found;
}

/** A run of word characters, taken apart where scripts with and without spaces meet. */
export function pieces(run: string): readonly string[] {
  return UNSPACED.test(run) ? run.match(PIECES)! : [run];
}

export function isUnspaced(piece: string): boolean {
  return UNSPACED.test(piece);
}

function addPiece(found: string[], piece: string): void {
  if (!UNSPACED.test(piece)) {
    found.push(piece);
    return;
  }
  const characters = [...piece];
  for (let at = 0; at < characters.length - 1; at++) found.push(characters[at]! + characters[at + 1]!);
  found.push(characters.at(-1)!);
}

export const WORD = /[\p{L}\p{N}\p{M}]+/gu;

const SCRIPTS = String.raw`\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}`;
const UNSPACED = new RegExp(`[${SCRIPTS}]`, 'u');
const PIECES = new RegExp(`[${SCRIPTS}]+|[^${SCRIPTS}]+`, 'gu');
