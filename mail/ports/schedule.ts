/**
 * One-time wake-ups beyond a queue's reach. EventBridge Scheduler in the cloud, a table on one machine.
 *
 * Contract: at or after `at` (within a minute or so) the body is sent to the named queue, at least once.
 * The same id again replaces the time and body. It is only a wake-up: the truth is in the records.
 */
export type QueueName = 'deliver' | 'send' | 'compact';

export interface Schedule {
  /** `id` matches /^[A-Za-z0-9_.-]{1,64}$/; `at` in milliseconds since 1970. */
  at(id: string, at: number, queue: QueueName, body: string): Promise<void>;
  /** Cancelling what is not there succeeds. */
  cancel(id: string): Promise<void>;
}
