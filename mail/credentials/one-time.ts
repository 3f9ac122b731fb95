import { createHmac } from 'node:crypto';
import { base32 } from './base32.ts';
import { same } from './secrets.ts';

/** RFC 6238: time steps of 30 seconds, six digits, HMAC-SHA-1: what every authenticator program does. */
const STEP_MS = 30_000;
const DIGITS = 6;
/** Steps before and after that are taken too: clocks differ (RFC 6238 section 5.2). */
const WINDOW = 1;

/** The code of a counter (RFC 4226 section 5.3); `digits` is 8 in the examples of RFC 6238. */
export function oneTimeCode(secret: Uint8Array, counter: number, digits = DIGITS): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(counter));
  const mac = createHmac('sha1', secret).update(bytes).digest();
  const number = mac.readUInt32BE(mac[19]! & 15) & 0x7fffffff;
  return String(number % 10 ** digits).padStart(digits, '0');
}

/** The step of which this is the code, among those that count now and lie behind `last`; undefined where there is none. */
export function stepOf(secret: Uint8Array, code: string, now: number, last: number): number | undefined {
  const current = Math.floor(now / STEP_MS);
  let found: number | undefined;
  for (let step = current - WINDOW; step <= current + WINDOW; step++) {
    if (step >= 0 && same(oneTimeCode(secret, step), code) && step > last) found ??= step;
  }
  return found;
}

/** What a QR code says to an authenticator program. */
export function otpauthUri(issuer: string, name: string, secret: Uint8Array): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(name)}`;
  return `otpauth://totp/${label}?secret=${base32(secret)}&issuer=${encodeURIComponent(issuer)}&algorithm=SHA1&digits=${DIGITS}&period=${STEP_MS / 1000}`;
}
