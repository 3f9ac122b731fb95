import { isUtf8 } from 'node:buffer';
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { ScramLogin, SignedIn } from '../directory/types.ts';
import type { TlsState } from '../ports/index.ts';
import { decodeBase64 } from './base64.ts';
import { checkIdentity, Malformed, type SaslContext, type SaslExchange, type SaslStep } from './types.ts';

/** RFC 9266 section 2. */
const BINDING = 'tls-exporter';
const LABEL = 'EXPORTER-Channel-Binding';
const BINDING_LENGTH = 32;

/**
 * The channel binding data of the connection, where it can have some: TLS 1.3 only, because with TLS 1.2 it is safe with the extended
 * master secret alone (RFC 9266 section 4), and whether that was agreed on is not known here.
 */
export function channelBinding(tls: TlsState | undefined): Uint8Array | undefined {
  return tls?.protocol === 'TLSv1.3' ? tls.exporter?.(LABEL, BINDING_LENGTH) : undefined;
}

/** RFC 5802 section 7: gs2-header, client-first-message-bare. A mandatory extension ("m=") does not match. */
const FIRST =
  /^(?<header>(?<flag>n|y|p=[A-Za-z0-9.-]+),(?:a=(?<as>[^,\0]+))?,)(?<bare>n=(?<name>[^,\0]+),r=(?<nonce>[\x21-\x2b\x2d-\x7e]+)(?:,[A-Za-z]=[^,\0]+)*)$/s;
const LAST =
  /^(?<rest>c=(?<binding>[A-Za-z0-9+/=]+),r=(?<nonce>[\x21-\x2b\x2d-\x7e]+)(?:,[A-Za-z]=[^,\0]+)*),p=(?<proof>[A-Za-z0-9+/=]+)$/s;

/** What was said first, for what is signed at the end. */
interface Begun {
  readonly header: string;
  /** Of the client, and of both. */
  readonly clientFirst: string;
  readonly serverFirst: string;
  readonly nonce: string;
  readonly identity: string;
  readonly name: string;
  readonly login: ScramLogin;
}

/**
 * Whether -PLUS is offered. Not for submission: clients whose library picks it and then cannot bind (gsasl, in
 * Debian's mutt 2.2.12) do not fall back there, as they do with IMAP's LOGIN.
 */
export function offersBinding({ service, tls }: Pick<SaslContext, 'service' | 'tls'>): boolean {
  return service !== 'smtp' && channelBinding(tls) !== undefined;
}

/** SCRAM-SHA-256 and, with `plus`, SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677), the server's side. */
export class Scram implements SaslExchange {
  readonly #context: SaslContext;
  readonly #plus: boolean;
  #begun: Begun | undefined;
  #proved: SignedIn | undefined;

  constructor(context: SaslContext, plus: boolean) {
    this.#context = context;
    this.#plus = plus;
  }

  async next(response: Buffer | undefined): Promise<SaslStep> {
    // SCRAM begins with the client (RFC 5802 section 5): the empty challenge only asks for it.
    if (response === undefined) return { challenge: '' };
    // The protocols that carry it here have no room for data with success, so that the client answers it with nothing (RFC 4422 section 3.6).
    if (this.#proved !== undefined) {
      if (response.length > 0) throw new Malformed('Expected an empty response to the signature of the server');
      return { signedIn: this.#proved };
    }
    if (!isUtf8(response)) throw new Malformed('Expected UTF-8');
    const text = response.toString('utf8');
    return this.#begun === undefined ? this.#first(text) : this.#last(text, this.#begun);
  }

  async #first(text: string): Promise<SaslStep> {
    const message = FIRST.exec(text)?.groups;
    if (message === undefined) throw new Malformed('Expected the first message of a SCRAM client (RFC 5802 section 7)');
    this.#checkFlag(message.flag!);
    const name = saslName(message.name!);
    const identity = saslName(message.as ?? '');
    const { directory, service, address } = this.#context;
    const login = await directory.scram(name, { service, address });
    const nonce = message.nonce! + login.nonce;
    const serverFirst = `r=${nonce},s=${login.salt},i=${login.iterations}`;
    this.#begun = { header: message.header!, clientFirst: message.bare!, serverFirst, nonce, identity, name, login };
    return { challenge: serverFirst };
  }

  /** RFC 5802 section 6. */
  #checkFlag(flag: string): void {
    if (this.#plus && flag !== `p=${BINDING}`) {
      throw new Malformed(`Expected p=${BINDING}, the one channel binding here`);
    }
    if (!this.#plus && flag.startsWith('p')) throw new Malformed('Channel binding needs SCRAM-SHA-256-PLUS');
    if (!this.#plus && flag === 'y' && offersBinding(this.#context)) {
      // Somebody in between may have taken -PLUS out of what was offered.
      throw new Malformed('This server does support channel binding: use SCRAM-SHA-256-PLUS');
    }
  }

  async #last(text: string, begun: Begun): Promise<SaslStep> {
    const { header, clientFirst, serverFirst, nonce, identity, name, login } = begun;
    const message = LAST.exec(text)?.groups;
    if (message === undefined) throw new Malformed('Expected the final message of a SCRAM client (RFC 5802 section 7)');
    if (message.nonce !== nonce) throw new Malformed('Expected the nonce of this exchange');
    const data = this.#plus ? (channelBinding(this.#context.tls) ?? new Uint8Array()) : new Uint8Array();
    const bound = decodeBase64(message.binding!);
    const proof = decodeBase64(message.proof!);
    if (bound === undefined || proof?.length !== 32) throw new Malformed('Expected base64 in a SCRAM message');
    const signed = `${clientFirst},${serverFirst},${message.rest}`;
    // Whoever stands in between knows no password: another channel counts as a wrong one.
    const isHere = same(bound, Buffer.concat([Buffer.from(header), data]));
    const app = login.apps?.find((keys) => isProof(proof, signed, keys));
    const signedIn = await login.finish(isHere && (app !== undefined || isProof(proof, signed, login)), app);
    checkIdentity(identity, name, signedIn.account);
    this.#proved = signedIn;
    return { challenge: `v=${mac(Buffer.from((app ?? login).serverKey, 'base64'), signed).toString('base64')}` };
  }
}

/** RFC 5802 section 3: ClientKey := ClientProof XOR HMAC(StoredKey, AuthMessage), and StoredKey is its hash. */
function isProof(proof: Buffer, signed: string, { storedKey }: Pick<ScramLogin, 'storedKey'>): boolean {
  const stored = Buffer.from(storedKey, 'base64');
  const signature = mac(stored, signed);
  const clientKey = proof.map((byte, i) => byte ^ signature[i]!);
  return same(createHash('sha256').update(clientKey).digest(), stored);
}

function mac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** RFC 5802 section 5.1: "=2C" for a comma and "=3D" for "=", which may stand for nothing else. */
export function saslName(text: string): string {
  if (/=(?!2C|3D)/.test(text)) throw new Malformed('Expected a name with "," as =2C and "=" as =3D');
  return text.replaceAll('=2C', ',').replaceAll('=3D', '=');
}
