import { decodeCharset } from './charset.ts';
import { rawParameter } from './parameters.ts';
import type { CapturedText } from './part.ts';
import { UNKNOWN_ENCODING } from './summary.ts';
import { decodeTransfer, encodingCode } from './transfer.ts';

/** RFC 8970 3.1: a preview should not be longer. In code points. */
export const PREVIEW_LENGTH = 200;

/** Enough of plain text to fill a preview, most often; the rest of what was kept is decoded only where it was not. */
const FIRST_TRY = 1_536;

/** The beginning of a message's text for a list of messages: from its text/plain part, or else from text/html without markup. '' where there is none. */
export function renderPreview(plain: CapturedText | undefined, html: CapturedText | undefined): string {
  return fromPlain(plain) || fromHtml(html);
}

function fromPlain(text: CapturedText | undefined): string {
  if (text === undefined) return '';
  const short = shorten(decode(text, text.bytes.subarray(0, FIRST_TRY)));
  const enough = short.length >= PREVIEW_LENGTH || text.bytes.length <= FIRST_TRY;
  return enough ? short : shorten(decode(text, text.bytes));
}

function fromHtml(text: CapturedText | undefined): string {
  return text === undefined ? '' : shorten(htmlToText(decode(text, text.bytes)));
}

function decode({ part }: CapturedText, bytes: Uint8Array): string {
  const encoding = encodingCode(part.encoding);
  if (encoding === UNKNOWN_ENCODING) return '';
  return decodeCharset(decodeTransfer(bytes, encoding), rawParameter(part.params, 'charset') ?? '');
}

/** White space and controls collapsed, invisible characters (which mailings pad with) removed, cut at PREVIEW_LENGTH code points, without the broken character that cutting the bytes may leave at the end. */
function shorten(text: string): string {
  const flat = text
    .replace(/(?:[\u00ad\u061c\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2064\ufeff]|\u034f)+/g, '')
    .replace(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ')
    .trim()
    .replace(/\ufffd+$/, '');
  return Array.from(flat.slice(0, PREVIEW_LENGTH * 2))
    .slice(0, PREVIEW_LENGTH)
    .join('')
    .toWellFormed()
    .trim();
}

/** Elements whose content is not text. */
const HIDDEN = new Set(['style', 'script', 'title', 'template', 'noscript']);

/** Elements that do not part words. */
const INLINE = new Set(['a', 'b', 'i', 'u', 'em', 'strong', 'span', 'font', 'small', 'big', 'sub', 'sup', 'code']);

const ENTITIES: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  copy: '\u00a9',
  reg: '\u00ae',
  trade: '\u2122',
  hellip: '\u2026',
  mdash: '\u2014',
  ndash: '\u2013',
  lsquo: '\u2018',
  rsquo: '\u2019',
  ldquo: '\u201c',
  rdquo: '\u201d',
  bull: '\u2022',
  middot: '\u00b7',
  laquo: '\u00ab',
  raquo: '\u00bb',
  euro: '\u20ac',
  pound: '\u00a3',
  szlig: '\u00df',
  auml: '\u00e4',
  ouml: '\u00f6',
  uuml: '\u00fc',
  Auml: '\u00c4',
  Ouml: '\u00d6',
  Uuml: '\u00dc',
  eacute: '\u00e9',
  egrave: '\u00e8',
  agrave: '\u00e0',
  ccedil: '\u00e7',
  zwnj: '',
  zwj: '',
  shy: '',
};

/** The text of HTML, good enough to read the beginning of; not for display as HTML. Linear. */
export function htmlToText(html: string): string {
  let out = '';
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf('<', at);
    out += html.slice(at, open < 0 ? html.length : open);
    if (open < 0) break;
    at = afterTag(html, open);
    const [, slash, written] = /^<(\/?)([A-Za-z][A-Za-z0-9]{0,15})/.exec(html.slice(open, open + 18)) ?? [];
    const name = written?.toLowerCase() ?? '';
    if (slash === '' && HIDDEN.has(name)) at = afterHidden(html, at, name);
    // A "<" that opens no tag is text.
    out += at === open + 1 ? '<' : INLINE.has(name) ? '' : ' ';
  }
  return decodeEntities(out);
}

function afterTag(html: string, open: number): number {
  if (html.startsWith('<!--', open)) return endOr(html, html.indexOf('-->', open + 4), 3);
  return /[A-Za-z/!?]/.test(html.charAt(open + 1)) ? endOr(html, html.indexOf('>', open), 1) : open + 1;
}

function endOr(html: string, found: number, length: number): number {
  return found < 0 ? html.length : found + length;
}

/** The position of the closing tag, searched case-insensitively; the end where there is none. */
function afterHidden(html: string, from: number, name: string): number {
  const closing = new RegExp(`</${name}`, 'gi');
  closing.lastIndex = from;
  return closing.exec(html)?.index ?? html.length;
}

function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#[xX]([0-9A-Fa-f]{1,6})|([A-Za-z]{2,8}));?/g, (whole, dec, hex, name) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    const code = dec !== undefined ? Number(dec) : Number.parseInt(hex, 16);
    return code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : '';
  });
}
