import { createHmac, timingSafeEqual } from 'node:crypto';

/** Below it, the program serves images that it fetches. */
export const PREFIX = '/images/v1';

/** Characters of an image's URL; more are no image of a letter. */
export const MAX_URL = 8_000;

/** Addresses hold for one to two days, and are the same for a day: browsers keep what they have. */
const DAY = 86_400_000;

/** What a signed address asks for. */
export interface ImageAddress {
  readonly account: string;
  readonly url: string;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

/** The path under which the program serves an image to whoever has it: `account` pays for it (rate), and nobody else's session is needed. */
export function imagePath(key: Uint8Array, account: string, url: string, now: number): string {
  const expires = (Math.floor(now / DAY) + 2) * DAY;
  const source = Buffer.from(url).toString('base64url');
  return `${PREFIX}/${account}/${expires.toString(36)}/${signatureOf(key, { account, url, expires })}/${source}`;
}

/** Reads such a path. Undefined where we have not signed it; whether it has expired is another matter. */
export function readImagePath(key: Uint8Array, path: string): ImageAddress | undefined {
  const match = /^\/([A-Za-z0-9_-]{1,255})\/([0-9a-z]{1,11})\/([A-Za-z0-9_-]{22})\/([A-Za-z0-9_-]+)$/.exec(
    path.slice(PREFIX.length),
  );
  if (match === null || !path.startsWith(PREFIX)) return undefined;
  const [, account, time, signature, source] = match as unknown as [string, string, string, string, string];
  const url = Buffer.from(source, 'base64url').toString();
  // Each address has one spelling.
  if (Buffer.from(url).toString('base64url') !== source) return undefined;
  const address = { account, expires: Number.parseInt(time, 36), url };
  const expected = Buffer.from(signatureOf(key, address));
  return timingSafeEqual(Buffer.from(signature), expected) ? address : undefined;
}

/** 128 bits. */
function signatureOf(key: Uint8Array, { account, url, expires }: ImageAddress): string {
  const mac = createHmac('sha256', key).update(`image 1\n${account}\n${expires}\n${url}`).digest();
  return mac.subarray(0, 16).toString('base64url').slice(0, 22);
}
