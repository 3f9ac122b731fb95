/**
 * A queue of jobs, at least once, in no order. SQS in the cloud, a table with an in-memory lease on one machine.
 *
 * Contract, checked by test/contracts/queue for every adapter:
 * - When `send` resolves the job is durable and will be received, perhaps more than once, until it is deleted.
 * - A received job is hidden for `visibility` seconds, then comes again unless deleted.
 * - `send` throws `Unavailable` (not queued), `OutcomeUnknown` (perhaps queued) or `TooLarge`.
 */

/** Bytes of one job's body (SQS: 1 MiB less its attributes). */
export const JOB_LIMIT = 1_000_000;
/** The longest delay a queue can keep (SQS: 15 minutes); beyond it, use the schedule. */
export const MAX_DELAY_SECONDS = 900;

export interface ReceivedJob {
  /** Names this reception, for `delete` and `retry`. */
  readonly handle: string;
  readonly body: string;
  /** How often it was received, this time included. */
  readonly attempt: number;
}

export interface ReceiveOptions {
  readonly max: number;
  readonly visibility: number;
  readonly waitSeconds: number;
  readonly signal?: AbortSignal;
}

export interface Queue {
  /** `group`: jobs of one group (a tenant) wait behind each other, not before everybody (SQS fair queues). */
  send(body: string, options?: { readonly delaySeconds?: number; readonly group?: string }): Promise<void>;
  /** Up to `max` jobs; waits up to `waitSeconds` for the first; empty when none came, or when the signal aborts. */
  receive(options: ReceiveOptions): Promise<readonly ReceivedJob[]>;
  /** Done with them: they do not come again. */
  delete(handles: readonly string[]): Promise<void>;
  /** Makes a received job visible again after `delaySeconds`. */
  retry(handle: string, delaySeconds: number): Promise<void>;
}
