import type { Route } from '../directory/types.ts';
import type { Clock } from '../ports/index.ts';

/**
 * What this process knows of the places that it delivers to: how many deliveries to each are under way, and which could not be
 * reached a moment ago. So one slow or dead destination neither takes all workers nor is called a thousand times in vain.
 */
export interface Destinations {
  /** A place to deliver in, to be freed; or how many milliseconds to wait before asking again. */
  enter(name: string, force: boolean): { readonly leave: () => void } | { readonly wait: number };
  /** It answered: forget what was wrong. */
  reached(name: string): void;
  /** None of its servers could be reached. */
  unreachable(name: string): void;
}

export interface DestinationLimits {
  /** Deliveries at a time to one destination. */
  readonly concurrency: number;
  /** After the first failure; doubled by each further one. Milliseconds. */
  readonly firstPause: number;
  readonly longestPause: number;
}

export const DESTINATION_LIMITS: DestinationLimits = { concurrency: 20, firstPause: 15_000, longestPause: 300_000 };
/** While all places are taken. */
const BUSY_WAIT = 2_000;
/** Failures of more destinations than this are not remembered. */
const MAX_PAUSED = 10_000;

export function createDestinations(clock: Clock, limits: DestinationLimits = DESTINATION_LIMITS): Destinations {
  const active = new Map<string, number>();
  const paused = new Map<string, { readonly until: number; readonly failures: number }>();
  return {
    enter(name, force) {
      const pause = paused.get(name);
      if (!force && pause !== undefined && pause.until > clock.now()) return { wait: pause.until - clock.now() };
      const count = active.get(name) ?? 0;
      if (count >= limits.concurrency) return { wait: BUSY_WAIT };
      active.set(name, count + 1);
      return {
        leave() {
          const left = (active.get(name) ?? 1) - 1;
          if (left === 0) active.delete(name);
          else active.set(name, left);
        },
      };
    },
    reached(name) {
      paused.delete(name);
    },
    unreachable(name) {
      const now = clock.now();
      const known = paused.get(name);
      // Deliveries that were under way together count as one failure.
      if (known !== undefined && known.until > now) return;
      const failures = (known?.failures ?? 0) + 1;
      const pause = Math.min(limits.longestPause, limits.firstPause * 2 ** (failures - 1));
      if (paused.size >= MAX_PAUSED) paused.clear();
      paused.set(name, { until: now + pause, failures });
    },
  };
}

/** What a delivery of a domain's mail goes to first. */
export function destinationOf(routes: readonly Route[], domain: string): string {
  const first = routes[0];
  if (first === undefined || first.kind === 'mx') return domain;
  return first.kind === 'ses' ? 'ses' : `${first.host}:${first.port}`;
}
