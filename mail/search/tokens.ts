/**
 * Words of folded text: runs of letters, digits and marks. In scripts that put no spaces between words each pair of neighbours is a word,
 * and the last character of such a run by itself, so that every character begins one.
 */

const APART = 0;
const SPACED = 1;
const UNSPACED = 2;

/** Calls `each` for every word, in order, with its place, half-open, in UTF-16 units of the folded text. */
export function scan(folded: string, each: (start: number, end: number) => void): void {
  const { length } = folded;
  for (let at = 0; at < length; ) {
    const kind = kindAt(folded, at);
    if (kind === APART) {
      at += 1;
      continue;
    }
    const start = at;
    if (kind === SPACED) {
      do at += widthAt(folded, at);
      while (at < length && kindAt(folded, at) === kind);
      each(start, at);
      continue;
    }
    for (let character = start; ; ) {
      const next = character + widthAt(folded, character);
      at = next;
      if (next >= length || kindAt(folded, next) !== kind) {
        each(character, next);
        break;
      }
      each(character, next + widthAt(folded, next));
      character = next;
    }
  }
}

/** The words themselves. */
export function tokens(folded: string): string[] {
  const found: string[] = [];
  scan(folded, (start, end) => found.push(folded.slice(start, end)));
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
  scan(folded, (start, end) => found.push({ text: folded.slice(start, end), start, end }));
  return found;
}

/** Runs of folded text, those of scripts without spaces whole. */
export function pieces(folded: string): string[] {
  const found: string[] = [];
  for (let at = 0; at < folded.length; ) {
    const kind = kindAt(folded, at);
    const start = at;
    do at += widthAt(folded, at);
    while (at < folded.length && kindAt(folded, at) === kind);
    if (kind !== APART) found.push(folded.slice(start, at));
  }
  return found;
}

/** Whether a piece is of a script without spaces. */
export function isUnspaced(piece: string): boolean {
  return kindAt(piece, 0) === UNSPACED;
}

const IS_WORD = /[\p{L}\p{N}\p{M}]/u;
const IS_UNSPACED = /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]/u;

function kindOf(character: string): number {
  if (!IS_WORD.test(character)) return APART;
  return IS_UNSPACED.test(character) ? UNSPACED : SPACED;
}

/** Kinds of UTF-16 units, found when they are first asked for; 255: not yet. */
const KINDS = new Uint8Array(65_536).fill(255);

function kindAt(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  if (unit >= 0xd800 && unit <= 0xdfff) return kindOf(String.fromCodePoint(text.codePointAt(at)!));
  if (KINDS[unit] === 255) KINDS[unit] = kindOf(String.fromCharCode(unit));
  return KINDS[unit]!;
}

function widthAt(text: string, at: number): number {
  return text.codePointAt(at)! > 0xffff ? 2 : 1;
}
