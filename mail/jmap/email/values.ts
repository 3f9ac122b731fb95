import { decodeMarked } from '../../message/charset.ts';
import { UNKNOWN_ENCODING } from '../../message/summary.ts';
import { decodeTransfer } from '../../message/transfer.ts';
import type { Source } from './source.ts';
import type { BodyPart } from './structure.ts';

/** RFC 8621 section 4.1.4: EmailBodyValue. */
export interface BodyValue {
  readonly value: string;
  readonly isEncodingProblem: boolean;
  readonly isTruncated: boolean;
}

/** The longest value that is given, in bytes of UTF-8; the part's blob has it whole. */
export const MAX_VALUE = 4 * 1024 * 1024;
/** The longest encoding of a byte: `=3D` and soft line breaks, a UTF-32 character; and what a line may waste. */
const WIDEST = 12;
const MARGIN = 4096;

/** The text of a part, at most `limit` bytes of UTF-8 of it. */
export async function bodyValue(source: Source, part: BodyPart, limit: number): Promise<BodyValue> {
  const most = Math.min(limit, MAX_VALUE);
  const [, , start, bodyEnd, encoding] = part.place;
  const end = Math.min(bodyEnd, start + most * WIDEST + MARGIN);
  const isWhole = end === bodyEnd;
  const bytes = decodeTransfer(await source.read(start, end), encoding);
  const { text, problem } = decodeMarked(bytes, part.charset ?? '', !isWhole);
  const lines = text.replaceAll('\r\n', '\n').toWellFormed();
  const value = cut(lines, most, part.type === 'text/html');
  return {
    value,
    isEncodingProblem: problem || encoding === UNKNOWN_ENCODING,
    isTruncated: !isWhole || value.length < lines.length,
  };
}

/** At most so many bytes of UTF-8, no character of it and, in HTML, no tag in two (RFC 8621 section 4.2). */
export function cut(text: string, limit: number, isHtml: boolean): string {
  if (text.length <= limit / 3 || Buffer.byteLength(text) <= limit) return text;
  const bytes = Buffer.from(text.slice(0, limit), 'utf8');
  let end = Math.min(limit, bytes.length);
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  const short = bytes.toString('utf8', 0, end);
  return isHtml ? short.slice(0, endOutsideTags(short)) : short;
}

/** The length of the HTML without a tag or comment at its end that is not closed. */
function endOutsideTags(html: string): number {
  for (let at = html.indexOf('<'); at >= 0; at = html.indexOf('<', at)) {
    const end = tagEnd(html, at);
    if (end < 0) return at;
    at = end;
  }
  return html.length;
}

/** The position behind the tag or comment that begins at `at`, behind the `<` alone where it begins none; -1 where it is not closed. */
function tagEnd(html: string, at: number): number {
  if (html.startsWith('<!--', at)) {
    const end = html.indexOf('-->', at + 4);
    return end < 0 ? -1 : end + 3;
  }
  const next = html[at + 1];
  if (next !== undefined && !/[A-Za-z/!?]/.test(next)) return at + 1;
  let quote = '';
  for (let i = at + 1; i < html.length; i++) {
    const c = html[i]!;
    if (quote !== '') {
      if (c === quote) quote = '';
    } else if (c === '>') return i + 1;
    // A quote opens a value only behind its `=`: elsewhere it is an apostrophe in broken markup.
    else if ((c === '"' || c === "'") && html[i - 1] === '=') quote = c;
  }
  return -1;
}
