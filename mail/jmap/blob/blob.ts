import { type Account, emailId, emailNumber } from '../../account/types.ts';
import { fileIn } from '../../contacts/media.ts';
import { indexMessage } from '../../message/indexer.ts';
import { summarize } from '../../message/summarize.ts';
import { BASE64, MULTIPART, type PartRow } from '../../message/summary.ts';
import { decodeTransfer } from '../../message/transfer.ts';
import { TransferDecoder } from '../../message/transfer-stream.ts';
import { type ByteRange, NotFound } from '../../ports/index.ts';
import { Refused } from '../../refused.ts';
import { storedScripts } from '../../sieve/stored.ts';
import { visiblePlacements } from '../email/facts.ts';
import type { Call } from '../method.ts';
import { LIMITS } from '../request.ts';
import { countDecoded, type EncodedRange, isPlain, sizeFromTail, TAIL } from './part-size.ts';
import { findUpload } from './uploads.ts';

/**
 * A blob as JMAP names it (RFC 8620 section 6): `m<number>` is an email, `p<number>-<row>` the decoded body of one of its parts (a row of
 * `summary.parts`), `u<name>` an upload, `s<digest>` a Sieve script, and `<blob>_<row>` the same of a blob that is itself a message. Numbers are in base 36. No
 * name of the blob store is ever shown, and none is taken.
 */
export interface Blob {
  /** Bytes. */
  readonly size: number;
  /** Whether `size` was counted: else it is that of a body written as such bodies are, and may be wrong of one that only seems so. */
  readonly isExact: boolean;
  /** What the uploader said it is. */
  readonly type?: string;
  /** Half-open; by default all. Read as fast as it is consumed. */
  stream(range?: ByteRange): AsyncIterable<Uint8Array>;
  /** All of it. Throws `Refused('limit')` where it is more than `limit` bytes. */
  bytes(limit: number): Promise<Uint8Array>;
}

/** Encoded bodies up to this are read and decoded whole. */
const SMALL = 256 * 1024;
/** Messages within messages that a name may lead through. */
const MAX_STEPS = 8;

export function emailBlobId(number: number): string {
  return `m${emailId(number).slice(1)}`;
}

/** The blob of a part of what `blobId` names: of an email, or of a blob that is a message. */
export function partBlobId(blobId: string, row: number): string {
  return blobId.startsWith('m') && !blobId.includes('_')
    ? `p${blobId.slice(1)}-${row.toString(36)}`
    : `${blobId}_${row.toString(36)}`;
}

/** Undefined where the account has no such blob, or none any more. Throws `Unavailable`. */
export async function blobOf(call: Call, account: Account, blobId: string): Promise<Blob | undefined> {
  const [first, ...rows] = blobId.split('_') as [string, ...string[]];
  if (rows.length > MAX_STEPS) return undefined;
  try {
    let blob = await rootBlob(call, account, first);
    for (const row of rows) {
      if (blob === undefined) return undefined;
      blob = await partOf(blob, row);
    }
    return blob;
  } catch (error) {
    // It went between the look and the read.
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}

async function rootBlob(call: Call, account: Account, id: string): Promise<Blob | undefined> {
  const { blobs } = call.deps;
  const upload = /^u([a-z2-7]{20})$/.exec(id)?.[1];
  if (upload !== undefined) {
    const found = await findUpload(call.deps, call.uploads(account.id), upload);
    if (found === undefined) return undefined;
    const type = found.type === undefined ? {} : { type: found.type };
    return { ...type, ...stored(blobs, found.blob, { start: 0, end: found.size }) };
  }
  const script = /^s([a-z2-7]{26})$/.exec(id)?.[1];
  if (script !== undefined) {
    const found = [...storedScripts(account.state).values()].find(({ digest }) => digest === script);
    return found && { type: 'application/sieve; charset=utf-8', ...inMemory(Buffer.from(found.content)) };
  }
  if (/^c[a-z2-7]{20}$/.test(id)) {
    const contacts = await call.part(account.id, 'contacts');
    const file = contacts && fileIn(contacts.state, id);
    if (file === undefined) return undefined;
    const type = file.type === undefined ? {} : { type: file.type };
    return { ...type, ...stored(blobs, file.blob, { start: 0, end: file.size }) };
  }
  const [, kind, number, row] = /^([mp])([0-9a-z]{1,11})(?:-([0-9a-z]{1,6}))?$/.exec(id) ?? [];
  if (number === undefined || (kind === 'p') !== (row !== undefined)) return undefined;
  const email = emailNumber(`e${number}`)!;
  if (visiblePlacements(account.state, email).length === 0) return undefined;
  const found = (await account.emails([email])).get(email);
  if (found === undefined) return undefined;
  if (row === undefined) return stored(blobs, found.blob, { start: 0, end: found.size });
  const range = encodedRange(found.summary.parts[Number.parseInt(row, 36)]);
  return range === undefined ? undefined : decoded(blobs, found.blob, range);
}

type Store = Call['deps']['blobs'];

function encodedRange(row: PartRow | undefined): EncodedRange | undefined {
  if (row === undefined || row[0] === MULTIPART) return undefined;
  return { start: row[2], end: row[3], encoding: row[4] };
}

/** A part of a blob that is a message: the message is read whole. */
async function partOf(message: Blob, row: string): Promise<Blob | undefined> {
  if (message.size > LIMITS.maxSizeUpload || !/^[0-9a-z]{1,6}$/.test(row)) return undefined;
  const bytes = await message.bytes(LIMITS.maxSizeUpload);
  const range = encodedRange(summarize(indexMessage(bytes)).parts[Number.parseInt(row, 36)]);
  return range && inMemory(decodeTransfer(bytes.subarray(range.start, range.end), range.encoding));
}

async function decoded(blobs: Store, name: string, range: EncodedRange): Promise<Blob> {
  const { start, end, encoding } = range;
  if (isPlain(range)) return stored(blobs, name, range);
  if (end - start <= SMALL) {
    return inMemory(start < end ? decodeTransfer(await blobs.get(name, { start, end }), encoding) : new Uint8Array());
  }
  const size = await decodedSize(blobs, name, range);
  const stream = () => decoding(blobs.stream(name, { start, end }), range);
  return {
    size,
    isExact: false,
    stream: (part) => (part === undefined ? stream() : slice(stream(), part)),
    bytes: (limit) => gathered(stream(), size, limit),
  };
}

/** The size of a long encoded body once decoded: one short read, where it is written as such bodies are. */
export async function decodedSize(blobs: Store, name: string, range: EncodedRange): Promise<number> {
  const { start, end, encoding } = range;
  if (isPlain(range)) return end - start;
  if (encoding === BASE64 && end - start > TAIL) {
    const size = sizeFromTail(end - start, await blobs.get(name, { start: end - TAIL, end }));
    if (size !== undefined) return size;
  }
  const [size] = await countDecoded([range], blobs.stream(name, { start, end }), start);
  return size!;
}

function stored(blobs: Store, name: string, { start, end }: ByteRange): Blob {
  const size = end - start;
  const within = (part: ByteRange = { start: 0, end: size }): ByteRange => ({
    start: Math.min(end, start + part.start),
    end: Math.min(end, start + part.end),
  });
  return {
    size,
    isExact: true,
    stream: (part) => {
      const range = within(part);
      return range.start < range.end ? blobs.stream(name, range) : nothing();
    },
    async bytes(limit) {
      checkSize(size, limit);
      return size === 0 ? new Uint8Array() : blobs.get(name, { start, end });
    },
  };
}

function inMemory(bytes: Uint8Array): Blob {
  return {
    size: bytes.length,
    isExact: true,
    async *stream({ start, end } = { start: 0, end: bytes.length }) {
      yield bytes.subarray(start, end);
    },
    async bytes(limit) {
      checkSize(bytes.length, limit);
      return bytes;
    },
  };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

async function* decoding(raw: AsyncIterable<Uint8Array>, { encoding }: EncodedRange): AsyncGenerator<Uint8Array> {
  const decoder = new TransferDecoder(encoding);
  for await (const chunk of raw) yield decoder.push(chunk);
  yield decoder.end();
}

async function* slice(pieces: AsyncIterable<Uint8Array>, { start, end }: ByteRange): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const piece of pieces) {
    const wanted = piece.subarray(Math.max(0, start - at), Math.max(0, end - at));
    if (wanted.length > 0) yield wanted;
    at += piece.length;
    if (at >= end) return;
  }
}

async function gathered(pieces: AsyncIterable<Uint8Array>, size: number, limit: number): Promise<Uint8Array> {
  checkSize(size, limit);
  const chunks: Uint8Array[] = [];
  for await (const piece of pieces) chunks.push(piece);
  return Buffer.concat(chunks);
}

function checkSize(size: number, limit: number): void {
  if (size > limit)
    throw new Refused('limit', `A blob of ${size} bytes is too large here: at most ${limit} are taken.`);
}
