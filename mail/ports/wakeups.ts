/**
 * "Account N has reached seq M." AppSync Events in the cloud, an event emitter in one process.
 *
 * Contract: best effort. An event may be lost, repeated or late: whoever listens also polls, and reads the log's
 * tail after subscribing (design: rule 14). It carries no mail, only numbers.
 */
export interface Wakeups {
  /** Never throws for the sake of a listener; a lost event is only a later poll. */
  publish(account: string, seq: number): Promise<void>;
  /**
   * Calls `listener` for each event of that account until the returned function is called. `seq` is Infinity when events
   * may have been lost (the adapter had to connect again): read the tail.
   */
  subscribe(account: string, listener: (seq: number) => void): () => void;
}
