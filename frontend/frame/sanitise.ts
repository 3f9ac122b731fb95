import createPurify from 'dompurify';
import { cleanDeclarations, cleanSheet } from './css.ts';

/**
 * The HTML of a message as it may be shown: no script, nothing that loads, nothing that leaves the frame but a link that was clicked. It is
 * cleaned as nodes and shown as the same nodes: no string is made of it again, which could be read as something else (CVE-2024-42009). It
 * is the first of two walls: the frame's policy (frontend/policy.ts) lets nothing load or run whatever comes through here.
 */

const purify = createPurify(window);

/** Elements that are shown of one message. More of them only make the browser slow. */
const MAX_ELEMENTS = 25_000;

/** Browsers keep about as many elements in each other. */
const MAX_DEPTH = 600;
const NESTING =
  /<(\/?)(?!(?:p|li|d[dt]|t[rdh]|tbody|thead|tfoot|col|br|hr|img|link|meta|input|wbr|option)[\s/>])[a-z][^\s/>]*/gi;

/** Where an image belongs: an `img`, or the background of something. */
export interface Place {
  readonly element: HTMLElement;
  readonly address: string;
  readonly isBackground: boolean;
}

export interface Clean {
  readonly styles: readonly string[];
  readonly body: HTMLElement;
  readonly places: readonly Place[];
  readonly isCut: boolean;
}

/** What a message looks like is made of these; nothing of SVG and MathML. */
const TAGS = [
  ...[
    'html',
    'head',
    'body',
    'style',
    '#text',
    'a',
    'abbr',
    'acronym',
    'address',
    'article',
    'aside',
    'b',
    'bdi',
    'bdo',
  ],
  ...['big', 'blockquote', 'br', 'caption', 'center', 'cite', 'code', 'col', 'colgroup', 'dd', 'del', 'details', 'dfn'],
  ...['dir', 'div', 'dl', 'dt', 'em', 'figcaption', 'figure', 'font', 'footer', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6'],
  ...[
    'header',
    'hgroup',
    'hr',
    'i',
    'img',
    'ins',
    'kbd',
    'li',
    'main',
    'mark',
    'menu',
    'nav',
    'nobr',
    'ol',
    'p',
    'pre',
  ],
  ...['q', 'rp', 'rt', 'ruby', 's', 'samp', 'section', 'small', 'span', 'strike', 'strong', 'sub', 'summary', 'sup'],
  ...['table', 'tbody', 'td', 'tfoot', 'th', 'thead', 'time', 'tr', 'tt', 'u', 'ul', 'var', 'wbr'],
];

const LINKS = /^(?:https?:|mailto:)/i;
const RASTER = /^data:image\/(?:png|jpeg|gif|webp);base64,/i;

let places: Place[] = [];
let styles: string[] = [];

purify.addHook('uponSanitizeElement', (node, { tagName }) => {
  if (tagName !== 'style') return;
  styles.push(cleanSheet(node.textContent ?? ''));
  (node as Element).remove();
});

purify.addHook('beforeSanitizeAttributes', (node) => {
  // Texts come here too.
  if (!(node instanceof HTMLElement)) return;
  // Before it is taken away as an attribute that may not be there.
  const background = remote(node.getAttribute('background'));
  if (background !== undefined) places.push({ element: node, address: background, isBackground: true });
});

purify.addHook('afterSanitizeAttributes', (node) => {
  if (!(node instanceof HTMLElement)) return;
  const element = node;
  if (element.hasAttribute('style')) {
    const background = cleanDeclarations(element.style);
    if (background !== undefined) places.push({ element, address: background, isBackground: true });
    if (element.style.length === 0) element.removeAttribute('style');
  }
  const source = element.getAttribute('src');
  if (source !== null) {
    const address = element.tagName === 'IMG' ? (cid(source) ?? remote(source)) : undefined;
    if (address !== undefined) places.push({ element, address, isBackground: false });
    if (element.tagName !== 'IMG' || !RASTER.test(source)) element.removeAttribute('src');
  }
  if (element.tagName === 'IMG' && !element.hasAttribute('alt')) element.setAttribute('alt', '');
  const href = element.getAttribute('href');
  if (href === null) return;
  if (element.tagName === 'A' && LINKS.test(href)) {
    element.setAttribute('target', '_blank');
    element.setAttribute('rel', 'noopener noreferrer nofollow');
  } else {
    element.removeAttribute('href');
  }
});

/** Cleans the HTML of a message. */
export function sanitise(html: string): Clean {
  places = [];
  styles = [];
  const end = endOfNest(html);
  const parsed = new DOMParser().parseFromString(html.slice(0, end), 'text/html');
  const isCut = cut(parsed.body) || end < html.length;
  const root = parsed.documentElement;
  purify.sanitize(root, {
    IN_PLACE: true,
    WHOLE_DOCUMENT: true,
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: [
      ...['abbr', 'align', 'alt', 'bgcolor', 'border', 'cellpadding', 'cellspacing', 'cite', 'class', 'color', 'cols'],
      ...['colspan', 'coords', 'datetime', 'dir', 'face', 'headers', 'height', 'hspace', 'href', 'lang', 'noshade'],
      ...[
        'nowrap',
        'open',
        'reversed',
        'rowspan',
        'rules',
        'scope',
        'size',
        'span',
        'src',
        'start',
        'style',
        'summary',
      ],
      ...['title', 'type', 'valign', 'value', 'vspace', 'width'],
    ],
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    // Of these schemes, or of none: what is no address, too.
    ALLOWED_URI_REGEXP: /^(?:(?:https?|mailto|cid):|data:image\/|[^a-z]|[a-z+.-]+(?:[^a-z+.\-:]|$))/i,
    // What is no HTML: a name with a hyphen, too.
    CUSTOM_ELEMENT_HANDLING: { tagNameCheck: null, attributeNameCheck: null },
  });
  return { styles, body: parsed.body, places, isCut };
}

/**
 * Where elements begin to be nested deeper than anybody writes: to parse twenty thousand in each other takes browsers half a minute. Those
 * that close by themselves (HTML, 13.1.2.4) do not count.
 */
function endOfNest(html: string): number {
  let depth = 0;
  for (const { 1: slash, index } of html.matchAll(NESTING)) {
    depth = Math.max(0, depth + (slash === '' ? 1 : -1));
    if (depth > MAX_DEPTH) return index;
  }
  return html.length;
}

/** Takes away what comes after the first many elements. */
function cut(body: HTMLElement): boolean {
  const walker = body.ownerDocument.createTreeWalker(body, NodeFilter.SHOW_ELEMENT);
  for (let count = 0; walker.nextNode() !== null; count++) {
    if (count < MAX_ELEMENTS) continue;
    const rest = body.ownerDocument.createRange();
    rest.setStartBefore(walker.currentNode);
    rest.setEnd(body, body.childNodes.length);
    rest.deleteContents();
    return true;
  }
  return false;
}

function cid(source: string): string | undefined {
  const id = /^cid:(.+)$/i.exec(source.trim())?.[1];
  if (id === undefined) return undefined;
  try {
    return `cid:${decodeURIComponent(id)}`;
  } catch {
    return `cid:${id}`;
  }
}

/** An address on a server of others, with its scheme: those of the message's own page would be ours. */
function remote(source: string | null): string | undefined {
  if (source === null) return undefined;
  const trimmed = source.trim();
  const address = trimmed.startsWith('//') ? `https:${trimmed}` : trimmed;
  return /^https?:\/\//i.test(address) && URL.canParse(address) ? address : undefined;
}
