import { Refused } from '../refused.ts';

const REMEMBERED = 10_000;

/**
 * Lets so many run at once and so many wait: each argon2 takes 19 MiB and a core, so that without it a burst of sign-ins
 * could take all memory. Of those that wait, whoever has had the fewest turns goes first, and of these the last to come, so that
 * one who comes among many that try and try again does not wait for them.
 */
export class Gate {
  private readonly width: number;
  private readonly maxWaiting: number;
  private running = 0;
  private count = 0;
  private readonly waiting = new Map<string, Waiting[]>();
  /** Turns that each has had since the gate was last free, or since there were too many to remember. */
  private readonly turns = new Map<string, number>();

  constructor(width: number, maxWaiting: number) {
    this.width = width;
    this.maxWaiting = maxWaiting;
  }

  /** `who` shares one place in the line. Throws `Refused` where the line is full, and most of it is theirs. */
  async run<T>(who: string, work: () => Promise<T>): Promise<T> {
    if (this.running < this.width) this.running++;
    else await this.queue(who);
    if (this.turns.size >= REMEMBERED) this.turns.clear();
    this.turns.set(who, (this.turns.get(who) ?? 0) + 1);
    try {
      return await work();
    } finally {
      this.next();
    }
  }

  private queue(who: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const line = this.waiting.get(who) ?? [];
      line.push({ resolve, reject });
      this.waiting.set(who, line);
      if (++this.count > this.maxWaiting) this.turnAway();
    });
  }

  /** The last of the longest line. */
  private turnAway(): void {
    const [who] = [...this.waiting].reduce((most, one) => (one[1].length > most[1].length ? one : most));
    this.take(who, 'last').reject(
      new Refused('unavailable', 'Too many people are signing in at this moment. Try again in a minute.'),
    );
  }

  /** Whoever has finished hands its place over, so `running` stays as it is while somebody waits. */
  private next(): void {
    if (this.count === 0) {
      this.running--;
      this.turns.clear();
      return;
    }
    let next = '';
    let fewest = Number.POSITIVE_INFINITY;
    for (const who of this.waiting.keys()) {
      const turns = this.turns.get(who) ?? 0;
      if (turns <= fewest) [next, fewest] = [who, turns];
    }
    this.take(next, 'first').resolve();
  }

  private take(who: string, which: 'first' | 'last'): Waiting {
    const line = this.waiting.get(who)!;
    const one = which === 'first' ? line.shift()! : line.pop()!;
    if (line.length === 0) this.waiting.delete(who);
    this.count--;
    return one;
  }
}

interface Waiting {
  resolve(): void;
  reject(error: Error): void;
}
