/** What a history did, for a person to read when a check has failed, and the first check that did. */
import type { Clock } from '../../mail/ports/index.ts';

export interface Failure {
  /** Which promise was broken, in one word or two. */
  readonly check: string;
  readonly detail: string;
}

/** As many events as are kept: what came before is seldom the reason. */
const KEPT = 400;

export class Trace {
  failure: Failure | undefined;
  readonly #clock: Clock;
  readonly #start: number;
  readonly #lines: string[] = [];
  #failed: () => void = () => {};
  /** Resolves at the first failure. */
  readonly broken: Promise<void>;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#start = clock.now();
    this.broken = new Promise((resolve) => {
      this.#failed = resolve;
    });
  }

  add(who: string, what: string): void {
    if (this.failure !== undefined) return;
    this.#lines.push(`${elapsed(this.#clock.now() - this.#start)} ${who.padEnd(9)} ${what}`);
    if (this.#lines.length > 2 * KEPT) this.#lines.splice(0, KEPT);
  }

  /** The first failure counts: what follows it is mostly its consequence. */
  fail(check: string, detail: string): void {
    if (this.failure !== undefined) return;
    this.add('CHECK', `${check}: ${detail}`);
    this.failure = { check, detail };
    this.#failed();
  }

  last(count: number): readonly string[] {
    return this.#lines.slice(-count);
  }
}

/** Days, hours, minutes, seconds since the history began. */
function elapsed(ms: number): string {
  const two = (n: number) => String(Math.floor(n)).padStart(2, '0');
  const seconds = ((ms % 60_000) / 1000).toFixed(3).padStart(6, '0');
  return `${String(Math.floor(ms / 86_400_000)).padStart(3)}d ${two((ms / 3_600_000) % 24)}:${two((ms / 60_000) % 60)}:${seconds}`;
}
