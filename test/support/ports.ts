/** The ports of a store as one object: what the embedded store, the one in memory and the failing one have in common. */
import type { Blobs, Queue, QueueName, Records, Schedule, Wakeups } from '../../mail/ports/index.ts';

export interface StorePorts {
  readonly records: Records;
  readonly blobs: Blobs;
  readonly queues: Readonly<Record<QueueName, Queue>>;
  readonly schedule: Schedule;
  readonly wakeups: Wakeups;
}
