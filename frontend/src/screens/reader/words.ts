/** Words of a search in what a message shows. Used by the page (plain text) and by the frame (HTML): text nodes are read, nothing is written. */

/** Places that are marked of one text. */
const MOST = 2_000;

/** A text as the search compares it, and where in it a unit of that stands. */
function folding(text: string): { readonly folded: string; readonly origin: (unit: number) => number } {
  if (/^[\x00-\x7f]*$/.test(text)) return { folded: text.toLowerCase(), origin: (unit) => unit };
  let all = '';
  const starts: number[] = [];
  let at = 0;
  for (const character of text) {
    const units = character.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
    for (let i = 0; i < units.length; i++) starts.push(at);
    all += units;
    at += character.length;
  }
  starts.push(at);
  return { folded: all, origin: (unit) => starts[unit]! };
}

/** Scripts that are written without spaces: their words begin anywhere. */
const UNSPACED = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;

/** What finds any of these: a word by how it begins, as the server does, and of a phrase word after word. Undefined where there is nothing to find. */
export function finderOf(words: readonly string[]): RegExp | undefined {
  const patterns = words.flatMap((phrase) => {
    const parts = folding(phrase).folded.match(/[\p{L}\p{N}]+/gu);
    if (parts === null) return [];
    const between = UNSPACED.test(parts[0]!) ? '' : '(?<![\\p{L}\\p{N}])';
    return [between + parts.join('[^\\p{L}\\p{N}]+')];
  });
  // The longest first: of "letter" and "letters", all of a word is marked.
  patterns.sort((a, b) => b.length - a.length);
  return patterns.length === 0 ? undefined : new RegExp(patterns.join('|'), 'gu');
}

/** Where in a text words stand, half-open. */
export function placesIn(text: string, finder: RegExp): readonly (readonly [start: number, end: number])[] {
  const { folded, origin } = folding(text);
  return [...folded.matchAll(finder)]
    .slice(0, MOST)
    .map(({ 0: found, index }) => [origin(index), origin(index + found.length)] as const);
}

/** The same in what an element shows, in its order. */
export function rangesIn(root: HTMLElement, finder: RegExp): readonly Range[] {
  const ranges: Range[] = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode() !== null && ranges.length < MOST) {
    const node = walker.currentNode as Text;
    if (node.parentElement?.localName === 'style') continue;
    for (const [start, end] of placesIn(node.data, finder)) {
      const range = document.createRange();
      range.setStart(node, start);
      range.setEnd(node, end);
      ranges.push(range);
    }
  }
  return ranges.slice(0, MOST);
}

/** Marks these and nothing else (CSS Custom Highlight API): the message stays as it is. Where browsers have none, nothing is marked. */
export function highlight(name: string, ranges: Iterable<Range>): void {
  if (!('highlights' in CSS)) return;
  const all = [...ranges];
  if (all.length === 0) CSS.highlights.delete(name);
  else CSS.highlights.set(name, new Highlight(...all));
}
