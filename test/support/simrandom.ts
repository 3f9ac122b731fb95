/** Randomness that a seed repeats. Not for secrets. */
import type { Random } from '../../mail/ports/index.ts';

/** The generator is sfc32: 128 bits of state, a few additions and shifts a number. */
export class SimRandom implements Random {
  #a: number;
  #b: number;
  #c: number;
  #count = 1;

  /** The same seed and label give the same numbers; other labels of a seed give independent ones. */
  constructor(seed: number, label = '') {
    this.#a = seed | 0;
    this.#b = Math.floor(seed / 2 ** 32) | 0;
    this.#c = 0x9e3779b9;
    for (const char of label) this.#c = (Math.imul(this.#c, 31) + char.codePointAt(0)!) | 0;
    for (let i = 0; i < 15; i++) this.#next();
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at++) bytes[at] = this.#next() >>> 24;
    return bytes;
  }

  number(): number {
    return this.#next() / 2 ** 32;
  }

  /** A whole number from 0 up to, not including, `bound`. */
  int(bound: number): number {
    return Math.floor(this.number() * bound);
  }

  /** True with that probability. */
  chance(probability: number): boolean {
    return this.number() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.int(items.length)]!;
  }

  #next(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#count) | 0;
    this.#count = (this.#count + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    this.#c |= 0;
    return sum >>> 0;
  }
}
