import { createHmac } from 'node:crypto';
import * as z from 'zod';
import {
  type Clock,
  ConditionFailed,
  type Log,
  type OpenId,
  type OpenIdClaims,
  OpenIdError,
  type OpenIdProvider,
  type Random,
} from '../ports/index.ts';
import { Refused } from '../refused.ts';
import { keys } from './items.ts';
import { OnceTokens } from './once.ts';
import type { Owner } from './recovery-address.ts';
import { hashOf, type Secrets, same } from './secrets.ts';
import type { CredentialStore, Key } from './store.ts';

const SIGN_IN_MS = 10 * 60_000;

/** Kept with the account: who he is at an issuer. One for each issuer. */
const linkItem = z.object({
  v: z.literal(1),
  issuer: z.string(),
  subject: z.string(),
  /** By which the account was found. */
  email: z.string(),
  /** Milliseconds since 1970. */
  linked: z.number(),
});

/** Whose account a subject of an issuer has. */
const pointerItem = z.object({ v: z.literal(1), account: z.string() });

/** A provider, as somebody set it. */
export interface SignInProvider extends OpenIdProvider {
  /** For the button. */
  readonly name?: string | undefined;
  /** Those whose accounts it may sign in to. Absent: all for which it is set. */
  readonly domains?: readonly string[] | undefined;
}

export interface SignInLink {
  readonly id: string;
  readonly issuer: string;
  readonly email: string;
  readonly linked: number;
}

interface Deps {
  readonly store: CredentialStore;
  readonly secrets: Pick<Secrets, 'key'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly openId: OpenId;
  /** The provider in force for a domain, or for the server. */
  readonly provider: (domain: string | undefined) => Promise<SignInProvider | undefined>;
  readonly redirectUri: () => Promise<string>;
  /** An address in the directory's spelling. */
  readonly parse: (email: string) => { readonly address: string; readonly domain: string } | undefined;
  /** The account that has exactly this address. */
  readonly named: (address: string) => Promise<Owner | undefined>;
  readonly account: (id: string) => Promise<Owner | undefined>;
  /** Makes an account, where that is wanted for the domain. */
  readonly create: (address: string, domain: string, name: string | undefined) => Promise<Owner | undefined>;
}

const MEANS = z.object({
  domain: z.string().optional(),
  issuer: z.string(),
  clientId: z.string(),
  /** SHA-256 of what the browser keeps. */
  browser: z.string(),
  /** Whether the session is to outlive the browser's. */
  stay: z.boolean(),
});
type Means = z.infer<typeof MEANS>;

/**
 * Signing in where somebody else says who it is (OpenID Connect). An account is found by the address that the provider
 * knows to be his; from then on by the provider's own name for him, so that who gets that address next does not get the account.
 */
export class OidcSignIn {
  readonly #deps: Deps;
  readonly #states: OnceTokens<Means>;

  constructor(deps: Deps) {
    this.#deps = deps;
    const refusal = 'This sign-in took too long, or was ended already. Begin again.';
    this.#states = new OnceTokens(deps, { name: 'oidc', forMs: SIGN_IN_MS, means: MEANS, refusal });
  }

  /**
   * The provider's page to go to. `browser`: a secret that this browser keeps, without which nobody can end what was begun
   * here. Refused: `nonexistent` (no provider), `unavailable`.
   */
  async begin(domain: string | undefined, browser: string, stay = false): Promise<string> {
    const { openId, provider: find } = this.#deps;
    const provider = await find(domain);
    if (provider === undefined) throw new Refused('nonexistent', 'Nobody else signs people in here.');
    const { issuer, clientId } = provider;
    const state = await this.#states.make({
      ...(domain === undefined ? {} : { domain }),
      issuer,
      clientId,
      browser: hashOf(browser),
      stay,
    });
    return this.#asked(() => this.#question(state).then((question) => openId.begin(provider, question)));
  }

  /** The account of whoever came back. Refused: `invalid`, `authenticationfailed`, `noperm`, `unavailable`. */
  async finish(query: URLSearchParams, browser: string | undefined): Promise<{ owner: Owner; stay: boolean }> {
    const { openId, provider: find, log } = this.#deps;
    const state = query.get('state') ?? '';
    const { domain, issuer, clientId, browser: expected, stay } = await this.#states.spend(state);
    if (browser === undefined || !same(hashOf(browser), expected)) {
      throw new Refused('invalid', 'This sign-in was begun in another browser. Begin again.');
    }
    const provider = await find(domain);
    if (provider?.issuer !== issuer || provider.clientId !== clientId) {
      throw new Refused('invalid', 'How people sign in has just been changed. Begin again.');
    }
    const error = query.get('error');
    if (error !== null) {
      log.info('oidc.refused', { issuer, error: error.slice(0, 100) });
      throw new Refused('authenticationfailed', 'You were not signed in there. Begin again.');
    }
    const question = await this.#question(state);
    const claims = await this.#asked(() => openId.finish(provider, question, query.toString()));
    return { owner: await this.#accountOf(provider, claims), stay };
  }

  /** Who the account is elsewhere. */
  async list(account: string): Promise<readonly SignInLink[]> {
    const found: SignInLink[] = [];
    for await (const [sk, { issuer, email, linked }] of this.#deps.store.list(
      keys.account(account),
      linkItem,
      PREFIX,
    )) {
      found.push({ id: sk.slice(PREFIX.length), issuer, email, linked });
    }
    return found;
  }

  /** The next who comes with the account's address is linked anew. Refused: `nonexistent`. */
  async remove(account: string, id: string): Promise<void> {
    const { store } = this.#deps;
    const key: Key = { pk: keys.account(account), sk: `${PREFIX}${id}` };
    const link = (await store.fresh(key, linkItem))?.value;
    if (link === undefined) throw new Refused('nonexistent', 'There is no such link.');
    await store.remove(pointerKey(link.issuer, link.subject));
    await store.remove(key);
  }

  async #accountOf(provider: SignInProvider, claims: OpenIdClaims): Promise<Owner> {
    const { store, account } = this.#deps;
    const pointer = (await store.fresh(pointerKey(provider.issuer, claims.subject), pointerItem))?.value;
    const known = pointer === undefined ? undefined : await account(pointer.account);
    if (known !== undefined && (await this.#isLinked(known.id, provider.issuer, claims.subject))) {
      await this.#requireInForce(provider, known.address);
      return known;
    }
    return this.#link(provider, claims);
  }

  /** At the first time, by the address. */
  async #link(provider: SignInProvider, { subject, email, emailVerified, name }: OpenIdClaims): Promise<Owner> {
    const { store, clock, parse, named, create } = this.#deps;
    const address = email === undefined || !emailVerified ? undefined : parse(email);
    if (address === undefined) {
      throw new Refused('noperm', 'Who signed you in does not vouch for your mail address.');
    }
    await this.#requireInForce(provider, address.address);
    const owner = (await named(address.address)) ?? (await create(address.address, address.domain, name));
    if (owner === undefined) throw new Refused('noperm', `There is no account ${address.address} here.`);
    const { issuer } = provider;
    const link = { v: 1, issuer, subject, email: address.address, linked: clock.now() };
    try {
      await store.put(linkKey(owner.id, issuer), link, 'absent');
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      if (!(await this.#isLinked(owner.id, issuer, subject))) {
        throw new Refused('noperm', 'This account belongs to somebody else there. Its owner can take that link away.');
      }
    }
    await store.update(pointerKey(issuer, subject), pointerItem, () => ({ v: 1 as const, account: owner.id }));
    return owner;
  }

  async #isLinked(account: string, issuer: string, subject: string): Promise<boolean> {
    return (await this.#deps.store.fresh(linkKey(account, issuer), linkItem))?.value.subject === subject;
  }

  /** A provider that is set for one domain says nothing about the accounts of another. */
  async #requireInForce(provider: SignInProvider, address: string): Promise<void> {
    const domain = address.slice(address.lastIndexOf('@') + 1);
    const there = await this.#deps.provider(domain);
    const same = there?.issuer === provider.issuer && there.clientId === provider.clientId;
    if (!same || !(there.domains?.includes(domain) ?? true)) {
      throw new Refused('noperm', `${address} does not sign in that way. Ask your administrator.`);
    }
  }

  /** Nonce and verifier come from the state and our key: the store need not keep what nobody may read. */
  async #question(state: string) {
    const key = await this.#deps.secrets.key('oidc');
    const from = (what: string) => createHmac('sha256', key).update(`${what}\0${state}`).digest('base64url');
    return {
      redirectUri: await this.#deps.redirectUri(),
      state,
      nonce: from('nonce'),
      verifier: from('verifier'),
    };
  }

  async #asked<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof OpenIdError)) throw error;
      this.#deps.log.warn('oidc.failed', { error: error.message });
      throw new Refused(
        'unavailable',
        'Who signs you in cannot be reached, or says what cannot be right. Try again later.',
      );
    }
  }
}

/** Takes away what leads from the issuers to an account that is going. Its own items go with it. */
export async function forgetSignInLinks(
  store: Pick<CredentialStore, 'list' | 'remove'>,
  account: string,
): Promise<void> {
  for await (const [, { issuer, subject }] of store.list(keys.account(account), linkItem, PREFIX)) {
    await store.remove(pointerKey(issuer, subject));
  }
}

const PREFIX = 'oidc/';

function linkKey(account: string, issuer: string): Key {
  return { pk: keys.account(account), sk: `${PREFIX}${hashOf(issuer)}` };
}

function pointerKey(issuer: string, subject: string): Key {
  return { pk: `dir/oidc/${hashOf(issuer, subject)}`, sk: 'account' };
}
