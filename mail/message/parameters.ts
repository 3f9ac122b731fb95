import { decodeCharset } from './charset.ts';
import { decodeText } from './headers.ts';
import { Scanner } from './scanner.ts';

/**
 * A MIME parameter as BODYSTRUCTURE shows it: name and value as latin1 strings. RFC 2231 continuations are joined
 * under one name; a value in RFC 2231's extended form keeps that form (`charset'language'percent-encoded`) and a name
 * that ends in `*`, so that clients decode it.
 */
export type Parameter = [name: string, value: string];

/** The value of Content-Type or Content-Disposition, taken apart. */
export interface ParameterizedValue {
  /** What stands before the first `;`, without comments and space: `text/plain`, `attachment`. */
  value: string;
  params: Parameter[];
}

/** Parameters beyond this are dropped. */
const MAX_PARAMS = 100;

/** Parses `value; name=value; ...` (RFC 2045 5.1, RFC 2183, RFC 2231), leniently: unquoted values may hold spaces and specials. Linear; never throws. */
export function parseParameterized(text: string): ParameterizedValue {
  const scanner = new Scanner(text);
  scanner.skip();
  let value = '';
  while (!scanner.done && scanner.peek() !== ';') {
    value += scanner.until(';(', true);
    scanner.skip();
  }
  const params: Parameter[] = [];
  while (!scanner.done && params.length < MAX_PARAMS) {
    // The cursor stands on a `;`, here and whenever a parameter was read.
    scanner.at++;
    scanner.skip();
    const name = scanner.until('=;(', true);
    scanner.skip();
    if (scanner.peek() === '=') {
      scanner.at++;
      scanner.skip();
      const read = parameterValue(scanner);
      if (name !== '') params.push([name, read]);
    }
    scanner.until(';', false);
  }
  return { value, params: joinContinuations(params) };
}

function parameterValue(scanner: Scanner): string {
  if (scanner.peek() === '"') return scanner.quoted();
  let value = '';
  for (;;) {
    value += scanner.until(';', true);
    const from = scanner.at;
    // A parenthesis opens a comment only after space: "file(1).pdf" is how names are written.
    if (!scanner.skip() || scanner.done || scanner.peek() === ';') return value;
    if (scanner.text.slice(from, scanner.at).includes('(')) return value;
    value += ' ';
  }
}

/** RFC 2231 3 and 4: `name*0`, `name*1*` ... become one parameter where the first piece stood. Pieces after a gap in the numbers are dropped. */
function joinContinuations(params: Parameter[]): Parameter[] {
  if (!params.some(([name]) => name.includes('*'))) return params;
  const pieces = new Map<string, Parameter>();
  for (const param of params) {
    const key = param[0].toLowerCase().replace(/\*$/, '');
    if (!pieces.has(key)) pieces.set(key, param);
  }
  const out: Parameter[] = [];
  for (const param of params) {
    const match = /^(.+)\*(\d{1,4})\*?$/.exec(param[0]);
    const base = match?.[1]?.toLowerCase();
    if (match === null || !pieces.has(`${base}*0`)) out.push(param);
    else if (pieces.get(`${base}*0`) === param) out.push(joinPieces(match[1]!, pieces));
  }
  return out;
}

function joinPieces(base: string, pieces: Map<string, Parameter>): Parameter {
  const list: Parameter[] = [];
  for (let n = 0; ; n++) {
    const piece = pieces.get(`${base.toLowerCase()}*${n}`);
    if (piece === undefined) break;
    list.push(piece);
  }
  const extended = list.map(([name]) => name.endsWith('*'));
  if (!extended.includes(true)) return [base, list.map(([, value]) => value).join('')];
  // A plain piece among extended ones is literal text: its specials are encoded so that the joined value means the same.
  const joined = list.map(([, value], i) => (extended[i] ? value : percentEncode(value))).join('');
  return [`${base}*`, extended[0] ? joined : `''${joined}`];
}

function percentEncode(value: string): string {
  return value.replace(
    /[^A-Za-z0-9!#$&+\-.^_`{|}~]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

/** A parameter's raw value by name (any case), the first of that name; undefined where it is missing. Extended values are not found under the bare name. */
export function rawParameter(params: readonly Parameter[], name: string): string | undefined {
  const wanted = name.toLowerCase();
  return params.find(([key]) => key.toLowerCase() === wanted)?.[1];
}

/** A parameter's value as text, by name (any case): RFC 2231's extended form first, else the plain one with RFC 2047 words decoded, which senders use against the standard. */
export function parameterText(params: readonly Parameter[], name: string): string | undefined {
  const extended = rawParameter(params, `${name}*`);
  if (extended !== undefined) {
    const match = /^([^']*)'[^']*'([\s\S]*)$/.exec(extended);
    return decodeCharset(percentDecode(match?.[2] ?? extended), match?.[1] ?? '');
  }
  const plain = rawParameter(params, name);
  return plain === undefined ? undefined : decodeText(plain);
}

function percentDecode(value: string): Uint8Array {
  return Buffer.from(
    value.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
}
