import { decodeCharset, decodeUnlabelled } from './charset.ts';
import { BASE64, QUOTED_PRINTABLE } from './summary.ts';
import { decodeTransfer } from './transfer.ts';

/** One field of a header block: where its bytes lie in the block, line end included, and its name in lower case ('' for a line that is no field). */
export interface HeaderField {
  name: string;
  start: number;
  end: number;
  /** What follows the colon, unfolded (RFC 5322 2.2.3), without outer white space; a latin1 string. */
  value: string;
}

/** Takes folding out: a line end before white space goes, the white space stays (RFC 5322 2.2.3). */
export function unfold(value: string): string {
  return value.includes('\n') ? value.replace(/\r?\n(?=[ \t])/g, '') : value;
}

/** The field's name in lower case, or '' where the line has none: printable characters before a colon, white space before the colon allowed (RFC 5322 4.5.8). */
export function fieldName(line: string): string {
  const colon = line.indexOf(':');
  if (colon <= 0 || colon > 1000) return '';
  const name = line.slice(0, colon);
  const trimmed = name.trimEnd();
  return /^[\x21-\x7e]+$/.test(trimmed) ? trimmed.toLowerCase() : '';
}

/**
 * Walks a header block (with or without its final empty line), field by field, in order, in linear time. Lines end in
 * CRLF or LF. Stops at the first empty line.
 */
export function* headerFields(block: Uint8Array): Generator<HeaderField> {
  const bytes = Buffer.from(block.buffer, block.byteOffset, block.byteLength);
  let start = 0;
  while (start < bytes.length) {
    let end = lineEnd(bytes, start);
    if (isEmptyLine(bytes, start, end)) return;
    while (end < bytes.length && (bytes[end] === 0x20 || bytes[end] === 0x09)) end = lineEnd(bytes, end);
    const text = bytes.toString('latin1', start, end);
    const name = fieldName(text);
    yield { name, start, end, value: name === '' ? '' : unfold(text.slice(text.indexOf(':') + 1)).trim() };
    start = end;
  }
}

function lineEnd(bytes: Buffer, from: number): number {
  const lf = bytes.indexOf(0x0a, from);
  return lf < 0 ? bytes.length : lf + 1;
}

function isEmptyLine(bytes: Buffer, start: number, end: number): boolean {
  return bytes[start] === 0x0a || (bytes[start] === 0x0d && bytes[start + 1] === 0x0a && end === start + 2);
}

/** The values of every field of that name (any case), in order. */
export function headerValues(block: Uint8Array, name: string): string[] {
  const wanted = name.toLowerCase();
  const values: string[] = [];
  for (const field of headerFields(block)) if (field.name === wanted) values.push(field.value);
  return values;
}

// Lenient in what stands inside the text: many senders leave spaces unencoded.
const ENCODED_WORD = /=\?([^?\s]{1,80})\?([bBqQ])\?([^?]*)\?=/g;

/**
 * Decodes a header value for people: encoded words (RFC 2047, with RFC 2231's language tag), and raw 8-bit text as
 * UTF-8 (RFC 6532) or else windows-1252. White space between two encoded words disappears (RFC 2047 6.2), and their
 * bytes are joined before charset decoding where the charset is the same, because senders split characters between
 * words. Takes and may hold any latin1 string; linear; never throws.
 */
export function decodeText(value: string): string {
  if (!value.includes('=?')) return decodeRaw(value);
  let out = '';
  let last = 0;
  let pendingCharset = '';
  let pending: Uint8Array[] = [];
  const flush = () => {
    if (pending.length > 0)
      out += decodeCharset(pending.length === 1 ? pending[0]! : Buffer.concat(pending), pendingCharset);
    pending = [];
  };
  for (const match of value.matchAll(ENCODED_WORD)) {
    const between = value.slice(last, match.index);
    const joined = pending.length > 0 && /^\s*$/.test(between);
    if (!joined) {
      flush();
      out += decodeRaw(between);
    }
    const charset = match[1]!.replace(/\*.*$/, '').toLowerCase();
    if (charset !== pendingCharset) flush();
    pendingCharset = charset;
    pending.push(wordBytes(match[2]!, match[3]!));
    last = match.index + match[0].length;
  }
  flush();
  return out + decodeRaw(value.slice(last));
}

function wordBytes(encoding: string, text: string): Uint8Array {
  if (encoding === 'b' || encoding === 'B') return decodeTransfer(Buffer.from(text, 'latin1'), BASE64);
  // RFC 2047 4.2: "_" is a space; the rest is quoted-printable. A space here may end the text and must stay, so it goes in encoded.
  return decodeTransfer(Buffer.from(text.replace(/[_ ]/g, '=20'), 'latin1'), QUOTED_PRINTABLE);
}

function decodeRaw(value: string): string {
  return /[\x80-\xff]/.test(value) ? decodeUnlabelled(Buffer.from(value, 'latin1')) : value;
}
