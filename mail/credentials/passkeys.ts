import * as z from 'zod';
import { type Clock, ConditionFailed, type Log, type Random } from '../ports/index.ts';
import { Refused } from '../refused.ts';
import { keys } from './items.ts';
import { OnceTokens } from './once.ts';
import { hashOf } from './secrets.ts';
import type { CredentialStore, Key } from './store.ts';
import { ALGORITHMS, checkNew, checkSigned, type Expected } from './webauthn.ts';

const CHALLENGE_MS = 5 * 60_000;
/** Passkeys of one account. */
const MOST = 20;
const MAX_NAME = 100;
const NAME = 'Postern';

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

const BYTES = z.string().max(65_536);

/** What a browser answers (WebAuthn section 5.1). */
const RESPONSE = z.looseObject({
  id: z.string().max(2_048),
  type: z.literal('public-key'),
  response: z.looseObject({
    clientDataJSON: BYTES,
    attestationObject: BYTES.optional(),
    authenticatorData: BYTES.optional(),
    signature: BYTES.optional(),
    userHandle: z.string().max(256).nullish(),
    transports: z.array(z.string().max(20)).max(10).optional(),
  }),
});
const CLIENT_DATA = z.looseObject({ challenge: z.string() });

/** For `navigator.credentials.create`, as JSON (WebAuthn section 5.1.9). */
export interface CreationOptions {
  readonly rp: { readonly id: string; readonly name: string };
  readonly user: { readonly id: string; readonly name: string; readonly displayName: string };
  readonly challenge: string;
  readonly pubKeyCredParams: readonly { readonly type: 'public-key'; readonly alg: number }[];
  readonly timeout: number;
  readonly attestation: 'none';
  readonly excludeCredentials: readonly Described[];
  readonly authenticatorSelection: {
    readonly residentKey: 'required';
    readonly requireResidentKey: true;
    readonly userVerification: 'preferred';
  };
}

/** For `navigator.credentials.get`, as JSON (WebAuthn section 5.1.10). */
export interface RequestOptions {
  readonly rpId: string;
  readonly challenge: string;
  readonly timeout: number;
  readonly userVerification: 'required' | 'discouraged';
  readonly allowCredentials: readonly Described[];
}

interface Described {
  readonly type: 'public-key';
  readonly id: string;
  readonly transports: readonly string[];
}

/** Who relies on the passkeys (WebAuthn section 4): a host, and the pages of it. */
export interface RelyingParty {
  readonly id: string;
  /** Whether pages of that origin are ours. */
  readonly isOurs: (origin: string) => boolean;
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
  readonly ended: (account: string) => Promise<void>;
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
  }): Promise<CreationOptions> {
    const there = await this.#all(account.id);
    if (there.length >= MOST) throw tooMany();
    const challenge = await this.#registering.make({ account: account.id });
    return {
      rp: { id: (await this.#deps.relyingParty()).id, name: NAME },
      user: {
        id: Buffer.from(account.id).toString('base64url'),
        name: account.address,
        displayName: account.displayName ?? account.address,
      },
      challenge,
      pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
      timeout: CHALLENGE_MS,
      attestation: 'none',
      excludeCredentials: there.map(([, one]) => described(one)),
      authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'preferred' },
    };
  }

  /** Takes the passkey that the browser made. Refused: `invalid`, `limit`, `alreadyexists`. */
  async register(account: string, name: string, answer: unknown): Promise<Passkey> {
    const { store, clock } = this.#deps;
    const clean = cleanName(name);
    const { answer: given, challenge } = read(answer);
    if ((await this.#registering.spend(challenge)).account !== account) throw unusable();
    if ((await this.#all(account)).length >= MOST) throw tooMany();
    const checked = await this.#checked(account, challenge, (expected) => checkNew(given, expected));
    if (checked === undefined) throw unusable();
    const made: Item = {
      v: 1,
      name: clean,
      credential: given.id,
      transports: (given.response.transports ?? []).filter((one) => /^[a-z-]+$/.test(one)),
      added: clock.now(),
      ...checked,
    };
    const id = hashOf(given.id);
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
    await ended(account);
  }

  /** What to ask the browser to sign in with, whoever it is. The passkey itself must know its owner: it stands for two factors. */
  async signInOptions(): Promise<RequestOptions> {
    return this.#options(await this.#signingIn.make({}), 'required');
  }

  /** The account that a passkey signs in to. Refused: `authenticationfailed`, whatever was wrong; `invalid` (asked too long ago). */
  async signIn(answer: unknown): Promise<string> {
    const given = read(answer);
    await this.#signingIn.spend(given.challenge);
    const account = Buffer.from(given.answer.response.userHandle ?? '', 'base64url').toString();
    if (!/^[a-z0-9-]{1,64}$/.test(account)) throw wrong();
    await this.#check(account, given, true);
    return account;
  }

  /** What to ask the browser for after the password. Refused: `nonexistent` (the account has none). */
  async secondOptions(account: string): Promise<RequestOptions> {
    const all = await this.#all(account);
    if (all.length === 0) throw missing();
    const challenge = await this.#second.make({ account });
    const allowed = all.map(([, one]) => described(one));
    return this.#options(challenge, 'discouraged', allowed);
  }

  /** Refused: as `signIn`. */
  async second(account: string, answer: unknown): Promise<void> {
    const given = read(answer);
    if ((await this.#second.spend(given.challenge)).account !== account) throw wrong();
    await this.#check(account, given, false);
  }

  async #options(
    challenge: string,
    userVerification: 'required' | 'discouraged',
    allowCredentials: readonly Described[] = [],
  ): Promise<RequestOptions> {
    const { id: rpId } = await this.#deps.relyingParty();
    return { rpId, challenge, timeout: CHALLENGE_MS, userVerification, allowCredentials };
  }

  /** Throws where it is not the account's passkey that answered; else its counter moves on. */
  async #check(account: string, { answer, challenge }: Read, userVerified: boolean): Promise<void> {
    const { store, clock } = this.#deps;
    const key = keyOf(account, hashOf(answer.id));
    const kept = (await store.fresh(key, item))?.value;
    const checked = await this.#checked(account, challenge, (expected) => {
      if (kept?.credential !== answer.id) throw new Error('the account has no such passkey');
      return checkSigned(answer, { ...expected, ...kept, userVerified });
    });
    if (checked === undefined) throw wrong();
    await store.update(key, item, (now) => {
      // Another answer may have come between: the counter grows by each.
      if (now === undefined || (now.counter > 0 && checked.counter <= now.counter)) throw wrong();
      return { ...now, ...checked, used: clock.now() };
    });
  }

  /** Undefined, with the reason in the log, where it is not right. */
  async #checked<T>(account: string, challenge: string, check: (expected: Expected) => T): Promise<T | undefined> {
    const { id: rpId, isOurs } = await this.#deps.relyingParty();
    try {
      return check({ challenge, rpId, isOurs });
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

function described({ credential, transports }: Item): Described {
  return { type: 'public-key', id: credential, transports };
}

interface Read {
  readonly answer: z.infer<typeof RESPONSE>;
  readonly challenge: string;
}

function read(given: unknown): Read {
  const parsed = RESPONSE.safeParse(given);
  try {
    const text = Buffer.from(parsed.data!.response.clientDataJSON, 'base64url').toString();
    return { answer: parsed.data!, challenge: CLIENT_DATA.parse(JSON.parse(text)).challenge };
  } catch {
    throw new Refused('invalid', 'That is not what a browser says for a passkey.');
  }
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
