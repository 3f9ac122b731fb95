import type { StoredEmail } from '../account/types.ts';
import { decodeCharset } from '../message/charset.ts';
import { decodeText, headerFields, headerValues, unfold } from '../message/headers.ts';
import { isText, parseMedia } from '../message/media.ts';
import { parameterText } from '../message/parameters.ts';
import { type EncodingCode, IDENTITY, LEAF } from '../message/summary.ts';
import { decodeTransfer } from '../message/transfer.ts';
import type { Blobs } from '../ports/index.ts';
import type { Needle } from './needle.ts';

/** Messages up to this are read whole; of longer ones, only what is looked into, part after part. */
export const WHOLE = 1024 * 1024;
/** Header blocks are looked into as far as this. */
const HEADER_LIMIT = 256 * 1024;

/** A body that can be looked into. */
export interface Leaf {
  readonly header: Uint8Array;
  readonly body: Uint8Array;
  readonly encoding: EncodingCode;
}

/** A message's bytes as SEARCH looks into them. */
export interface Content {
  readonly header: Uint8Array;
  /** Empty where only the header was loaded. */
  readonly leaves: readonly Leaf[];
  /** The headers of the parts and of enclosed messages. */
  readonly inner: readonly Uint8Array[];
}

/** Bytes that `loadContent` holds at a time. */
export function contentWeight(email: StoredEmail, body: boolean): number {
  return body ? email.size : Math.min(email.summary.headerEnd, HEADER_LIMIT);
}

/** Reads the header, or the header and all bodies that can be looked into. */
export async function loadContent(blobs: Blobs, email: StoredEmail, body: boolean): Promise<Content> {
  const { blob, size, summary } = email;
  const whole = body && size <= WHOLE ? await blobs.get(blob) : undefined;
  const read = async (start: number, end: number) => {
    if (end <= start) return new Uint8Array();
    return whole === undefined ? blobs.get(blob, { start, end }) : whole.subarray(start, end);
  };
  const header = await read(0, Math.min(summary.headerEnd, HEADER_LIMIT));
  const leaves: Leaf[] = [];
  const inner: Uint8Array[] = [];
  if (!body) return { header, leaves, inner };
  for (const [row, [kind, headerStart, bodyStart, bodyEnd, encoding]] of summary.parts.entries()) {
    const own = row === 0 ? header : await read(headerStart, Math.min(bodyStart, headerStart + HEADER_LIMIT));
    if (row > 0) inner.push(own);
    if (kind !== LEAF) continue;
    // What is encoded and is not text holds nothing that a person could have typed.
    if (encoding === IDENTITY || isText(mediaOf(own).type)) {
      leaves.push({ header: own, body: await read(bodyStart, bodyEnd), encoding });
    }
  }
  return { header, leaves, inner };
}

export function mediaOf(header: Uint8Array): { type: string; subtype: string; charset: string } {
  const [value] = headerValues(header, 'content-type');
  const media = value === undefined ? undefined : parseMedia(value);
  if (media === undefined) return { type: 'text', subtype: 'plain', charset: '' };
  return { type: media.type, subtype: media.subtype, charset: parameterText(media.params, 'charset') ?? '' };
}

/** A body with its transfer encoding and charset undone. */
export function decodedLeaf({ header, body, encoding }: Leaf): string {
  return decodeCharset(encoding === IDENTITY ? body : decodeTransfer(body, encoding), mediaOf(header).charset);
}

/** Whether a field of that name holds the needle, decoded; an empty needle asks whether there is one (RFC 3501 section 6.4.4). */
export function fieldHolds(content: Content, name: string, needle: Needle): boolean {
  for (const field of headerFields(content.header)) {
    if (field.name === name && (needle.isEmpty || needle.in(decodeText(field.value)))) return true;
  }
  return false;
}

/** Whether a body that is text holds the needle, transfer encoding and charset undone. */
export function bodyHolds(content: Content, needle: Needle): boolean {
  return content.leaves.some((leaf) => leafHolds(leaf, needle));
}

/** Whether the message holds it anywhere, headers of parts included. */
export function textHolds(content: Content, needle: Needle): boolean {
  return (
    headerHolds(content.header, needle) ||
    content.inner.some((header) => headerHolds(header, needle)) ||
    bodyHolds(content, needle)
  );
}

function headerHolds(header: Uint8Array, needle: Needle): boolean {
  if (needle.isEmpty) return true;
  const found = needle.isAscii ? needle.inBytes(header) : undefined;
  if (found === true) return true;
  const text = Buffer.from(header.buffer, header.byteOffset, header.byteLength).toString('latin1');
  // Decoding can show what the bytes did not only where something is encoded or folded.
  if (found === false && !text.includes('=?') && !needle.text.includes(' ')) return false;
  return needle.in(decodeText(unfold(text)));
}

const ESCAPE = 0x1b;

function leafHolds({ header, body, encoding }: Leaf, needle: Needle): boolean {
  if (needle.isEmpty) return true;
  const decoded = encoding === IDENTITY ? body : decodeTransfer(body, encoding);
  // All charsets of mail contain ASCII, but for UTF-16 and those that shift with ESC.
  const plain = needle.isAscii && !decoded.includes(0) && !decoded.includes(ESCAPE);
  return (plain ? needle.inBytes(decoded) : undefined) ?? needle.in(decodeCharset(decoded, mediaOf(header).charset));
}
