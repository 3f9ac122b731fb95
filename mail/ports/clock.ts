/** Time, from outside, so that the simulation can make its own. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after `ms`, or rejects with the signal's reason when it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `action` once after `ms` unless the returned function is called first. Does not keep the process alive. */
  after(ms: number, action: () => void): () => void;
}
