import { createCipheriv, createECDH, hkdfSync } from 'node:crypto';
import type { Random } from '../../ports/index.ts';

/** What a client encrypts its pushes with (RFC 8620 section 7.2), both in base64url. */
export interface PushKeys {
  /** Its public key, a point of P-256, uncompressed. */
  readonly p256dh: string;
  /** 16 bytes that only it and we know. */
  readonly auth: string;
}

const CURVE = 'prime256v1';
const POINT_BYTES = 65;
const AUTH_BYTES = 16;
/** RFC 8188 section 2.1: one record is enough (RFC 8291 section 4). */
const RECORD_BYTES = 4096;

/** Whether one could encrypt with them. */
export function areKeys({ p256dh, auth }: PushKeys): boolean {
  const point = decoded(p256dh);
  if (point?.length !== POINT_BYTES || decoded(auth)?.length !== AUTH_BYTES) return false;
  try {
    const own = createECDH(CURVE);
    own.setPrivateKey(Buffer.alloc(32, 1));
    own.computeSecret(point);
    return true;
  } catch {
    return false;
  }
}

/** The body of a push, in `aes128gcm` (RFC 8291). `text`: at most 3,900 bytes in UTF-8. Throws where `areKeys` says no. */
export function encryptPush(text: string, keys: PushKeys, random: Random): Buffer {
  return encryptWith(text, keys, { privateKey: random.bytes(32), salt: random.bytes(16) });
}

/** The same with a key and a salt that are given. */
export function encryptWith(
  text: string,
  { p256dh, auth }: PushKeys,
  { privateKey, salt }: { readonly privateKey: Uint8Array; readonly salt: Uint8Array },
): Buffer {
  const theirs = Buffer.from(p256dh, 'base64url');
  const ecdh = createECDH(CURVE);
  ecdh.setPrivateKey(Buffer.from(privateKey));
  const ours = ecdh.getPublicKey();
  // RFC 8291 section 3.4.
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), theirs, ours]);
  const ikm = hkdf(ecdh.computeSecret(theirs), Buffer.from(auth, 'base64url'), info, 32);
  const key = hkdf(ikm, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16);
  const nonce = hkdf(ikm, salt, Buffer.from('Content-Encoding: nonce\0'), 12);
  const cipher = createCipheriv('aes-128-gcm', key, nonce);
  // RFC 8188 section 2: the last record ends with 2.
  const sealed = [cipher.update(text, 'utf8'), cipher.update(Buffer.from([2])), cipher.final(), cipher.getAuthTag()];
  const size = Buffer.alloc(4);
  size.writeUInt32BE(RECORD_BYTES);
  return Buffer.concat([salt, size, Buffer.from([ours.length]), ours, ...sealed]);
}

function hkdf(secret: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, info, length));
}

function decoded(text: string): Buffer | undefined {
  return /^[A-Za-z0-9_-]{1,200}={0,2}$/.test(text) ? Buffer.from(text, 'base64url') : undefined;
}
