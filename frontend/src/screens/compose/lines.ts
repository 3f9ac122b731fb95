const TOKEN = /<div>|<div class="signature">|<\/div>|<br>|&(?:amp|lt|gt|quot|nbsp);|[^<>&]+/gi;
const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&nbsp;': '\u00a0',
};

/**
 * HTML that is no more than lines of text, as data/plain-text.ts and the editor write it: made without a parser, so that nothing has to
 * clean it, and what cleans need not be there to begin writing. Undefined for any other.
 */
export function linesOf(html: string): DocumentFragment | undefined {
  const root = document.createDocumentFragment();
  let place: Node = root;
  let end = 0;
  for (const { 0: token, index } of html.matchAll(TOKEN)) {
    if (index !== end) return undefined;
    end += token.length;
    const name = token.toLowerCase();
    if (name === '</div>') {
      if (place === root) return undefined;
      place = place.parentNode!;
    } else if (name === '<br>') place.appendChild(document.createElement('br'));
    else if (name.startsWith('<')) {
      const line = document.createElement('div');
      if (name !== '<div>') line.className = 'signature';
      place = place.appendChild(line);
    } else place.appendChild(document.createTextNode(ENTITIES[name] ?? token));
  }
  if (end !== html.length || place !== root) return undefined;
  root.normalize();
  return root;
}
