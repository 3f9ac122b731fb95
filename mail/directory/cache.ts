import type { Clock } from '../ports/index.ts';

/**
 * Remembers what was found, for a short time. What was not found is asked again each time, so that a domain receives as
 * soon as it is added. Callers that ask for one key at once share one read.
 */
export class Cache<T> {
  private readonly clock: Clock;
  private readonly ttl: number;
  private readonly limit: number;
  private readonly known = new Map<string, { readonly value: T; readonly until: number }>();
  private readonly reading = new Map<string, Promise<T | undefined>>();

  /** `ttl` in milliseconds; `limit`: how many values are held. */
  constructor(clock: Clock, ttl: number, limit: number) {
    this.clock = clock;
    this.ttl = ttl;
    this.limit = limit;
  }

  async get(key: string, read: () => Promise<T | undefined>): Promise<T | undefined> {
    const hit = this.known.get(key);
    if (hit !== undefined && hit.until > this.clock.now()) return hit.value;
    const under = this.reading.get(key);
    if (under !== undefined) return under;
    const reading = this.fill(key, read);
    this.reading.set(key, reading);
    return reading;
  }

  /** Forgets a value, also one that is just being read. */
  drop(key: string): void {
    this.known.delete(key);
    this.reading.delete(key);
  }

  private async fill(key: string, read: () => Promise<T | undefined>): Promise<T | undefined> {
    // Without this turn the reader below could finish before it is listed in `reading`.
    await Promise.resolve();
    const mine = this.reading.get(key);
    try {
      const value = await read();
      // A drop during the read means that the value may be old.
      if (value !== undefined && mine !== undefined && this.reading.get(key) === mine) this.remember(key, value);
      return value;
    } finally {
      if (this.reading.get(key) === mine) this.reading.delete(key);
    }
  }

  private remember(key: string, value: T): void {
    this.known.delete(key);
    this.known.set(key, { value, until: this.clock.now() + this.ttl });
    if (this.known.size <= this.limit) return;
    const oldest = this.known.keys().next();
    if (!oldest.done) this.known.delete(oldest.value);
  }
}
