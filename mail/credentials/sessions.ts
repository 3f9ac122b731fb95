import { type Clock, ConditionFailed, type Random, randomName } from '../ports/index.ts';
import { Refused } from '../refused.ts';
import { keys, type SessionItem, sessionItem } from './items.ts';
import { SCOPES, type Scope } from './scopes.ts';
import { hashOf, type Secrets, same } from './secrets.ts';
import type { CredentialStore } from './store.ts';
import { nextSecret, readAccess, readRefresh, signAccess, signRefresh } from './tokens.ts';

/** Sessions of one account; one more ends the one that was used longest ago. */
const MOST = 50;
/** So long the token before the last still gives the last: for two tabs, and for who lost the answer. */
const GRACE_MS = 30_000;
/** Without `stay`, a session is over so long after its last refresh. */
const BRIEF_MS = 12 * 3_600_000;
const MAX_DEVICE = 100;
const TRIES = 8;

/** In milliseconds. */
export interface Lifetimes {
  readonly access: number;
  /** Without a refresh, of a session that stays. */
  readonly session: number;
}

export interface BeginSession {
  /** `password`, `password+totp`, `passkey`, `oidc`, `link` ... */
  readonly how: string;
  /** As the program names itself. */
  readonly device: string;
  /** The client's. */
  readonly address: string;
  /** @default all */
  readonly scopes?: readonly Scope[];
  /** Whether it outlives the program that began it. @default false */
  readonly stay?: boolean;
}

/** What whoever signed in is given; times in milliseconds since 1970. */
export interface Tokens {
  readonly session: string;
  readonly scopes: readonly Scope[];
  readonly access: string;
  readonly accessUntil: number;
  readonly refresh: string;
  readonly refreshUntil: number;
  readonly stay: boolean;
}

export interface SessionInfo extends Omit<SessionItem, 'v' | 'token' | 'before' | 'rotated'> {
  readonly id: string;
}

/** What an access token proves. */
export interface Bearer extends SessionInfo {
  readonly account: string;
}

/** Why a token proves nothing: `forged`: we never gave it; `over`: it has expired, or its session has ended. */
export type BadToken = 'forged' | 'over';

interface Deps {
  readonly store: CredentialStore;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly random: Random;
  readonly lifetimes: () => Promise<Lifetimes>;
  /** Called when sessions of an account have ended. */
  readonly ended: (account: string) => Promise<void>;
}

/** Who has signed in where: begun, refreshed, listed, ended. Nothing of it is known to one process only. */
export class Sessions {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** To be called when it is sure who it is. */
  async begin(account: string, { how, device, address, scopes = SCOPES, stay = false }: BeginSession): Promise<Tokens> {
    const { store, clock, random, lifetimes } = this.#deps;
    const now = clock.now();
    const id = randomName(random, 26);
    const secret = Buffer.from(random.bytes(32)).toString('base64url');
    const item: SessionItem = {
      v: 1,
      how,
      device: cleanDevice(device),
      address,
      begun: now,
      seen: now,
      confirmed: now,
      scopes: [...scopes],
      stay,
      until: now + (stay ? (await lifetimes()).session : BRIEF_MS),
      token: hashOf(account, secret),
      rotated: now,
    };
    await this.#makeRoom(account);
    await store.put(keys.session(account, id), item, 'absent', expiry(item));
    return this.#tokens(account, id, item, secret);
  }

  /**
   * New tokens for a refresh token, which is spent by it. One that was spent before ends its session: two have it, and one of
   * them has stolen it.
   */
  async refresh(token: string, address: string): Promise<(Tokens & { readonly account: string }) | BadToken> {
    const { store, clock, secrets, lifetimes } = this.#deps;
    const key = await secrets.key('refresh');
    const claims = readRefresh(key, token);
    if (claims === undefined) return 'forged';
    const { account, session, secret } = claims;
    const at = keys.session(account, session);
    const hash = hashOf(account, secret);
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      const kept = await store.fresh(at, sessionItem);
      const now = clock.now();
      if (kept === undefined || kept.value.until <= now) return 'over';
      const { value } = kept;
      const next = nextSecret(key, secret);
      if (value.before !== undefined && same(value.before, hash) && value.rotated + GRACE_MS > now) {
        return { account, ...(await this.#tokens(account, session, value, next)) };
      }
      if (!same(value.token, hash)) {
        await this.end(account, session);
        return 'over';
      }
      const renewed: SessionItem = {
        ...value,
        address,
        seen: now,
        until: now + (value.stay ? (await lifetimes()).session : BRIEF_MS),
        token: hashOf(account, next),
        before: value.token,
        rotated: now,
      };
      try {
        await store.put(at, renewed, { rev: kept.rev }, expiry(renewed));
        return { account, ...(await this.#tokens(account, session, renewed, next)) };
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
      }
    }
    throw new Refused('unavailable', 'This session is refreshed by many at once. Try again.');
  }

  /** What an access token proves now. Of ended sessions other processes know within 15 seconds. */
  async check(token: string): Promise<Bearer | BadToken> {
    const claims = readAccess(await this.#deps.secrets.key('access'), token);
    if (claims === undefined) return 'forged';
    const { account, session, until } = claims;
    if (until <= this.#deps.clock.now()) return 'over';
    const found = await this.find(account, session);
    return found === undefined ? 'over' : { account, ...found };
  }

  /** A session that lasts, as it was seen in the last 15 seconds. */
  async find(account: string, id: string): Promise<SessionInfo | undefined> {
    const { store, clock } = this.#deps;
    const item = (await store.cached(keys.session(account, id), sessionItem))?.value;
    return item === undefined || item.until <= clock.now() ? undefined : infoOf(id, item);
  }

  /** Those that last, the one used last first. */
  async list(account: string): Promise<readonly SessionInfo[]> {
    const now = this.#deps.clock.now();
    const all = await this.#all(account);
    return all.filter(({ until }) => until > now).sort((a, b) => b.seen - a.seen);
  }

  /** Its owner has shown again who he is. */
  async confirm(account: string, id: string): Promise<void> {
    const { store, clock } = this.#deps;
    const at = keys.session(account, id);
    const kept = await store.fresh(at, sessionItem);
    if (kept === undefined) throw over();
    const change = (now: SessionItem | undefined) => {
      if (now === undefined) throw over();
      return { ...now, confirmed: clock.now() };
    };
    await store.update(at, sessionItem, change, expiry(kept.value));
  }

  /** Ends one; false where there is none. */
  async end(account: string, id: string): Promise<boolean> {
    const { store, ended } = this.#deps;
    const at = keys.session(account, id);
    const there = (await store.fresh(at, sessionItem)) !== undefined;
    await store.remove(at);
    if (there) await ended(account);
    return there;
  }

  /** Ends the one of a refresh token, also of one that was spent. */
  async endBy(token: string): Promise<void> {
    const claims = readRefresh(await this.#deps.secrets.key('refresh'), token);
    if (claims !== undefined) await this.end(claims.account, claims.session);
  }

  /** Ends all of an account but `except`; says how many. */
  async endAll(account: string, except?: string): Promise<number> {
    const { store, ended } = this.#deps;
    const all = (await this.#all(account)).filter(({ id }) => id !== except);
    for (const { id } of all) await store.remove(keys.session(account, id));
    if (all.length > 0) await ended(account);
    return all.length;
  }

  async #all(account: string): Promise<SessionInfo[]> {
    const found: SessionInfo[] = [];
    for await (const [sk, item] of this.#deps.store.list(keys.account(account), sessionItem, 'session/')) {
      found.push(infoOf(sk.slice('session/'.length), item));
    }
    return found;
  }

  async #makeRoom(account: string): Promise<void> {
    const all = (await this.#all(account)).sort((a, b) => a.seen - b.seen);
    for (const { id } of all.slice(0, Math.max(0, all.length - MOST + 1))) await this.end(account, id);
  }

  async #tokens(account: string, session: string, item: SessionItem, secret: string): Promise<Tokens> {
    const { secrets, clock, lifetimes } = this.#deps;
    const accessUntil = Math.min(clock.now() + (await lifetimes()).access, item.until);
    const claims = { account, session, until: accessUntil };
    return {
      session,
      scopes: item.scopes,
      access: signAccess(await secrets.key('access'), claims),
      accessUntil,
      refresh: signRefresh(await secrets.key('refresh'), { account, session, secret }),
      refreshUntil: item.until,
      stay: item.stay,
    };
  }
}

function infoOf(id: string, { v: _, token: _1, before: _2, rotated: _3, ...item }: SessionItem): SessionInfo {
  return { id, ...item };
}

/** A day later, so that an item is never gone while a clock that is slow still needs it. */
function expiry({ until }: SessionItem): number {
  return Math.ceil(until / 1000) + 86_400;
}

function cleanDevice(name: string): string {
  return name
    .replace(/\p{Cc}/gu, ' ')
    .trim()
    .slice(0, MAX_DEVICE);
}

function over(): Refused {
  return new Refused('authenticationfailed', 'This session has ended. Sign in again.');
}
