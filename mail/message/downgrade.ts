import { parseAddressList, type WireAddress } from './addresses.ts';
import { decodeText, headerFields } from './headers.ts';
import { parseParameterized } from './parameters.ts';
import type { PartRow } from './summary.ts';

/**
 * Internationalised messages (RFC 6532) for clients that know ASCII headers only: in every header block, of the message, of its parts
 * and of messages within, fields with UTF-8 become what RFC 6858 section 2 makes of them. Bodies stay as they are. Fields whose 8-bit
 * bytes are no UTF-8 are no internationalised mail, and stay too.
 */
export class Downgrader {
  readonly #headers: readonly (readonly [start: number, end: number])[];
  #next = 0;
  #at = 0;
  #held: Uint8Array[] = [];

  /** `parts`: as the summary has them. */
  constructor(parts: readonly PartRow[]) {
    this.#headers = parts
      .map(([, start, end]) => [start, end] as const)
      .filter(([start, end]) => end > start && end - start <= MAX_HEADER);
  }

  /** The next bytes of the message. Gives those that are ready; a header is ready when it is whole. */
  push(chunk: Uint8Array): Buffer {
    const out: Uint8Array[] = [];
    let from = 0;
    while (from < chunk.length) {
      const [start, end] = this.#headers[this.#next] ?? [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
      const within = this.#at >= start;
      const taken = Math.min(chunk.length - from, (within ? end : start) - this.#at);
      const piece = chunk.subarray(from, from + taken);
      (within ? this.#held : out).push(piece);
      from += taken;
      this.#at += taken;
      if (this.#at < end) continue;
      out.push(downgradeHeader(Buffer.concat(this.#held)));
      this.#held = [];
      this.#next++;
    }
    return out.length === 1 ? viewOf(out[0]!) : Buffer.concat(out);
  }
}

/** As `Downgrader`, of a whole message. Gives the same bytes back where nothing has to be changed. */
export function downgrade(message: Uint8Array, parts: readonly PartRow[]): Uint8Array {
  const plain = parts.every(([, start, end]) => !hasEightBit(message.subarray(start, end)));
  return plain ? message : new Downgrader(parts).push(message);
}

/** Longer header blocks, which no mail by SMTP has, are left as they are. */
const MAX_HEADER = 1024 * 1024;

/** RFC 6858 section 2.1: an address that cannot be, of the domain that RFC 2606 keeps for that. */
const INVALID = '<invalid@internationalized-address.invalid>';
const ADDRESS_FIELDS =
  /^(?:from|sender|reply-to|to|cc|bcc|resent-(?:from|sender|reply-to|to|cc|bcc)|disposition-notification-to)$/;
const TEXT_FIELDS = /^(?:subject|comments|content-description|thread-topic)$/;
const PARAMETER_FIELDS = /^content-(?:type|disposition)$/;
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** A header block, with or without its empty line, without UTF-8. Gives the same block back where there is none in it. */
export function downgradeHeader(block: Uint8Array): Uint8Array {
  if (!hasEightBit(block)) return block;
  const out: Uint8Array[] = [];
  let at = 0;
  for (const { name, start, end, value } of headerFields(block)) {
    const bytes = block.subarray(start, end);
    at = end;
    if (!hasEightBit(bytes) || !isUtf8(bytes)) out.push(bytes);
    else out.push(Buffer.from(downgradeField(name, value, Buffer.from(bytes).toString('latin1')), 'latin1'));
  }
  return Buffer.concat([...out, block.subarray(at)]);
}

/** RFC 6858 section 2.4: what cannot be said in ASCII is left out. */
function downgradeField(name: string, value: string, field: string): string {
  const written = field.slice(0, field.indexOf(':'));
  let ascii: string | undefined;
  if (TEXT_FIELDS.test(name)) ascii = encodedWords(decodeText(value));
  // RFC 5322 section 3.6.7: no display name stands there.
  else if (name === 'return-path') ascii = INVALID;
  else if (ADDRESS_FIELDS.test(name)) ascii = addresses(parseAddressList(value));
  else if (PARAMETER_FIELDS.test(name)) ascii = parameters(value);
  return ascii === undefined || ascii === '' ? '' : `${written}: ${ascii}\r\n`;
}

/** RFC 2047: base64 of UTF-8, words of at most 75 characters, none of which cuts a character in two. */
function encodedWords(text: string): string {
  const words: string[] = [];
  let word = '';
  for (const character of text) {
    if (Buffer.byteLength(word) + Buffer.byteLength(character) > 45) {
      words.push(word);
      word = '';
    }
    word += character;
  }
  if (word !== '') words.push(word);
  return words.map((each) => `=?UTF-8?B?${Buffer.from(each, 'utf8').toString('base64')}?=`).join('\r\n ');
}

/** One address a line. The display name tells what an address was that cannot be shown. */
function addresses(list: readonly WireAddress[]): string {
  let text = '';
  let first = true;
  for (const { name, mailbox, host } of list) {
    if (host === null) {
      if (mailbox === null) text += ';';
      else text += `${first ? '' : ',\r\n '}${phrase(mailbox)}:`;
      first = mailbox !== null;
      continue;
    }
    text += `${first ? (text === '' ? '' : ' ') : ',\r\n '}${address(name ?? '', mailbox ?? '', host)}`;
    first = false;
  }
  return text;
}

function address(name: string, mailbox: string, host: string): string {
  const spec = host === '' ? mailbox : `${mailbox}@${host}`;
  if (isEightBit(spec)) return `${encodedWords(decodeText(name === '' ? spec : `${name} <${spec}>`))} ${INVALID}`;
  const local = /^[\w!#$%&'*+/=?^`{|}~.-]+$/.test(mailbox) ? mailbox : quoted(mailbox);
  const angle = host === '' ? `<${local}>` : `<${local}@${host}>`;
  return name === '' ? angle : `${phrase(name)} ${angle}`;
}

function phrase(name: string): string {
  return isEightBit(name) || name.includes('=?') ? encodedWords(decodeText(name)) : quoted(name);
}

/** Not as RFC 6858 section 2.2, which takes them away, but as RFC 6857 does: files keep their names (RFC 2231 section 4). */
function parameters(value: string): string | undefined {
  const parsed = parseParameterized(value);
  if (isEightBit(parsed.value)) return undefined;
  const ascii = parsed.params
    .filter(([name]) => !isEightBit(name))
    .map(([name, text]) => {
      if (!isEightBit(text)) return `${name}=${name.endsWith('*') ? text : quoted(text)}`;
      const plain = name.replace(/\*.*$/, '');
      return `${plain}*=UTF-8''${[...Buffer.from(text, 'latin1')].map(percent).join('')}`;
    });
  return [parsed.value, ...ascii].join(';\r\n ');
}

function percent(byte: number): string {
  const character = String.fromCharCode(byte);
  return /[A-Za-z0-9._-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

function isEightBit(text: string): boolean {
  return /[\x80-\xff]/.test(text);
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function hasEightBit(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte >= 0x80) return true;
  return false;
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    UTF8.decode(bytes);
    return true;
  } catch {
    return false;
  }
}
