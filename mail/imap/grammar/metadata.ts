import { Bad } from '../errors.ts';
import type { Parser } from './parser.ts';

const MAX_ENTRY = 1_000;
const VENDOR = /^\/[a-z]+\/vendor(?:\/[^/]+)?$/;

/** RFC 5464 section 4.2.1 and 4.2.2. */
export interface MetadataOptions {
  /** Values longer than this are only counted. */
  readonly maxSize?: number;
  /** Levels below the named entries. */
  readonly depth: number;
}

/** An entry's name in lower case (RFC 5464 section 3.2): case does not matter. */
export function entryName(parser: Parser): string {
  const name = parser.astring('the name of an entry').toLowerCase();
  if (!/^\/(?:private|shared)(?:\/[\x20-\x24\x26-\x29\x2b-\x2e\x30-\x7e]+)+$/.test(name) || name.length > MAX_ENTRY) {
    throw new Bad(
      'Expected an entry such as /private/comment: /private or /shared, levels that are not empty, no * or %',
    );
  }
  return name;
}

/** One entry, or several in parentheses. */
export function entryNames(parser: Parser): string[] {
  if (parser.peek() !== '(') return [entryName(parser)];
  return [...new Set(parser.list(() => entryName(parser), { what: 'the names of entries' }))];
}

/** `(MAXSIZE 1024 DEPTH 1)`. */
export function metadataOptions(parser: Parser): MetadataOptions {
  let maxSize: number | undefined;
  let depth: number | undefined;
  const option = () => {
    const name = parser.keyword('MAXSIZE or DEPTH');
    parser.space();
    if (name === 'MAXSIZE' && maxSize === undefined) maxSize = parser.number('a size in bytes');
    else if (name === 'DEPTH' && depth === undefined) depth = depthOf(parser.keyword('0, 1 or infinity'));
    else throw new Bad('Expected MAXSIZE or DEPTH, each once');
  };
  parser.list(option, { what: 'options in parentheses' });
  return { ...(maxSize === undefined ? {} : { maxSize }), depth: depth ?? 0 };
}

/** `(entry value ...)`; NIL removes an entry. */
export function entryValues(parser: Parser): [string, string | undefined][] {
  const pair = (): [string, string | undefined] => {
    const entry = entryName(parser);
    // RFC 5464 section 3.2: below a vendor's name, which itself has no value.
    if (VENDOR.test(entry)) throw new Bad('Expected a vendor and an entry behind /vendor, such as /private/vendor/x/y');
    parser.space();
    return [entry, parser.skipNil() ? undefined : parser.binaryString('a value or NIL')];
  };
  const pairs = parser.list(pair, { what: 'entries and values in parentheses' });
  if (new Set(pairs.map(([entry]) => entry)).size < pairs.length) throw new Bad('An entry is given twice');
  return pairs;
}

function depthOf(word: string): number {
  const depth = { '0': 0, '1': 1, INFINITY: Number.POSITIVE_INFINITY }[word];
  if (depth === undefined) throw new Bad('Expected 0, 1 or infinity for DEPTH');
  return depth;
}
