import { createHash } from 'node:crypto';
import type { State } from '../account/types.ts';

/** The account's objects of this type, named as JMAP names it: their states are those of the type. */
export const SIEVE_SCRIPT = 'SieveScript';

/** A script as an account keeps it (RFC 9661 section 2). It was checked when it was stored. */
export interface StoredScript {
  readonly name: string;
  /** What was uploaded, which is UTF-8. */
  readonly content: string;
  /** `digestOf(content)`. */
  readonly digest: string;
  /** At most one is. */
  readonly isActive: boolean;
}

export function storedScripts(state: State): ReadonlyMap<string, StoredScript> {
  return state.objects(SIEVE_SCRIPT) as ReadonlyMap<string, StoredScript>;
}

/** Stands for a content: 26 characters out of [a-z2-7]. */
export function digestOf(content: string): string {
  const digest = createHash('sha256').update(content).digest();
  return Array.from(digest.subarray(0, 26), (byte) => 'abcdefghijklmnopqrstuvwxyz234567'[byte & 31]).join('');
}
