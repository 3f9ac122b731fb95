/** Randomness, from outside, so that the simulation can repeat a history from its seed. */
export interface Random {
  /** `length` random bytes, fit for secrets. */
  bytes(length: number): Uint8Array;
  /** A number in [0, 1), for jitter. */
  number(): number;
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** A random name of `length` characters out of [a-z2-7], five bits each. */
export function randomName(random: Random, length: number): string {
  let name = '';
  for (const byte of random.bytes(length)) name += ALPHABET[byte & 31];
  return name;
}
