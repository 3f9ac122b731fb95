import { createHmac } from 'node:crypto';
import * as z from 'zod';
import { type Clock, ConditionFailed, type Random, randomName } from '../ports/index.ts';
import { Refused } from '../refused.ts';
import { keys } from './items.ts';
import { expiry } from './once.ts';
import { SCOPES } from './scopes.ts';
import { hashOf, type Secrets, same } from './secrets.ts';
import type { CredentialStore } from './store.ts';

/** In minutes. */
export const LINK_MINUTES = { least: 1, most: 60, normal: 5 } as const;

/**
 * What a session that a link opened may do: all but what changes how one signs in, or administers. Who makes a link for
 * somebody is not to become him for good by it.
 */
export const LINK_SCOPES = SCOPES.filter((scope) => scope !== 'account' && scope !== 'admin');

interface Deps {
  readonly store: Pick<CredentialStore, 'fresh' | 'put'>;
  readonly secrets: Pick<Secrets, 'key'>;
  readonly clock: Clock;
  readonly random: Random;
}

const TOKEN =
  /^(?<text>psl_(?<account>[a-z0-9-]{1,64})\.(?<nonce>[a-z2-7]{26})\.(?<until>[0-9a-z]{1,10})\.(?<stamp>[0-9a-z]{1,12}))\.(?<mac>[\w-]{43})$/;

/**
 * Links that sign in: signed, for some minutes, once. Nothing is stored when one is made; using it puts an item that must not
 * be there. A link names the version of the account's password, so that it ends when that changes or the account goes.
 */
export class SignOnLinks {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** `until`: milliseconds since 1970. Refused: `invalid` (the minutes), `nonexistent`. */
  async make(account: string, minutes: number): Promise<{ readonly token: string; readonly until: number }> {
    const { clock, random } = this.#deps;
    if (!Number.isInteger(minutes) || minutes < LINK_MINUTES.least || minutes > LINK_MINUTES.most) {
      throw new Refused('invalid', `A link lasts ${LINK_MINUTES.least} to ${LINK_MINUTES.most} minutes.`);
    }
    const stamp = await this.#stamp(account);
    if (stamp === undefined) throw new Refused('nonexistent', 'There is no such account.');
    const until = clock.now() + minutes * 60_000;
    const text = `psl_${account}.${randomName(random, 26)}.${until.toString(36)}.${stamp}`;
    return { token: `${text}.${await this.#sign(text)}`, until };
  }

  /** The account that it signs in to, this once. Refused: `invalid`. */
  async use(token: string): Promise<string> {
    const { store, clock, random } = this.#deps;
    const match = TOKEN.exec(token)?.groups;
    if (match === undefined || !same(await this.#sign(match.text!), match.mac!)) throw refused();
    const account = match.account!;
    const until = Number.parseInt(match.until!, 36);
    if (until <= clock.now() || (await this.#stamp(account)) !== match.stamp) throw refused();
    // The name of the use tells our write, where its outcome was not known, from that of another.
    const use = Buffer.from(random.bytes(16)).toString('base64url');
    try {
      await store.put({ pk: `dir/once/link/${hashOf(token)}`, sk: 'used' }, { v: 1, use }, 'absent', expiry(until));
    } catch (error) {
      if (error instanceof ConditionFailed) throw refused();
      throw error;
    }
    return account;
  }

  async #stamp(account: string): Promise<string | undefined> {
    const password = await this.#deps.store.fresh({ pk: keys.account(account), sk: 'credential' }, z.unknown());
    return password?.rev.toString(36);
  }

  async #sign(text: string): Promise<string> {
    return createHmac('sha256', await this.#deps.secrets.key('sign-on link'))
      .update(text)
      .digest('base64url');
  }
}

function refused(): Refused {
  return new Refused('invalid', 'This link was used already, or its time is over. Ask for another.');
}
