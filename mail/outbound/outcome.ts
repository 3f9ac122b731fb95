import type { Verdict } from './queue-entry.ts';

/** What one attempt came to for one recipient. */
export interface Outcome {
  readonly recipient: string;
  readonly kind: 'delivered' | 'deferred' | 'failed';
  readonly verdict: Verdict;
}

/** What one way (a host, a route) came to for all the recipients that it was asked for. */
export interface WayResult {
  readonly outcomes: readonly Outcome[];
  /**
   * Nothing else may be tried in this attempt: the server answered for the recipients, or may have taken the message. False:
   * this way does not work now or at all, another one may.
   */
  readonly settled: boolean;
  /** No server could be reached at all: worth remembering for the destination. */
  readonly unreachable?: boolean;
}

/** The same verdict for every recipient. */
export function forAll(recipients: readonly string[], kind: Outcome['kind'], verdict: Verdict): readonly Outcome[] {
  return recipients.map((recipient) => ({ recipient, kind, verdict }));
}
