/** An authenticator in software, with the browser around it: it makes passkeys and signs with them (WebAuthn level 3). */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

interface Held {
  readonly id: Buffer;
  readonly rpId: string;
  readonly userHandle: string;
  readonly key: KeyObject;
  counter: number;
}

export interface AuthenticatorOptions {
  /** The page that asks. */
  readonly origin?: string;
  /** Whether it asks its owner for a PIN or a finger. @default true */
  readonly verifies?: boolean;
  /** Whether it counts what it signs. @default true */
  readonly counts?: boolean;
  /** EdDSA, ES256 or RS256. @default -7, ES256 */
  readonly algorithm?: -8 | -7 | -257;
  /** The attestation that it sends unasked. */
  readonly attestation?: { readonly fmt: string; readonly attStmt: Cbor };
}

type Json = Record<string, unknown>;

export class Authenticator {
  readonly #held: Held[] = [];
  origin: string;
  verifies: boolean;
  readonly #counts: boolean;
  readonly #algorithm: -8 | -7 | -257;
  readonly #attestation: { readonly fmt: string; readonly attStmt: Cbor };

  constructor(options: AuthenticatorOptions = {}) {
    this.origin = options.origin ?? 'http://localhost:10080';
    this.verifies = options.verifies ?? true;
    this.#counts = options.counts ?? true;
    this.#algorithm = options.algorithm ?? -7;
    this.#attestation = options.attestation ?? { fmt: 'none', attStmt: new Map() };
  }

  /** `navigator.credentials.create`, as JSON. */
  create(options: { challenge: string; rp: { id?: string | undefined }; user: { id: string } }): Json {
    const { privateKey, cose } = keyPair(this.#algorithm);
    const held: Held = {
      id: randomBytes(32),
      rpId: options.rp.id!,
      userHandle: options.user.id,
      key: privateKey,
      counter: 0,
    };
    this.#held.push(held);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(held.id.length);
    const credential = Buffer.concat([Buffer.alloc(16), length, held.id, cbor(cose)]);
    const authData = Buffer.concat([this.#authData(held, 0x40), credential]);
    const { fmt, attStmt } = this.#attestation;
    const attestationObject = cbor(
      new Map<string, Cbor>([
        ['fmt', fmt],
        ['attStmt', attStmt],
        ['authData', authData],
      ]),
    );
    return this.#answer(held, {
      clientDataJSON: this.#clientData('webauthn.create', options.challenge).toString('base64url'),
      attestationObject: attestationObject.toString('base64url'),
      transports: ['internal'],
    });
  }

  /** `navigator.credentials.get`, as JSON, with the passkey that was made last. */
  get(options: {
    challenge: string;
    rpId?: string | undefined;
    allowCredentials?: readonly { readonly id: string }[] | undefined;
  }): Json {
    const allowed = options.allowCredentials ?? [];
    const held = this.#held.findLast(
      ({ id, rpId }) =>
        rpId === options.rpId && (allowed.length === 0 || allowed.some((one) => one.id === id.toString('base64url'))),
    );
    if (held === undefined) throw new Error('the authenticator has no passkey for that');
    const clientData = this.#clientData('webauthn.get', options.challenge);
    const authData = this.#authData(held, 0);
    const signed = Buffer.concat([authData, createHash('sha256').update(clientData).digest()]);
    return this.#answer(held, {
      clientDataJSON: clientData.toString('base64url'),
      authenticatorData: authData.toString('base64url'),
      signature: sign(this.#algorithm === -8 ? null : 'sha256', signed, held.key).toString('base64url'),
      userHandle: held.userHandle,
    });
  }

  /** Another one with the same keys and counters, as of now. */
  copy(): Authenticator {
    const other = new Authenticator({ origin: this.origin, verifies: this.verifies, counts: this.#counts });
    other.#held.push(...this.#held.map((held) => ({ ...held })));
    return other;
  }

  #authData(held: Held, flags: number): Buffer {
    if (this.#counts) held.counter++;
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(held.counter);
    // Present; verified.
    const all = flags | 0x01 | (this.verifies ? 0x04 : 0);
    return Buffer.concat([createHash('sha256').update(held.rpId).digest(), Buffer.from([all]), counter]);
  }

  #clientData(type: string, challenge: string): Buffer {
    return Buffer.from(JSON.stringify({ type, challenge, origin: this.origin, crossOrigin: false }));
  }

  #answer(held: Held, response: Json): Json {
    const id = held.id.toString('base64url');
    return { id, rawId: id, type: 'public-key', clientExtensionResults: {}, response };
  }
}

/** With the public key in COSE (RFC 9053 section 7, RFC 8230 section 4). */
function keyPair(algorithm: -8 | -7 | -257): { privateKey: KeyObject; cose: Map<number, Cbor> } {
  const bytes = (text: string | undefined) => Buffer.from(text!, 'base64url');
  if (algorithm === -7) {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { x, y } = publicKey.export({ format: 'jwk' });
    return {
      privateKey,
      cose: coseOf(2, algorithm, [
        [-1, 1],
        [-2, bytes(x)],
        [-3, bytes(y)],
      ]),
    };
  }
  if (algorithm === -8) {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const { x } = publicKey.export({ format: 'jwk' });
    return {
      privateKey,
      cose: coseOf(1, algorithm, [
        [-1, 6],
        [-2, bytes(x)],
      ]),
    };
  }
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const { n, e } = publicKey.export({ format: 'jwk' });
  return {
    privateKey,
    cose: coseOf(3, algorithm, [
      [-1, bytes(n)],
      [-2, bytes(e)],
    ]),
  };
}

function coseOf(type: number, algorithm: number, rest: [number, Cbor][]): Map<number, Cbor> {
  return new Map<number, Cbor>([[1, type], [3, algorithm], ...rest]);
}

export type Cbor = number | string | Uint8Array | readonly Cbor[] | ReadonlyMap<number | string, Cbor>;

/** RFC 8949, as much of it as WebAuthn uses. */
export function cbor(value: Cbor): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value]);
  if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(cbor)]);
  const map = value as ReadonlyMap<number | string, Cbor>;
  return Buffer.concat([head(5, map.size), ...[...map].flatMap(([key, one]) => [cbor(key), cbor(one)])]);
}

function head(major: number, count: number): Buffer {
  if (count < 24) return Buffer.from([(major << 5) | count]);
  if (count < 256) return Buffer.from([(major << 5) | 24, count]);
  return Buffer.from([(major << 5) | 25, count >> 8, count & 0xff]);
}
