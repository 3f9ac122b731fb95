import { createHash, createPublicKey, type JsonWebKey, type KeyObject, verify } from 'node:crypto';
import { type CborMap, readCbor } from './cbor.ts';

/**
 * What a relying party checks of a browser's answers (WebAuthn level 3, sections 7.1 and 7.2). Each function throws an Error whose
 * message, for the log, says what is wrong. Attestations are not asked for, and none that comes is looked at.
 */

/** A browser's answer, as JSON (section 5.1). Bytes as base64url. */
export interface Answer {
  readonly id: string;
  readonly response: {
    readonly clientDataJSON: string;
    readonly attestationObject?: string | undefined;
    readonly authenticatorData?: string | undefined;
    readonly signature?: string | undefined;
  };
}

/** What the answer must fit. */
export interface Expected {
  readonly challenge: string;
  readonly rpId: string;
  readonly isOurs: (origin: string) => boolean;
}

export interface NewCredential {
  /** COSE (RFC 9052 section 7), as base64url. */
  readonly publicKey: string;
  readonly counter: number;
  readonly backedUp: boolean;
}

/** EdDSA, ES256, RS256 (RFC 9053, RFC 8812): what authenticators of today have. */
export const ALGORITHMS = [-8, -7, -257] as const;

const PRESENT = 0x01;
const VERIFIED = 0x04;
const MAY_BACK_UP = 0x08;
const BACKED_UP = 0x10;
const HAS_CREDENTIAL = 0x40;

/** Section 7.1. */
export function checkNew({ id, response }: Answer, expected: Expected): NewCredential {
  checkClientData(response.clientDataJSON, 'webauthn.create', expected);
  const { value } = readCbor(bytesOf(response.attestationObject));
  const authData = value instanceof Map ? value.get('authData') : undefined;
  if (!(authData instanceof Uint8Array)) throw new Error('no authenticator data');
  const data = readAuthData(Buffer.from(authData), expected.rpId);
  if (data.credential === undefined) throw new Error('no credential');
  if (data.credential.id.toString('base64url') !== id) throw new Error('the credential has another id');
  keyOf(data.credential.publicKey);
  const publicKey = data.credential.publicKey.toString('base64url');
  return { publicKey, counter: data.counter, backedUp: (data.flags & BACKED_UP) !== 0 };
}

/** Section 7.2, for the credential with that key and counter. `userVerified`: whether the authenticator must have looked who it is. */
export function checkSigned(
  { response }: Answer,
  expected: Expected & { readonly publicKey: string; readonly counter: number; readonly userVerified: boolean },
): Omit<NewCredential, 'publicKey'> {
  checkClientData(response.clientDataJSON, 'webauthn.get', expected);
  const bytes = bytesOf(response.authenticatorData);
  const { flags, counter } = readAuthData(bytes, expected.rpId);
  if (expected.userVerified && (flags & VERIFIED) === 0) throw new Error('the user was not verified');
  const signed = Buffer.concat([bytes, sha256(bytesOf(response.clientDataJSON))]);
  const { key, hash } = keyOf(bytesOf(expected.publicKey));
  if (!verify(hash, signed, key, bytesOf(response.signature))) throw new Error('the signature is wrong');
  // Section 6.1.1: a counter that does not grow tells of a copy. Zero: the authenticator does not count.
  if ((counter > 0 || expected.counter > 0) && counter <= expected.counter) throw new Error('the counter did not grow');
  return { counter, backedUp: (flags & BACKED_UP) !== 0 };
}

function checkClientData(text: string, type: string, { challenge, isOurs }: Expected): void {
  const data = JSON.parse(bytesOf(text).toString('utf8')) as Readonly<Record<string, unknown>>;
  if (data.type !== type) throw new Error(`the answer is of another kind: ${String(data.type).slice(0, 40)}`);
  if (data.challenge !== challenge) throw new Error('the challenge is another');
  if (typeof data.origin !== 'string' || !isOurs(data.origin)) {
    throw new Error(`the page is of ${String(data.origin).slice(0, 100)}`);
  }
  if (data.crossOrigin === true) throw new Error('the page is within one of another origin');
}

/** Section 6.1. */
function readAuthData(bytes: Buffer, rpId: string) {
  if (bytes.length < 37) throw new Error('the authenticator data is too short');
  if (!sha256(Buffer.from(rpId)).equals(bytes.subarray(0, 32))) throw new Error('the passkey is of another host');
  const flags = bytes[32]!;
  if ((flags & PRESENT) === 0) throw new Error('nobody was there');
  if ((flags & BACKED_UP) !== 0 && (flags & MAY_BACK_UP) === 0) throw new Error('backed up, which it cannot be');
  return {
    flags,
    counter: bytes.readUInt32BE(33),
    credential: (flags & HAS_CREDENTIAL) === 0 ? undefined : readCredential(bytes),
  };
}

/** Section 6.5.1: AAGUID, length, id, key; extensions may follow. */
function readCredential(bytes: Buffer): { readonly id: Buffer; readonly publicKey: Buffer } {
  if (bytes.length < 55) throw new Error('the credential is cut off');
  const start = 55 + bytes.readUInt16BE(53);
  const { end } = readCbor(bytes, start);
  return { id: bytes.subarray(55, start), publicKey: bytes.subarray(start, end) };
}

/** RFC 9053 section 7, RFC 8230 section 4. The algorithm goes with the key, so that nobody can choose another. */
function keyOf(cose: Buffer): { readonly key: KeyObject; readonly hash: 'sha256' | null } {
  const { value } = readCbor(cose);
  if (!(value instanceof Map)) throw new Error('the key is none');
  const [type, algorithm, curve] = [value.get(1), value.get(3), value.get(-1)];
  if (type === 2 && algorithm === -7 && curve === 1) {
    return { key: imported({ kty: 'EC', crv: 'P-256', x: part(value, -2), y: part(value, -3) }), hash: 'sha256' };
  }
  if (type === 1 && algorithm === -8 && curve === 6) {
    return { key: imported({ kty: 'OKP', crv: 'Ed25519', x: part(value, -2) }), hash: null };
  }
  if (type === 3 && algorithm === -257) {
    const key = imported({ kty: 'RSA', n: part(value, -1), e: part(value, -2) });
    if ((key.asymmetricKeyDetails?.modulusLength ?? 0) < 2_048) throw new Error('the key is too short');
    return { key, hash: 'sha256' };
  }
  throw new Error(`a key of a kind that was not asked for: ${String(algorithm)}`);
}

function imported(jwk: JsonWebKey): KeyObject {
  return createPublicKey({ key: jwk, format: 'jwk' });
}

function part(map: CborMap, label: number): string {
  const value = map.get(label);
  if (!(value instanceof Uint8Array)) throw new Error('the key is not whole');
  return Buffer.from(value).toString('base64url');
}

function bytesOf(text: string | undefined): Buffer {
  if (typeof text !== 'string') throw new Error('something is missing');
  return Buffer.from(text, 'base64url');
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
