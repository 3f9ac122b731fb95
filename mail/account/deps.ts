import type { Blobs, Clock, Log, Random, Records, Wakeups } from '../ports/index.ts';

/** What accounts need from outside, and how this process treats them. */
export interface Deps {
  readonly records: Records;
  readonly blobs: Blobs;
  readonly wakeups: Wakeups;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /**
   * `worker` waits 10 ms or more after a lost race, so that people's writers get through (design: rule 11).
   */
  readonly writer: 'person' | 'worker';
  /**
   * No other process writes accounts of this store (its home is locked): what was last written here is the newest.
   */
  readonly exclusive: boolean;
  /** How long history is kept, in milliseconds; at least two days (design: rule 1). Asked for when a snapshot is written. */
  readonly retentionMs: () => Promise<number>;
  /** Called when an account's tail has grown long: have it compacted, here or elsewhere, not in this call. */
  readonly onLongTail: (account: string) => void;
  /**
   * Takes what was derived from these emails out of all that keeps it besides (design: rule 15); `seq` is the last entry that erases any of
   * them. Where it fails, the erasure is called again. @default there is nothing
   */
  readonly forget?: (account: string, emails: ReadonlySet<number>, seq: number) => Promise<void>;
  /** The same, of a whole account. */
  readonly forgetAccount?: (account: string) => Promise<void>;
}
