/**
 * How a small blob lies in a pack: a header of 40 bytes, then the bytes; the next blob follows at once.
 *
 *   0  'PBLB'            16  written, ms since 1970, float 64
 *   4  version, 1        24  token, 8 characters, also in the name
 *   5  kind              32  CRC-32 of the bytes
 *   6  0, 2 bytes        36  CRC-32 of the header up to here
 *   8  length, 12 owners (all numbers little-endian)
 *
 * A name tells where its blob was written first:
 *   raw/p-PACK-OFFSET-LENGTH-OWNERS-TOKEN (numbers in base 36), or raw/f-TOKEN-OWNERS for one in a file of its own.
 */
import { Buffer } from 'node:buffer';
import { crc32 } from 'node:zlib';
import type { BlobKind } from '../../mail/ports/index.ts';

export const HEADER_BYTES = 40;
export const TOKEN_CHARS = 8;
/** Every kind, its place being its number in the header: append only. */
export const KINDS: readonly BlobKind[] = ['raw', 'log', 'upload', 'index'];

const MAGIC = Buffer.from('PBLB');
const VERSION = 1;

export interface RecordHeader {
  readonly kind: BlobKind;
  readonly length: number;
  readonly owners: number;
  readonly written: number;
  readonly token: string;
  readonly crc: number;
}

export function encodeHeader(header: RecordHeader): Uint8Array {
  const bytes = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(bytes);
  bytes.writeUInt8(VERSION, 4);
  bytes.writeUInt8(KINDS.indexOf(header.kind), 5);
  bytes.writeUInt32LE(header.length, 8);
  bytes.writeUInt32LE(header.owners, 12);
  bytes.writeDoubleLE(header.written, 16);
  bytes.write(header.token, 24, 'latin1');
  bytes.writeUInt32LE(header.crc, 32);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 36)), 36);
  return bytes;
}

/** Undefined when the bytes are not a whole header as we write it: a torn tail. */
export function decodeHeader(source: Uint8Array): RecordHeader | undefined {
  if (source.length < HEADER_BYTES) return undefined;
  const bytes = Buffer.from(source.buffer, source.byteOffset, HEADER_BYTES);
  const kind = KINDS[bytes.readUInt8(5)];
  if (!bytes.subarray(0, 4).equals(MAGIC) || bytes.readUInt8(4) !== VERSION || kind === undefined) return undefined;
  if (crc32(bytes.subarray(0, 36)) !== bytes.readUInt32LE(36)) return undefined;
  return {
    kind,
    length: bytes.readUInt32LE(8),
    owners: bytes.readUInt32LE(12),
    written: bytes.readDoubleLE(16),
    token: bytes.toString('latin1', 24, 24 + TOKEN_CHARS),
    crc: bytes.readUInt32LE(32),
  };
}

export interface PackName {
  readonly where: 'pack';
  readonly kind: BlobKind;
  readonly pack: string;
  readonly offset: number;
  readonly length: number;
  readonly owners: number;
  readonly token: string;
}

export interface FileName {
  readonly where: 'file';
  readonly kind: BlobKind;
  readonly owners: number;
  readonly token: string;
}

export function formatName(name: PackName | FileName): string {
  if (name.where === 'file') return `${name.kind}/f-${name.token}-${name.owners.toString(36)}`;
  const numbers = [name.offset, name.length, name.owners].map((number) => number.toString(36)).join('-');
  return `${name.kind}/p-${name.pack}-${numbers}-${name.token}`;
}

const PACK_NAME = /^(raw|log|upload|index)\/p-([a-z0-9]+)-([a-z0-9]+)-([a-z0-9]+)-([a-z0-9]+)-([a-z2-7]{8})$/;
const FILE_NAME = /^(raw|log|upload|index)\/f-([a-z2-7]{20})-([a-z0-9]+)$/;

/** Undefined for what we never gave out. */
export function parseName(name: string): PackName | FileName | undefined {
  const pack = PACK_NAME.exec(name);
  if (pack !== null) {
    const [, kind, id, offset, length, owners, token] = pack;
    return {
      where: 'pack',
      kind: kind as BlobKind,
      pack: id!,
      offset: Number.parseInt(offset!, 36),
      length: Number.parseInt(length!, 36),
      owners: Number.parseInt(owners!, 36),
      token: token!,
    };
  }
  const file = FILE_NAME.exec(name);
  if (file === null) return undefined;
  const [, kind, token, owners] = file;
  return { where: 'file', kind: kind as BlobKind, token: token!, owners: Number.parseInt(owners!, 36) };
}
