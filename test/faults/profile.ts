/** What kind of history a seed makes: how hostile the outside is, and what happens in it. */
import type { SimRandom } from '../support/simrandom.ts';

export interface Profile {
  /** A call takes up to so long before its effect, and again before its reply, in ms. */
  readonly latency: number;
  /** Chances of a call: to be refused, to lose its reply, to take up to a minute, to end its process, to happen twice. */
  readonly unavailable: number;
  readonly unknown: number;
  readonly slow: number;
  readonly crash: number;
  readonly twice: number;
  /** Throttling: for a second or three, most calls of everybody are refused. Chance per event. */
  readonly burst: number;
  readonly retentionDays: number;
  readonly accounts: number;
  readonly phases: number;
  readonly events: number;
  /** A later release writes to one of the accounts in the middle of it. */
  readonly upgrade: boolean;
  /** How long after its `expires` the store drops an item, in ms. */
  readonly expiryLag: number;
  /** Whether the end waits until everything that was thrown away is gone from the store. */
  readonly ages: boolean;
}

const DAY = 86_400_000;

export function profileOf(random: SimRandom): Profile {
  const hostile = random.pick([0, 0.3, 1, 1, 2]);
  return {
    latency: random.pick([1, 4, 20, 60]),
    unavailable: 0.02 * hostile,
    unknown: 0.03 * hostile,
    slow: 0.004 * hostile,
    crash: 0.0015 * hostile,
    twice: 0.1,
    burst: 0.03 * hostile,
    retentionDays: random.pick([2, 3, 5]),
    accounts: 2 + random.int(2),
    phases: 2 + random.int(3),
    events: 14 + random.int(16),
    upgrade: random.chance(0.15),
    expiryLag: random.pick([0, 3_600_000, 3 * DAY]),
    ages: random.chance(0.5),
  };
}
