import type { Blobs } from '../ports/index.ts';
import { bytesToString, pack, stringToBytes, unpack } from './bytes.ts';
import { type Entry, OPERATIONS, type Operation } from './operations.ts';
import type { StoredAt } from './table.ts';

/**
 * Entries as bytes. First byte: the format, 1. Second: how the rest is kept: 0 JSON, 1 JSON packed (zstd), 2 JSON that names
 * a blob with the packed operations. A format or operation that is not known stops the account in this process: it is
 * never skipped, for the next release may have given it a meaning (design: rule 4).
 */
const FORMAT = 1;
const PLAIN = 0;
const PACKED = 1;
const IN_BLOB = 2;

/** Bytes of an entry beyond which its operations go to a blob (design: rule 12). */
export const INLINE_LIMIT = 8 * 1024;
/** JSON shorter than this is not worth packing. */
const PACK_FROM = 512;

/** Written by a later release. The account stops in this process until it is upgraded. */
export class UnknownFormat extends Error {
  override readonly name = 'UnknownFormat';
}

/** The bytes of an entry; writes its operations to a blob where they are long. */
export async function encodeEntry(blobs: Blobs, entry: Omit<Entry, 'seq' | 'size'>): Promise<Uint8Array> {
  const former = (entry.former ?? []).length === 0 ? {} : { x: entry.former };
  const json = stringToBytes(JSON.stringify({ n: entry.nonce, t: entry.time, o: entry.operations, ...former }));
  if (json.length < PACK_FROM) return framed(PLAIN, json);
  const packed = pack(json);
  if (packed.length <= INLINE_LIMIT) return framed(PACKED, packed);
  const { name } = await blobs.put('log', packed, { owners: 1 });
  return framed(IN_BLOB, stringToBytes(JSON.stringify({ b: name })));
}

export async function decodeEntry(blobs: Blobs, seq: number, body: Uint8Array): Promise<Entry> {
  if (body[0] !== FORMAT || body[1]! > IN_BLOB) {
    throw new UnknownFormat(`entry ${seq} is of format ${body[0]}.${body[1]}: upgrade Postern`);
  }
  const rest = body.subarray(2);
  const blob = payloadBlob(body);
  const json = blob !== undefined ? unpack(await blobs.get(blob)) : body[1] === PACKED ? unpack(rest) : rest;
  const { n, t, o, x } = JSON.parse(bytesToString(json)) as { n: string; t: number; o: Operation[]; x?: string[] };
  for (const { op } of o) {
    if (!OPERATIONS.has(op)) throw new UnknownFormat(`entry ${seq} holds the operation "${op}": upgrade Postern`);
  }
  return { seq, nonce: n, time: t, operations: o, size: body.length, ...(x === undefined ? {} : { former: x }) };
}

/** The blob that holds an entry's operations, where they are not in the entry itself. */
export function payloadBlob(body: Uint8Array): string | undefined {
  if (body[1] !== IN_BLOB) return undefined;
  return (JSON.parse(bytesToString(body.subarray(2))) as { b: string }).b;
}

function framed(kind: number, bytes: Uint8Array): Uint8Array {
  const body = new Uint8Array(bytes.length + 2);
  body[0] = FORMAT;
  body[1] = kind;
  body.set(bytes, 2);
  return body;
}

/** What the head item says: which snapshot is in use, and where the log begins. */
export interface Head {
  /** Seq of the snapshot in use. */
  readonly seq: number;
  /** Entries at or below it may be gone; always the seq of a kept snapshot (design: rule 1). */
  readonly floor: number;
  /** The manifest itself where it is short. */
  readonly manifest?: unknown;
  /** The manifest, packed, in the snapshot's blob. */
  readonly at: StoredAt;
  /** What follows the manifest there: see `snapshot.ts`. */
  readonly core: StoredAt;
  /** The account is being erased, or was: nobody opens it, and its id is never used again (design: rule 15). */
  readonly erased?: true;
  /** Version of the head item. */
  readonly rev: number;
}

export function encodeHead(head: Omit<Head, 'rev'>): Uint8Array {
  const whole = framed(PACKED, pack(stringToBytes(JSON.stringify(head))));
  if (whole.length <= INLINE_LIMIT) return whole;
  const { manifest: _, ...rest } = head;
  return framed(PACKED, pack(stringToBytes(JSON.stringify(rest))));
}

export function decodeHead(body: Uint8Array, rev: number): Head {
  if (body[0] !== FORMAT) throw new UnknownFormat(`the snapshot is of format ${body[0]}: upgrade Postern`);
  return { ...(JSON.parse(bytesToString(unpack(body.subarray(2)))) as Omit<Head, 'rev'>), rev };
}
