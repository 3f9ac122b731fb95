import { createHash } from 'node:crypto';

/** One bit in so many is looked at for a name: at ten bits a name, one in a hundred that were never added seems to have been. */
const HASHES = 7;
const BITS = 2 ** 26;

/**
 * Remembers names in 8 MiB, however many: what was added is always known again, and what was not seems so now and then
 * (a Bloom filter: one in a hundred at seven million names). Another `salt` errs about other names.
 */
export class Seen {
  readonly #words = new Uint32Array(BITS / 32);
  readonly #salt: string;

  constructor(salt: string) {
    this.#salt = salt;
  }

  add(name: string): void {
    for (const bit of this.#bits(name)) this.#words[bit >>> 5]! |= 1 << (bit & 31);
  }

  has(name: string): boolean {
    return this.#bits(name).every((bit) => (this.#words[bit >>> 5]! & (1 << (bit & 31))) !== 0);
  }

  #bits(name: string): number[] {
    const digest = createHash('sha256').update(`${this.#salt} ${name}`).digest();
    return Array.from({ length: HASHES }, (_, i) => digest.readUInt32LE(4 * i) % BITS);
  }
}
