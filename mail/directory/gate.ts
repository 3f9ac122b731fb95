import { Refused } from '../refused.ts';

/**
 * Lets so many run at once and so many wait: each argon2 takes 19 MiB and a core, so that without it a burst of sign-ins
 * could take all memory.
 */
export class Gate {
  private readonly width: number;
  private readonly maxWaiting: number;
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(width: number, maxWaiting: number) {
    this.width = width;
    this.maxWaiting = maxWaiting;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.running >= this.width) {
      if (this.waiting.length >= this.maxWaiting) {
        throw new Refused('unavailable', 'Too many people are signing in at this moment. Try again in a minute.');
      }
      // Whoever finishes hands its place over, so `running` stays as it is.
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    } else {
      this.running++;
    }
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.running--;
      else next();
    }
  }
}
