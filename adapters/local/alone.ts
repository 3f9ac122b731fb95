/** Groups in a row that held so few writes before the next one is written without handing it over. */
const IN_A_ROW = 4;
const FEW = 2;
/** A disk that takes longer than this in the mean, in milliseconds, must not hold up everything else; it is tried again after so many groups. */
const LONG = 3;
const PAUSE = 200;
/** The share of the last one in that mean. */
const WEIGHT = 1 / 16;

/**
 * Decides whether a group of writes is made durable in this thread. Handing it to another and waiting for that costs about as much as a
 * quick disk takes, which is all that a client notices who waits for each answer before the next command. With several writers at once, or
 * on a slow disk, the other thread is better: this one goes on meanwhile.
 */
export class Alone {
  #groups = 0;
  #mean = 0;

  /** To be asked once for each group; `count`: its writes. `others`: whether an earlier one is still under way. */
  is(count: number, others: boolean): boolean {
    if (count > FEW || others) {
      this.#groups = Math.min(this.#groups, 0);
      return false;
    }
    this.#groups += 1;
    return this.#groups > IN_A_ROW;
  }

  /** Does it, here, and looks at how long it takes. */
  run<T>(write: () => T): T {
    const begun = performance.now();
    try {
      return write();
    } finally {
      this.#mean += (performance.now() - begun - this.#mean) * WEIGHT;
      if (this.#mean > LONG) {
        this.#groups = -PAUSE;
        this.#mean = 0;
      }
    }
  }
}
