import { isUtf8 } from 'node:buffer';
import type { Service, SignedIn } from '../directory/types.ts';
import { Refused } from '../refused.ts';
import { saslName } from './scram.ts';
import { checkIdentity, Malformed, type SaslContext, type SaslExchange, type SaslStep } from './types.ts';

/** Whom the client wants to be, and the token that it shows. */
interface Asked {
  readonly identity: string;
  readonly token: string;
}

/** The client's answer to an error, which ends the exchange. */
const SEEN = '\x01';

/** OAUTHBEARER (RFC 7628) and XOAUTH2, the form of before the standard: an access token in one message. */
class OAuth implements SaslExchange {
  readonly #context: SaslContext;
  readonly #read: (text: string) => Asked;
  readonly #seen: readonly string[];
  /** Told to the client, which has to say that it has seen it. */
  #refusal: Refused | undefined;

  constructor(context: SaslContext, read: (text: string) => Asked, seen: readonly string[]) {
    this.#context = context;
    this.#read = read;
    this.#seen = seen;
  }

  async next(response: Buffer | undefined): Promise<SaslStep> {
    if (this.#refusal !== undefined) {
      if (!this.#seen.includes(response?.toString('latin1') ?? '')) throw new Malformed('Expected %x01, to end it');
      throw this.#refusal;
    }
    if (response === undefined) return { challenge: '' };
    if (!isUtf8(response)) throw new Malformed('Expected UTF-8');
    const { identity, token } = this.#read(response.toString('utf8'));
    const { directory, service, address } = this.#context;
    let signedIn: SignedIn;
    try {
      signedIn = await directory.bearer(token, { service, address });
    } catch (error) {
      const challenge = error instanceof Refused ? errorOf(error, service) : undefined;
      if (challenge === undefined) throw error;
      this.#refusal = error as Refused;
      return { challenge };
    }
    // The token says who it is; the client may not want to be somebody else (RFC 7628 section 3.2).
    checkIdentity(identity, '', signedIn.account);
    return { signedIn };
  }
}

export function oauthBearer(context: SaslContext): SaslExchange {
  return new OAuth(context, readBearer, [SEEN]);
}

/** Its clients end with nothing, or as those of the standard do. */
export function xoauth2(context: SaslContext): SaslExchange {
  return new OAuth(context, readXoauth2, ['', SEEN]);
}

/** RFC 7628 section 3.1: gs2-header kvsep *kvpair kvsep. There is no channel binding here. */
function readBearer(text: string): Asked {
  const found = /^[ny],(?:a=(?<as>[^,\0]+))?,\x01(?<pairs>(?:[A-Za-z]+=[\x20-\x7e\t\r\n]*\x01)*)\x01$/.exec(
    text,
  )?.groups;
  if (found === undefined) throw new Malformed('Expected the message of an OAUTHBEARER client (RFC 7628 section 3.1)');
  return { identity: saslName(found.as ?? ''), token: tokenOf(found.pairs!) };
}

/** `user=NAME^Aauth=Bearer TOKEN^A^A` */
function readXoauth2(text: string): Asked {
  const found = /^user=(?<user>[^\0\x01]+)\x01(?<pairs>(?:[A-Za-z]+=[\x20-\x7e\t\r\n]*\x01)+)\x01$/.exec(text)?.groups;
  if (found === undefined) throw new Malformed('Expected user=NAME ^A auth=Bearer TOKEN ^A ^A');
  return { identity: found.user!, token: tokenOf(found.pairs!) };
}

function tokenOf(pairs: string): string {
  const values = pairs.split('\x01').flatMap((pair) => /^auth=(.*)$/is.exec(pair)?.slice(1) ?? []);
  const token = /^Bearer +([\w.~+/-]+=*)$/i.exec(values[0] ?? '')?.[1];
  if (token === undefined || values.length !== 1) throw new Malformed('Expected one auth=Bearer TOKEN');
  return token;
}

/** RFC 7628 section 3.2.2, with the errors of RFC 6750 section 3.1. Undefined where another token would do no better. */
function errorOf({ code }: Refused, service: Service): string | undefined {
  if (code === 'authenticationfailed') return JSON.stringify({ status: 'invalid_token', schemes: 'bearer' });
  if (code === 'noperm') return JSON.stringify({ status: 'insufficient_scope', schemes: 'bearer', scope: service });
  return undefined;
}
