import { fold } from '../../search/fold.ts';
import { spans } from '../../search/tokens.ts';
import { indexOfWords, type WordQuery } from '../../search/words.ts';

/** A stretch of text, half-open, in UTF-16 units. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Where in a text searches find any of these; in order, none reaching into another. Of a longer word, the beginning that was looked for. */
export function find(text: string, queries: readonly WordQuery[]): Stretch[] {
  const { folded, origin } = folding(text);
  const all = spans(folded);
  const words = all.map((span) => span.text);
  const found: Stretch[] = [];
  for (const query of queries) {
    for (let at = indexOfWords(query, words); at >= 0; at = indexOfWords(query, words, at + 1)) {
      const last = query.words.length - 1;
      const end = all[at + last]!.start + query.words[last]!.length;
      found.push({ start: origin(all[at]!.start), end: origin(end - 1, true) });
    }
  }
  found.sort((a, b) => a.start - b.start || b.end - a.end);
  let reached = 0;
  return found.filter(({ start, end }) => {
    const isFree = start >= reached;
    if (isFree) reached = end;
    return isFree;
  });
}

/** The text as it is compared, and where in it each unit of that came from: folding a character may give several, or none. */
function folding(text: string) {
  if (/^[\x00-\x7f]*$/.test(text)) {
    return { folded: fold(text), origin: (at: number, isEnd = false) => at + (isEnd ? 1 : 0) };
  }
  let folded = '';
  const starts: number[] = [];
  const ends: number[] = [];
  let at = 0;
  for (const character of text) {
    const units = fold(character);
    for (let i = 0; i < units.length; i++) {
      starts.push(at);
      ends.push(at + character.length);
    }
    // A mark belongs to what it stands on.
    if (units === '' && ends.length > 0) ends[ends.length - 1] = at + character.length;
    folded += units;
    at += character.length;
  }
  return { folded, origin: (unit: number, isEnd = false) => (isEnd ? ends[unit]! : starts[unit]!) };
}

const OPEN = '<mark>';
const CLOSE = '</mark>';
const MORE = '…';

/** The text as HTML, the stretches in `<mark>`; at most `limit` bytes of UTF-8, from about the first stretch on. */
export function marked(text: string, stretches: readonly Stretch[], limit = Number.POSITIVE_INFINITY): string {
  const from = Number.isFinite(limit) ? beginning(text, stretches[0]?.start ?? 0) : 0;
  let html = from > 0 ? MORE : '';
  let room = limit - Buffer.byteLength(html) - Buffer.byteLength(MORE);
  let next = stretches.findIndex(({ start }) => start >= from);
  let at = from;
  const add = (piece: string, besides = 0): boolean => {
    const bytes = Buffer.byteLength(piece);
    if (bytes + besides > room) return false;
    html += piece;
    room -= bytes;
    return true;
  };
  while (at < text.length) {
    const stretch = next < 0 ? undefined : stretches[next];
    if (stretch?.start === at) {
      const word = `${OPEN}${escaped(text.slice(at, stretch.end))}${CLOSE}`;
      if (!add(word)) return html + MORE;
      at = stretch.end;
      next++;
      continue;
    }
    const character = String.fromCodePoint(text.codePointAt(at)!);
    if (!add(escaped(character))) return html + MORE;
    at += character.length;
  }
  return html;
}

/** A little before the first stretch, behind a space where there is one. */
function beginning(text: string, first: number): number {
  if (first <= 40) return 0;
  const space = text.indexOf(' ', first - 40);
  return space >= 0 && space < first ? space + 1 : first;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[c]!);
}
