import * as z from 'zod';
import { type Clock, type Random, randomName } from '../ports/index.ts';
import { Refused } from '../refused.ts';
import { keys } from './items.ts';
import { addressChanged, confirmAddress, type Post } from './notices.ts';
import { OnceTokens } from './once.ts';
import type { CredentialStore, Key } from './store.ts';

const HOUR = 3_600_000;
const HOURS = 24;
/** Links that an account may have mailed to addresses that are perhaps not its owner's. */
const MAILED = { most: 5, windowMs: HOUR };

const item = z.object({
  v: z.literal(1),
  /** That counts. */
  confirmed: z.object({ address: z.string(), since: z.number() }).optional(),
  /** Whose owner has not opened the link. */
  pending: z.object({ address: z.string(), asked: z.number() }).optional(),
});
type Item = z.infer<typeof item>;

const CONFIRMATION = {
  name: 'recovery-address',
  forMs: HOURS * HOUR,
  means: z.object({ account: z.string(), address: z.string() }),
  refusal: 'This link was used already, or its time is over. Set the address again.',
};

/** The account that something is about, as the directory knows it. */
export interface Owner {
  readonly id: string;
  readonly address: string;
  readonly tenant: string;
}

/** Counts over all processes; false where it is one too many. See mail/directory/rate.ts. */
export interface Counts {
  take(what: string, who: string, rate: { readonly most: number; readonly windowMs: number }): Promise<boolean>;
}

/** What everything needs that mails links. */
export interface LinkDeps {
  readonly store: CredentialStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly counts: Counts;
  readonly post: Post;
  /** The page that a link leads to; the token is added to it. */
  readonly page: (name: 'recovery-address' | 'reset' | 'sign-on') => Promise<string>;
  readonly account: (id: string) => Promise<Owner | undefined>;
}

export interface RecoveryAddress {
  /** By which the password can be reset. */
  readonly address?: string;
  /** Not confirmed yet. */
  readonly pending?: string;
}

/** The address elsewhere by which an account is got back; it counts when whoever reads its mail has said so. */
export class RecoveryAddresses {
  readonly #deps: LinkDeps;
  readonly #tokens: OnceTokens<{ account: string; address: string }>;

  constructor(deps: LinkDeps) {
    this.#deps = deps;
    this.#tokens = new OnceTokens(deps, CONFIRMATION);
  }

  async get(account: string): Promise<RecoveryAddress> {
    const now = (await this.#deps.store.fresh(keyOf(account), item))?.value;
    return {
      ...(now?.confirmed === undefined ? {} : { address: now.confirmed.address }),
      ...(now?.pending === undefined ? {} : { pending: now.pending.address }),
    };
  }

  /** Mails a link to `address`, in the directory's spelling; until it is opened nothing changes. Refused: `throttled`. */
  async ask(owner: Owner, address: string): Promise<void> {
    const { store, clock, counts, page } = this.#deps;
    if (!(await counts.take('recovery-address', owner.id, MAILED))) {
      throw new Refused('throttled', 'Too many addresses were tried. Try again in an hour.');
    }
    const pending = { address, asked: clock.now() };
    await store.update(keyOf(owner.id), item, (now) => ({ v: 1 as const, ...now, pending }));
    const token = await this.#tokens.make({ account: owner.id, address });
    const link = `${await page('recovery-address')}#${token}`;
    await this.#tell(owner, address, confirmAddress(owner.address, link, HOURS));
  }

  /** The account whose address counts from now on. The one before it is told. Refused: `invalid`. */
  async confirm(token: string): Promise<Owner> {
    const { store, clock, account } = this.#deps;
    const { account: id, address } = await this.#tokens.spend(token);
    const owner = await account(id);
    if (owner === undefined) throw new Refused('invalid', CONFIRMATION.refusal);
    let old: string | undefined;
    await store.update(keyOf(id), item, (now): Item => {
      // Another one was asked for since, or none.
      if (now?.pending?.address !== address) throw new Refused('invalid', CONFIRMATION.refusal);
      old = now.confirmed?.address;
      return { v: 1, confirmed: { address, since: clock.now() } };
    });
    if (old !== undefined && old !== address) await this.#tell(owner, old, addressChanged(owner.address, address));
    return owner;
  }

  /** Takes away what there is; the address is told. */
  async remove(owner: Owner): Promise<void> {
    const { store } = this.#deps;
    const { address } = await this.get(owner.id);
    await store.remove(keyOf(owner.id));
    if (address !== undefined) await this.#tell(owner, address, addressChanged(owner.address, undefined));
  }

  #tell(account: Owner, to: string, text: ReturnType<typeof confirmAddress>): Promise<void> {
    return this.#deps.post({ id: randomName(this.#deps.random, 26), to, account, ...text });
  }
}

function keyOf(account: string): Key {
  return { pk: keys.account(account), sk: 'recovery-address' };
}
