import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function stringToBytes(text: string): Uint8Array {
  return encoder.encode(text);
}

export function bytesToString(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** The most that a compressed piece of a log or snapshot may unpack to: what we write stays far below. */
const UNPACKED_LIMIT = 256 * 1024 * 1024;

export function pack(bytes: Uint8Array): Uint8Array {
  return zstdCompressSync(bytes);
}

export function unpack(bytes: Uint8Array): Uint8Array {
  return zstdDecompressSync(bytes, { maxOutputLength: UNPACKED_LIMIT });
}
