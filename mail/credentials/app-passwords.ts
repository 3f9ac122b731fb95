import { type Clock, type Random, randomName } from '../ports/index.ts';
import { Refused } from '../refused.ts';
import { type AppItem, appItem, keys, type ScramKeys } from './items.ts';
import type { AppScope } from './scopes.ts';
import { hashOf, same } from './secrets.ts';
import type { CredentialStore } from './store.ts';

/** Of five bits each: the first four say which one it is, the others (80 bits) prove it. */
const LENGTH = 20;
const ID = 4;
/** App passwords of one account. */
const MOST = 50;
const MAX_NAME = 100;
const HOUR = 3_600_000;
const TRIES = 8;

export interface AppPassword extends Omit<AppItem, 'v' | 'hash' | 'scram'> {
  readonly id: string;
}

interface Deps {
  readonly store: CredentialStore;
  readonly clock: Clock;
  readonly random: Random;
  /** What SCRAM-SHA-256 keeps of one, as it is shown, with the salt of the account's password; undefined where it has none. */
  readonly scramKeys: (account: string, password: string) => Promise<ScramKeys | undefined>;
  /** Called when one of an account's has gone. */
  readonly ended: (account: string) => Promise<void>;
}

/** Passwords that the server makes for one program each, good for what their owner chose. */
export class AppPasswords {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** `password` is never to be seen again. Refused: `invalid`, `limit`. */
  async make(
    account: string,
    name: string,
    scopes: readonly AppScope[],
  ): Promise<AppPassword & { readonly password: string }> {
    const { store, clock, random, scramKeys } = this.#deps;
    const clean = name.trim();
    if (clean === '' || clean.length > MAX_NAME || /\p{Cc}/u.test(clean)) {
      throw new Refused('invalid', `Name the program or device that it is for, in at most ${MAX_NAME} characters.`);
    }
    if (scopes.length === 0) throw new Refused('invalid', 'Say what the app password may be used for.');
    const there = await this.list(account);
    if (there.length >= MOST) {
      throw new Refused('limit', `An account has at most ${MOST} app passwords. Revoke one that is not used.`);
    }
    const taken = new Set(there.map(({ id }) => id));
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      const secret = randomName(random, LENGTH);
      const id = secret.slice(0, ID);
      if (taken.has(id)) continue;
      const password = secret.replace(/(.{4})(?=.)/g, '$1-');
      const scram = await scramKeys(account, password);
      const item: AppItem = {
        v: 1,
        name: clean,
        scopes: [...new Set(scopes)],
        made: clock.now(),
        hash: hashOf(account, secret),
        ...(scram === undefined ? {} : { scram }),
      };
      await store.put(keys.app(account, id), item, 'absent');
      return { ...infoOf(id, item), password };
    }
    throw new Refused('unavailable', 'No app password could be made. Try again.');
  }

  async list(account: string): Promise<readonly AppPassword[]> {
    const found: AppPassword[] = [];
    for await (const [sk, item] of this.#deps.store.list(keys.account(account), appItem, 'app/')) {
      found.push(infoOf(sk.slice('app/'.length), item));
    }
    return found.sort((a, b) => b.made - a.made);
  }

  /** False where there is none. */
  async revoke(account: string, id: string): Promise<boolean> {
    const { store, ended } = this.#deps;
    const at = keys.app(account, id);
    if ((await store.fresh(at, appItem)) === undefined) return false;
    await store.remove(at);
    await ended(account);
    return true;
  }

  /** Says how many there were. */
  async revokeAll(account: string): Promise<number> {
    const all = await this.list(account);
    for (const { id } of all) await this.revoke(account, id);
    return all.length;
  }

  /** What this password is, if it is one of the account's. As costly for an account that nobody has (''). */
  async verify(account: string, password: string): Promise<AppPassword | undefined> {
    const secret = password.replace(/[\s-]/g, '').toLowerCase();
    if (!/^[a-z2-7]{20}$/.test(secret)) return undefined;
    const id = secret.slice(0, ID);
    const item = await this.#deps.store.cached(keys.app(account, id), appItem);
    const right = same(item?.value.hash ?? hashOf(''), hashOf(account, secret));
    return right && item !== undefined ? infoOf(id, item.value) : undefined;
  }

  /** The keys of those that SCRAM can prove with this salt. As costly for an account that nobody has (''). */
  async scram(account: string, salt: string): Promise<readonly (ScramKeys & { readonly id: string })[]> {
    const found: (ScramKeys & { readonly id: string })[] = [];
    for await (const [sk, { scram }] of this.#deps.store.list(keys.account(account), appItem, 'app/')) {
      if (scram?.salt === salt) found.push({ id: sk.slice('app/'.length), ...scram });
    }
    return found;
  }

  /** Whether one still counts, as seen in the last 15 seconds. */
  async find(account: string, id: string): Promise<AppPassword | undefined> {
    const item = (await this.#deps.store.cached(keys.app(account, id), appItem))?.value;
    return item === undefined ? undefined : infoOf(id, item);
  }

  /** Notes that it was used, by the hour, so that a program that signs in for each poll does not write for each. */
  async used(account: string, { id, used }: AppPassword): Promise<void> {
    const { store, clock } = this.#deps;
    const hour = Math.floor(clock.now() / HOUR) * HOUR;
    if (used !== undefined && used >= hour) return;
    const at = keys.app(account, id);
    const change = (now: AppItem | undefined) => {
      // Revoked meanwhile: this must not bring it back.
      if (now === undefined) throw new Refused('nonexistent', 'There is no such app password.');
      return { ...now, used: hour };
    };
    try {
      await store.update(at, appItem, change);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  }
}

function infoOf(id: string, { v: _, hash: _1, scram: _2, ...item }: AppItem): AppPassword {
  return { id, ...item };
}
