import { createECDH, createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { type Clock, madeOnce, type Random, type Records } from '../../ports/index.ts';

/** Who we are to services of Web Push (RFC 8292, RFC 9749): many take no pushes from nobody. */
export interface Vapid {
  /** The public key, for clients: with it they ask their service for subscriptions that only we can use. */
  applicationServerKey(): Promise<string>;
  /** The header of a push to that URL. */
  authorization(url: string): Promise<string>;
}

/** RFC 8292 section 2: 24 hours at most. A token is used for half of its time. */
const LASTS_MS = 86_400_000 / 2;
/** Tokens kept, one for each service. */
const KEPT = 1_000;

interface Key {
  readonly publicKey: string;
  readonly signing: KeyObject;
}

/** `contact`: a URL under which the services' people find ours. */
export function createVapid({
  records,
  random,
  clock,
  contact,
}: {
  readonly records: Records;
  readonly random: Random;
  readonly clock: Clock;
  readonly contact: string;
}): Vapid {
  const secret = madeOnce(records, random, { pk: 'keys', sk: 'vapid' });
  const tokens = new Map<string, { readonly token: string; readonly until: number }>();
  let known: Key | undefined;

  async function key(): Promise<Key> {
    known ??= keyOf(await secret());
    return known;
  }

  return {
    applicationServerKey: async () => (await key()).publicKey,

    async authorization(url) {
      const { publicKey, signing } = await key();
      const { origin } = new URL(url);
      const now = clock.now();
      let kept = tokens.get(origin);
      if (kept === undefined || kept.until <= now) {
        const exp = Math.floor((now + 2 * LASTS_MS) / 1000) - 60;
        kept = { token: tokenOf({ aud: origin, exp, sub: contact }, signing), until: now + LASTS_MS };
        if (tokens.size >= KEPT) tokens.delete(tokens.keys().next().value!);
        tokens.set(origin, kept);
      }
      // RFC 8292 section 3.
      return `vapid t=${kept.token}, k=${publicKey}`;
    },
  };
}

function keyOf(secret: Uint8Array): Key {
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(Buffer.from(secret));
  const point = ecdh.getPublicKey();
  const part = (from: number) => point.subarray(from, from + 32).toString('base64url');
  const jwk = { kty: 'EC', crv: 'P-256', x: part(1), y: part(33), d: Buffer.from(secret).toString('base64url') };
  return { publicKey: point.toString('base64url'), signing: createPrivateKey({ key: jwk, format: 'jwk' }) };
}

/** A JWT (RFC 7519), signed with ES256. */
function tokenOf(claims: Readonly<Record<string, unknown>>, key: KeyObject): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ typ: 'JWT', alg: 'ES256' })}.${part(claims)}`;
  const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}
