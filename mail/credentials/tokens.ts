import { createHmac } from 'node:crypto';
import { same } from './secrets.ts';

/** What a token says, once its signature is found right. */
export interface TokenClaims {
  readonly account: string;
  readonly session: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** So that a token that lies about somewhere is known for what it is. */
export const ACCESS = 'pst_';
export const REFRESH = 'psr_';

/** `pst_account.session.until.signature`: it says whose session it is; whether that lasts is looked up at each use. */
export function signAccess(key: Uint8Array, { account, session, until }: TokenClaims): string {
  const text = `${ACCESS}${account}.${session}.${until.toString(36)}`;
  return `${text}.${sign(key, text)}`;
}

/** Undefined where we never gave that. */
export function readAccess(key: Uint8Array, token: string): TokenClaims | undefined {
  const match =
    /^(?<text>pst_(?<account>[a-z0-9-]{1,64})\.(?<session>[a-z2-7]{26})\.(?<until>[0-9a-z]{1,10}))\.(?<mac>[\w-]{43})$/.exec(
      token,
    )?.groups;
  if (match === undefined || !same(sign(key, match.text!), match.mac!)) return undefined;
  return { account: match.account!, session: match.session!, until: Number.parseInt(match.until!, 36) };
}

export interface RefreshClaims {
  readonly account: string;
  readonly session: string;
  readonly secret: string;
}

/**
 * `psr_account.session.secret.signature`. The signature tells a token that was ours once, whose second use gives a thief
 * away, from one that somebody made up.
 */
export function signRefresh(key: Uint8Array, { account, session, secret }: RefreshClaims): string {
  const text = `${REFRESH}${account}.${session}.${secret}`;
  return `${text}.${sign(key, text)}`;
}

export function readRefresh(key: Uint8Array, token: string): RefreshClaims | undefined {
  const match =
    /^(?<text>psr_(?<account>[a-z0-9-]{1,64})\.(?<session>[a-z2-7]{26})\.(?<secret>[\w-]{43}))\.(?<mac>[\w-]{43})$/.exec(
      token,
    )?.groups;
  if (match === undefined || !same(sign(key, match.text!), match.mac!)) return undefined;
  return { account: match.account!, session: match.session!, secret: match.secret! };
}

/**
 * The secret that follows one: the same each time, so that two tabs that refresh at once, or a program that lost the
 * answer, come to the same. Nobody can tell it from what is kept: that takes the secret before it, and our key.
 */
export function nextSecret(key: Uint8Array, secret: string): string {
  return createHmac('sha256', key).update(`next\0${secret}`).digest('base64url');
}

function sign(key: Uint8Array, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url');
}
