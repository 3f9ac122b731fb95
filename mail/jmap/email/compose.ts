import * as mime from 'nodemailer/lib/mime-funcs';
import { encodedText, folded, wrapped } from '../../message/render.ts';
import type { Blob } from '../blob/blob.ts';
import type { NewPart } from './create-body.ts';
import type { Fields } from './create-properties.ts';

/**
 * A message as bytes (RFC 5322, RFC 2045 and 2046), piece by piece: attachments are read while it is written. `fields`: those of the
 * message, `boundary`: makes one that nothing in the message can be.
 */
export async function* compose(fields: Fields, root: NewPart, boundary: () => string): AsyncGenerator<Uint8Array> {
  const others = [...root.fields].filter(([name]) => !name.startsWith('content-')).map(([, lines]) => lines);
  yield bytesOf(`${[...fields.values(), ...others].join('')}MIME-Version: 1.0\r\n`);
  const content = [...root.fields].filter(([name]) => name.startsWith('content-'));
  yield* partBytes({ ...root, fields: new Map(content) }, boundary);
}

async function* partBytes(part: NewPart, boundary: () => string): AsyncGenerator<Uint8Array> {
  const { content, parts } = part;
  if (parts !== undefined) {
    const line = boundary();
    yield bytesOf(`${headerOf(part, { boundary: line }, undefined)}\r\n`);
    for (const child of parts) {
      yield bytesOf(`--${line}\r\n`);
      yield* partBytes(child, boundary);
      yield bytesOf('\r\n');
    }
    yield bytesOf(`--${line}--\r\n`);
    return;
  }
  if (typeof content === 'string') {
    const { encoding, text } = encodedText(content);
    yield bytesOf(`${headerOf(part, { charset: 'utf-8' }, encoding)}\r\n${text}`);
    return;
  }
  const blob = content!;
  const charset = part.charset === undefined ? {} : { charset: part.charset };
  // RFC 2046 section 5.2.1: an enclosed message is not encoded.
  const isMessage = /^message\//i.test(part.type);
  yield bytesOf(`${headerOf(part, charset, isMessage ? '8bit' : 'base64')}\r\n`);
  yield* isMessage ? blob.stream() : base64(blob);
}

/** The lines of a part's header. */
function headerOf(part: NewPart, params: Readonly<Record<string, string>>, encoding: string | undefined): string {
  const { type, name, disposition, cid, language, location, fields } = part;
  const named = name === undefined ? {} : { name };
  const lines = [folded('Content-Type', mime.buildHeaderValue({ value: type, params: { ...params, ...named } }))];
  if (disposition !== undefined) {
    const filename: Record<string, string> = name === undefined ? {} : { filename: name };
    lines.push(folded('Content-Disposition', mime.buildHeaderValue({ value: disposition, params: filename })));
  }
  if (cid !== undefined) lines.push(folded('Content-ID', `<${cid}>`));
  if (language !== undefined && language.length > 0) lines.push(folded('Content-Language', language.join(', ')));
  if (location !== undefined) lines.push(folded('Content-Location', mime.encodeWords(location, 'Q', 52)));
  if (encoding !== undefined) lines.push(`Content-Transfer-Encoding: ${encoding}\r\n`);
  return [...lines, ...fields.values()].join('');
}

/** Bytes that make whole lines of base64: 76 characters each (RFC 2045 section 6.8). */
const LINE = 57;

async function* base64(blob: Blob): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array = new Uint8Array();
  for await (const piece of blob.stream()) {
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    const whole = bytes.length - (bytes.length % LINE);
    if (whole > 0) yield bytesOf(wrapped(base64Text(bytes.subarray(0, whole))));
    rest = bytes.slice(whole);
  }
  if (rest.length > 0) yield bytesOf(wrapped(base64Text(rest)));
}

function base64Text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}
