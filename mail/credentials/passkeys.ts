import type {
  AuthenticationResponseJSON,
  AuthenticatorTransport,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server';
import * as z from 'zod';
import { type Clock, ConditionFailed, type Log, type Random } from '../ports/index.ts';
import { Refused } from '../refused.ts';
import { keys } from './items.ts';
import { OnceTokens } from './once.ts';
import { hashOf } from './secrets.ts';
import type { CredentialStore, Key } from './store.ts';

/** Loaded by whoever is the first to need it: it takes longer than all the rest of a program's start. */
const webAuthn = () => import('@simplewebauthn/server');
const webAuthnHelpers = () => import('@simplewebauthn/server/helpers');

const CHALLENGE_MS = 5 * 60_000;
/** Passkeys of one account. */
const MOST = 20;
const MAX_NAME = 100;
const NAME = 'Postern';
/** EdDSA, ES256, RS256 (RFC 9053): what authenticators of today have. */
const ALGORITHMS = [-8, -7, -257];

const item = z.object({
  v: z.literal(1),
  /** As its owner called it. */
  name: z.string(),
  /** Base64url, as in WebAuthn. */
  credential: z.string(),
  /** COSE, as base64url. */
  publicKey: z.string(),
  counter: z.number(),
  transports: z.array(z.string()),
  /** Whether it is kept on more than one device. */
  backedUp: z.boolean(),
  /** Milliseconds since 1970. */
  added: z.number(),
  used: z.number().optional(),
});
type Item = z.infer<typeof item>;

export interface Passkey extends Pick<Item, 'name' | 'backedUp' | 'added' | 'used'> {
  readonly id: string;
}

/** What a browser answers (WebAuthn section 5.1); the library looks at the rest. */
const RESPONSE = z.looseObject({
  id: z.string().max(2_048),
  rawId: z.string().max(2_048),
  type: z.literal('public-key'),
  response: z.looseObject({ clientDataJSON: z.string().max(16_384), userHandle: z.string().max(256).optional() }),
});
const CLIENT_DATA = z.looseObject({ challenge: z.string(), origin: z.string() });

/** Who relies on the passkeys (WebAuthn section 4): a host, and the pages of it. */
export interface RelyingParty {
  readonly id: string;
  /** Whether pages of that origin are ours. */
  isOurs(origin: string): boolean;
}

/** That of a web address. On localhost, whatever the port: there nobody but the machine's owner has a page. */
export function relyingParty(origin: string): RelyingParty {
  const { hostname, origin: ours } = new URL(origin);
  const isOurs = (page: string) =>
    hostname === 'localhost' ? /^https?:\/\/localhost(?::\d{1,5})?$/.test(page) : page === ours;
  return { id: hostname, isOurs };
}

interface Deps {
  readonly store: CredentialStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly relyingParty: () => Promise<RelyingParty>;
  /** Called when one of an account's has gone. */
  readonly ended: (account: string) => void;
}

const SOMEBODY = z.object({ account: z.string() });

/** Keys that sign in instead of a password, or after one (WebAuthn level 3). The account's id is the user handle. */
export class Passkeys {
  readonly #deps: Deps;
  readonly #registering: OnceTokens<{ account: string }>;
  readonly #signingIn: OnceTokens<object>;
  readonly #second: OnceTokens<{ account: string }>;

  constructor(deps: Deps) {
    this.#deps = deps;
    const kind = {
      forMs: CHALLENGE_MS,
      refusal: 'The passkey answers something that was not asked just now. Try again.',
    };
    this.#registering = new OnceTokens(deps, { ...kind, name: 'passkey-new', means: SOMEBODY });
    this.#signingIn = new OnceTokens<object>(deps, { ...kind, name: 'passkey', means: z.object({}) });
    this.#second = new OnceTokens(deps, { ...kind, name: 'passkey-second', means: SOMEBODY });
  }

  /** What to ask the browser for a new passkey. Refused: `limit`. */
  async registration(account: {
    readonly id: string;
    readonly address: string;
    readonly displayName?: string | undefined;
  }): Promise<PublicKeyCredentialCreationOptionsJSON> {
    const there = await this.#all(account.id);
    if (there.length >= MOST) throw tooMany();
    const challenge = await this.#registering.make({ account: account.id });
    const { generateRegistrationOptions } = await webAuthn();
    return generateRegistrationOptions({
      rpName: NAME,
      rpID: (await this.#deps.relyingParty()).id,
      userID: new Uint8Array(Buffer.from(account.id)),
      userName: account.address,
      userDisplayName: account.displayName ?? account.address,
      challenge: new Uint8Array(Buffer.from(challenge, 'base64url')),
      timeout: CHALLENGE_MS,
      attestationType: 'none',
      supportedAlgorithmIDs: ALGORITHMS,
      excludeCredentials: there.map(([, one]) => described(one)),
      authenticatorSelection: { residentKey: 'required', userVerification: 'preferred' },
    });
  }

  /** Takes the passkey that the browser made. Refused: `invalid`, `limit`, `alreadyexists`. */
  async register(account: string, name: string, answer: unknown): Promise<Passkey> {
    const { store, clock } = this.#deps;
    const clean = cleanName(name);
    const { response, challenge, origin } = read<RegistrationResponseJSON>(answer);
    if ((await this.#registering.spend(challenge)).account !== account) throw unusable();
    if ((await this.#all(account)).length >= MOST) throw tooMany();
    const registered = await this.#verified(account, origin, async (rp) => {
      await requireNoCertificate(response.response.attestationObject);
      const { verifyRegistrationResponse } = await webAuthn();
      return verifyRegistrationResponse({
        response,
        expectedChallenge: challenge,
        expectedOrigin: origin,
        expectedRPID: rp.id,
        requireUserVerification: false,
        supportedAlgorithmIDs: ALGORITHMS,
      });
    });
    if (!registered?.verified) throw unusable();
    const { credential, credentialBackedUp } = registered.registrationInfo;
    const made: Item = {
      v: 1,
      name: clean,
      credential: credential.id,
      publicKey: Buffer.from(credential.publicKey).toString('base64url'),
      counter: credential.counter,
      transports: (credential.transports ?? []).filter((one) => /^[a-z-]{1,20}$/.test(one)).slice(0, 10),
      backedUp: credentialBackedUp,
      added: clock.now(),
    };
    const id = hashOf(credential.id);
    try {
      await store.put(keyOf(account, id), made, 'absent');
    } catch (error) {
      if (error instanceof ConditionFailed) throw new Refused('alreadyexists', 'This passkey is there already.');
      throw error;
    }
    return infoOf(id, made);
  }

  /** The newest first. */
  async list(account: string): Promise<readonly Passkey[]> {
    const all = (await this.#all(account)).map(([id, one]) => infoOf(id, one));
    return all.sort((a, b) => b.added - a.added);
  }

  /** Gives it another name. Refused: `nonexistent`, `invalid`. */
  async rename(account: string, id: string, name: string): Promise<Passkey> {
    const key = keyOf(account, id);
    const clean = cleanName(name);
    const changed = await this.#deps.store.update(key, item, (now) => {
      if (now === undefined) throw missing();
      return { ...now, name: clean };
    });
    return infoOf(id, changed);
  }

  /** Refused: `nonexistent`. */
  async remove(account: string, id: string): Promise<void> {
    const { store, ended } = this.#deps;
    const key = keyOf(account, id);
    if ((await store.fresh(key, item)) === undefined) throw missing();
    await store.remove(key);
    ended(account);
  }

  /** What to ask the browser to sign in with, whoever it is. The passkey itself must know its owner: it stands for two factors. */
  async signInOptions(): Promise<PublicKeyCredentialRequestOptionsJSON> {
    return this.#options(await this.#signingIn.make({}), 'required');
  }

  /** The account that a passkey signs in to. Refused: `authenticationfailed`, whatever was wrong; `invalid` (asked too long ago). */
  async signIn(answer: unknown): Promise<string> {
    const { response, challenge, origin } = read<AuthenticationResponseJSON>(answer);
    await this.#signingIn.spend(challenge);
    const account = Buffer.from(response.response.userHandle ?? '', 'base64url').toString();
    if (!/^[a-z0-9-]{1,64}$/.test(account)) throw wrong();
    await this.#check(account, { response, challenge, origin }, true);
    return account;
  }

  /** What to ask the browser for after the password. Refused: `nonexistent` (the account has none). */
  async secondOptions(account: string): Promise<PublicKeyCredentialRequestOptionsJSON> {
    const all = await this.#all(account);
    if (all.length === 0) throw missing();
    const challenge = await this.#second.make({ account });
    const allowed = all.map(([, one]) => described(one));
    return this.#options(challenge, 'discouraged', allowed);
  }

  /** Refused: as `signIn`. */
  async second(account: string, answer: unknown): Promise<void> {
    const given = read<AuthenticationResponseJSON>(answer);
    if ((await this.#second.spend(given.challenge)).account !== account) throw wrong();
    await this.#check(account, given, false);
  }

  async #options(
    challenge: string,
    userVerification: 'required' | 'discouraged',
    allowCredentials: ReturnType<typeof described>[] = [],
  ): Promise<PublicKeyCredentialRequestOptionsJSON> {
    const { generateAuthenticationOptions } = await webAuthn();
    return generateAuthenticationOptions({
      rpID: (await this.#deps.relyingParty()).id,
      challenge: new Uint8Array(Buffer.from(challenge, 'base64url')),
      timeout: CHALLENGE_MS,
      userVerification,
      allowCredentials,
    });
  }

  /** Throws where it is not the account's passkey that answered; else its counter moves on. */
  async #check(account: string, answer: Answer<AuthenticationResponseJSON>, userVerified: boolean): Promise<void> {
    const { store, clock, log } = this.#deps;
    const { response, challenge, origin } = answer;
    const key = keyOf(account, hashOf(response.id));
    const kept = (await store.fresh(key, item))?.value;
    if (kept === undefined || kept.credential !== response.id) {
      log.info('passkey.refused', { account, reason: 'the account has no such passkey' });
      throw wrong();
    }
    const { verifyAuthenticationResponse } = await webAuthn();
    const checked = await this.#verified(account, origin, (rp) =>
      verifyAuthenticationResponse({
        response,
        expectedChallenge: challenge,
        expectedOrigin: origin,
        expectedRPID: rp.id,
        requireUserVerification: userVerified,
        credential: {
          id: kept.credential,
          publicKey: new Uint8Array(Buffer.from(kept.publicKey, 'base64url')),
          counter: kept.counter,
        },
      }),
    );
    if (!checked?.verified) throw wrong();
    const { newCounter, credentialBackedUp } = checked.authenticationInfo;
    await store.update(key, item, (now) => {
      // WebAuthn section 6.1.1: a counter that does not grow tells of a copy. Zero: the passkey does not count.
      if (now === undefined || (now.counter > 0 && newCounter <= now.counter)) throw wrong();
      return { ...now, counter: newCounter, backedUp: credentialBackedUp, used: clock.now() };
    });
  }

  /** Undefined, with the reason in the log, where the library does not take it. */
  async #verified<T>(
    account: string,
    origin: string,
    verify: (rp: RelyingParty) => Promise<T>,
  ): Promise<T | undefined> {
    try {
      const rp = await this.#deps.relyingParty();
      if (!rp.isOurs(origin)) throw new Error(`the page is of ${origin.slice(0, 100)}`);
      return await verify(rp);
    } catch (error) {
      this.#deps.log.info('passkey.refused', { account, reason: (error as Error).message });
      return undefined;
    }
  }

  async #all(account: string): Promise<[string, Item][]> {
    const found: [string, Item][] = [];
    for await (const [sk, one] of this.#deps.store.list(keys.account(account), item, PREFIX)) {
      found.push([sk.slice(PREFIX.length), one]);
    }
    return found;
  }
}

const PREFIX = 'passkey/';

function keyOf(account: string, id: string): Key {
  return { pk: keys.account(account), sk: `${PREFIX}${id}` };
}

function infoOf(id: string, { name, backedUp, added, used }: Item): Passkey {
  return { id, name, backedUp, added, ...(used === undefined ? {} : { used }) };
}

function described({ credential, transports }: Item) {
  return { id: credential, transports: transports as AuthenticatorTransport[] };
}

interface Answer<T> {
  readonly response: T;
  readonly challenge: string;
  readonly origin: string;
}

function read<T>(answer: unknown): Answer<T> {
  const parsed = RESPONSE.safeParse(answer);
  try {
    const text = Buffer.from(parsed.data!.response.clientDataJSON, 'base64url').toString();
    return { response: parsed.data as T, ...CLIENT_DATA.parse(JSON.parse(text)) };
  } catch {
    throw new Refused('invalid', 'That is not what a browser says for a passkey.');
  }
}

/**
 * We ask for no attestation, so that nobody need send one; and its certificates name addresses of lists that would be looked up,
 * for whoever sends them.
 */
async function requireNoCertificate(attestationObject: string): Promise<void> {
  const { decodeAttestationObject } = await webAuthnHelpers();
  const decoded = decodeAttestationObject(new Uint8Array(Buffer.from(attestationObject, 'base64url')));
  const statement = decoded.get('attStmt');
  const format = decoded.get('fmt');
  const self = format === 'packed' && statement.get('x5c') === undefined;
  if (format !== 'none' && !self) throw new Error(`an attestation was not asked for, but came: ${String(format)}`);
}

function cleanName(name: string): string {
  const clean = name.trim();
  if (clean === '' || clean.length > MAX_NAME || /\p{Cc}/u.test(clean)) {
    throw new Refused('invalid', `Name the passkey, in at most ${MAX_NAME} characters.`);
  }
  return clean;
}

function tooMany(): Refused {
  return new Refused('limit', `An account has at most ${MOST} passkeys. Remove one that is not used.`);
}

function missing(): Refused {
  return new Refused('nonexistent', 'There is no such passkey.');
}

function unusable(): Refused {
  return new Refused('invalid', 'This passkey cannot be taken. Try again, or with another.');
}

function wrong(): Refused {
  return new Refused('authenticationfailed', 'This passkey does not sign in here.');
}
