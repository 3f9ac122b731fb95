import * as z from 'zod';
import { type Clock, ConditionFailed, type Random } from '../ports/index.ts';
import { Refused } from '../refused.ts';
import { hashOf } from './secrets.ts';
import type { CredentialStore, Key } from './store.ts';

interface Deps {
  readonly store: Pick<CredentialStore, 'fresh' | 'put'>;
  readonly clock: Clock;
  readonly random: Random;
}

interface Kind<T> {
  /** Names the tokens of one purpose: one of another never counts. */
  readonly name: string;
  readonly forMs: number;
  readonly means: z.ZodType<T>;
  /** For whoever comes with one that was used, is over, or never was. */
  readonly refusal: string;
}

/** Of 256 random bits, as base64url. */
const TOKEN = /^[\w-]{43}$/;

/**
 * Random tokens that count once, and for a short time. Of a token the store has its SHA-256, under which stands what it means;
 * using it is one conditional write, so that of two who use it at once one wins, in whichever process.
 */
export class OnceTokens<T> {
  readonly #deps: Deps;
  readonly #kind: Kind<T>;
  readonly #item: z.ZodType<{ until: number; spent?: string | undefined; means: T }>;

  constructor(deps: Deps, kind: Kind<T>) {
    this.#deps = deps;
    this.#kind = kind;
    // `spent`: a name of the use, which tells a write of ours whose outcome was not known from that of another.
    this.#item = z.object({ v: z.literal(1), until: z.number(), spent: z.string().optional(), means: kind.means });
  }

  async make(means: T): Promise<string> {
    const { store, clock, random } = this.#deps;
    const token = Buffer.from(random.bytes(32)).toString('base64url');
    const until = clock.now() + this.#kind.forMs;
    await store.put(this.#key(token), { v: 1, until, means }, 'absent', expiry(until));
    return token;
  }

  /** What the token means; from now on it counts no more. Refused: `invalid`. */
  async spend(token: string): Promise<T> {
    const { store, clock, random } = this.#deps;
    const key = this.#key(token);
    const kept = TOKEN.test(token) ? await store.fresh(key, this.#item) : undefined;
    if (kept === undefined || kept.value.spent !== undefined || kept.value.until <= clock.now()) throw this.#refused();
    const spent = Buffer.from(random.bytes(16)).toString('base64url');
    try {
      await store.put(key, { v: 1, ...kept.value, spent }, { rev: kept.rev }, expiry(kept.value.until));
    } catch (error) {
      if (error instanceof ConditionFailed) throw this.#refused();
      throw error;
    }
    return kept.value.means;
  }

  #key(token: string): Key {
    return { pk: `dir/once/${this.#kind.name}/${hashOf(token)}`, sk: 'token' };
  }

  #refused(): Refused {
    return new Refused('invalid', this.#kind.refusal);
  }
}

/** An hour later, so that a store that drops it early for its own clock does no harm. */
export function expiry(until: number): number {
  return Math.ceil(until / 1_000) + 3_600;
}
