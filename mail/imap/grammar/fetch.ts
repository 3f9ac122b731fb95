import type { SectionPartial, SectionSpec } from '../../message/sections.ts';
import { Bad } from '../errors.ts';
import { type Parser, quote } from './parser.ts';

export type FetchItem =
  | {
      readonly kind:
        | 'FLAGS'
        | 'UID'
        | 'INTERNALDATE'
        | 'RFC822.SIZE'
        | 'ENVELOPE'
        | 'BODY'
        | 'BODYSTRUCTURE'
        /** RFC 7162 section 3.1.4.2. */
        | 'MODSEQ'
        /** RFC 8474 section 5. */
        | 'EMAILID'
        | 'THREADID'
        /** RFC 8514. */
        | 'SAVEDATE'
        /** RFC 8970; LAZY or not, it is at hand. */
        | 'PREVIEW';
    }
  | {
      readonly kind: 'SECTION';
      readonly section: SectionSpec;
      /** What stands before the data in the response, partial origin included: `BODY[TEXT]<0>`. */
      readonly label: string;
      /** Reading it does not set \Seen. */
      readonly peek: boolean;
      /** The transfer encoding is undone (RFC 3516), for the bytes, of which `partial` counts, or for their number. */
      readonly binary?: { readonly what: 'bytes' | 'size'; readonly partial: SectionPartial | undefined };
    };

const SIMPLE = [
  'FLAGS',
  'UID',
  'INTERNALDATE',
  'RFC822.SIZE',
  'ENVELOPE',
  'BODYSTRUCTURE',
  'MODSEQ',
  'EMAILID',
  'THREADID',
  'SAVEDATE',
  'PREVIEW',
] as const;
const FAST = ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE'] as const;
const MACROS: Readonly<Record<string, readonly FetchItem[]>> = {
  FAST: FAST.map((kind) => ({ kind })),
  ALL: [...FAST, 'ENVELOPE' as const].map((kind) => ({ kind })),
  FULL: [...FAST, 'ENVELOPE' as const, 'BODY' as const].map((kind) => ({ kind })),
};
/** RFC 3501 section 6.4.5: the three old names, each the same as a section. */
const OLD: Readonly<Record<string, { readonly section: SectionSpec; readonly peek: boolean }>> = {
  RFC822: { section: { path: [] }, peek: false },
  'RFC822.HEADER': { section: { path: [], text: 'HEADER' }, peek: true },
  'RFC822.TEXT': { section: { path: [], text: 'TEXT' }, peek: false },
};
/** RFC 3516 section 4.2. */
const BINARY: Readonly<Record<string, { readonly what: 'bytes' | 'size'; readonly peek: boolean }>> = {
  BINARY: { what: 'bytes', peek: false },
  'BINARY.PEEK': { what: 'bytes', peek: true },
  'BINARY.SIZE': { what: 'size', peek: true },
};
/** A part deeper than this is in no message that the structure index describes. */
const MAX_DEPTH = 1_000;

/** A macro, an item, or a list of items. */
export function fetchItems(parser: Parser): readonly FetchItem[] {
  if (parser.peek() === '(') {
    return parser.list(() => fetchItem(parser), { what: 'what to fetch' });
  }
  for (const [macro, items] of Object.entries(MACROS)) {
    const end = parser.text.charAt(parser.pos + macro.length);
    if ((end === '' || end === ' ') && parser.skip(macro)) return items;
  }
  return [fetchItem(parser)];
}

function fetchItem(parser: Parser): FetchItem {
  // The name ends where an atom does, and before the bracket of a section.
  const name = /[A-Za-z0-9.]*/y;
  name.lastIndex = parser.pos;
  const word = name.exec(parser.text)![0].toUpperCase();
  const simple = SIMPLE.find((kind) => kind === word);
  const old = Object.hasOwn(OLD, word) ? OLD[word] : undefined;
  const binary = Object.hasOwn(BINARY, word) ? BINARY[word] : undefined;
  if (simple === undefined && old === undefined && binary === undefined && word !== 'BODY' && word !== 'BODY.PEEK') {
    parser.fail('FLAGS, UID, INTERNALDATE, ENVELOPE, BODY, BODYSTRUCTURE, BODY[section] or an RFC822 item');
  }
  parser.pos += word.length;
  if (simple === 'PREVIEW') previewModifiers(parser);
  if (simple !== undefined) return { kind: simple };
  if (old !== undefined) {
    return { kind: 'SECTION', section: old.section, label: word, peek: old.peek };
  }
  if (binary !== undefined) return binaryItem(parser, word, binary);
  if (word === 'BODY' && parser.peek() !== '[') return { kind: 'BODY' };
  parser.expect('[');
  const section = sectionSpec(parser);
  parser.expect(']');
  const partial = partialRange(parser);
  if (partial !== undefined) section.partial = partial;
  const label = `BODY[${sectionText(section)}]${partial === undefined ? '' : `<${partial.offset}>`}`;
  return { kind: 'SECTION', section, label, peek: word === 'BODY.PEEK' };
}

/** ` (LAZY)` behind PREVIEW, where it stands (RFC 8970 section 6). */
function previewModifiers(parser: Parser): void {
  const modifiers = / \(LAZY(?: LAZY)*\)/iy;
  modifiers.lastIndex = parser.pos;
  if (modifiers.test(parser.text)) parser.pos = modifiers.lastIndex;
}

/** A part by its numbers alone, or the message (RFC 3516 section 7, section-binary). */
function binaryItem(
  parser: Parser,
  word: string,
  { what, peek }: { readonly what: 'bytes' | 'size'; readonly peek: boolean },
): FetchItem {
  parser.expect('[');
  const section = sectionSpec(parser);
  if (section.text !== undefined) throw new Bad(`${word} takes the number of a part, and no ${section.text}`);
  parser.expect(']');
  const partial = what === 'size' ? undefined : partialRange(parser);
  const name = what === 'size' ? word : 'BINARY';
  const label = `${name}[${sectionText(section)}]${partial === undefined ? '' : `<${partial.offset}>`}`;
  return { kind: 'SECTION', section, label, peek, binary: { what, partial } };
}

/** RFC 3501 section 9, section-spec. */
function sectionSpec(parser: Parser): SectionSpec {
  const path: number[] = [];
  while (/\d/.test(parser.peek())) {
    path.push(parser.nonZero('a part number'));
    if (path.length > MAX_DEPTH) throw new Bad('That part number is deeper than any message');
    if (!parser.skip('.')) return { path };
  }
  if (path.length === 0 && parser.peek() === ']') return { path };
  const word = parser.keyword('HEADER, HEADER.FIELDS, HEADER.FIELDS.NOT, TEXT, MIME or a part number');
  if (word === 'HEADER' || word === 'TEXT') return { path, text: word };
  if (word === 'MIME' && path.length > 0) return { path, text: word };
  if (word === 'HEADER.FIELDS' || word === 'HEADER.FIELDS.NOT') {
    parser.space();
    const fields = parser.list(() => headerName(parser), { what: 'a list of header names in parentheses' });
    return { path, text: word, fields };
  }
  throw new Bad('Expected a section: HEADER, HEADER.FIELDS, HEADER.FIELDS.NOT, TEXT, or MIME behind a part number');
}

/** RFC 5322 section 2.2: printable ASCII without the colon. */
export function headerName(parser: Parser): string {
  const name = parser.astring('the name of a header field');
  if (!/^[\x21-\x39\x3b-\x7e]{1,200}$/.test(name)) throw new Bad('Expected the name of a header field');
  return name;
}

function partialRange(parser: Parser): SectionPartial | undefined {
  if (!parser.skip('<')) return undefined;
  const offset = parser.number64('where the partial begins');
  parser.expect('.');
  const length = parser.nonZero64('the length of the partial');
  parser.expect('>');
  return { offset, length };
}

function sectionText({ path, text, fields = [] }: SectionSpec): string {
  const names = fields.map((field) => (/^[^\x00-\x20(){%*"\\\]]+$/.test(field) ? field : quote(field)));
  const what = text === undefined ? [] : [names.length === 0 ? text : `${text} (${names.join(' ')})`];
  return [...path, ...what].join('.');
}
