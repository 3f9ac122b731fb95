import { type Clock, ConditionFailed, type Log, type Random, type Records, randomName } from '../../ports/index.ts';
import { Devices, type DevicesDeps, withOneMore } from './devices.ts';
import { Lease } from './lease.ts';

/** So often whoever pushes asks whether subscriptions were changed; and so often it looks at all of them, whatever it was told. */
const POLL_MS = 10_000;
const ALL_MS = 5 * 60_000;
const TRIES = 4;

const PARTITION = 'push-told';
const CHANGED = 'changed';

/** What PushSubscription/set asks of whoever pushes. */
export type Pushing = Pick<Devices, 'verify' | 'refresh'> & {
  /** Whether the account may create one more subscription now; counts it. */
  mayVerify(account: string): boolean | Promise<boolean>;
};

/** Pushes to all devices of a store while this process is the one that does it. */
export class Pusher {
  readonly #deps: DevicesDeps;
  readonly #lease: Lease;
  #devices: Devices | undefined;
  #stopTimer: (() => void) | undefined;
  #told: string | undefined;
  #allAt = 0;

  constructor(deps: DevicesDeps) {
    this.#deps = deps;
    this.#lease = new Lease(deps, 'push', { taken: () => this.#begin(), lost: () => this.#end() });
  }

  stop(): void {
    this.#end();
    void this.#lease.stop();
  }

  #begin(): void {
    const devices = new Devices({ ...this.#deps, isElsewhere: true, mayPush: () => this.#lease.isHeld });
    this.#devices = devices;
    this.#allAt = 0;
    const wait = (ms: number): void => {
      this.#stopTimer = this.#deps.clock.after(ms, () => {
        void this.#look(devices).then(() => {
          if (this.#devices === devices) wait(POLL_MS);
        });
      });
    };
    wait(0);
  }

  #end(): void {
    this.#stopTimer?.();
    this.#devices?.stop();
    this.#devices = undefined;
  }

  /** Never rejects. */
  async #look(devices: Devices): Promise<void> {
    const { records, clock, log } = this.#deps;
    try {
      const item = await records.get(PARTITION, CHANGED);
      const told = item === undefined ? undefined : Buffer.from(item.body).toString();
      if (told === this.#told && clock.now() - this.#allAt < ALL_MS) return;
      this.#told = told;
      this.#allAt = clock.now();
      await devices.refresh();
    } catch (error) {
      log.warn('jmap.pusher', { error: String(error) });
    }
  }
}

interface Deps {
  readonly records: Records;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** For processes of which another may be the one that pushes: it is told by way of the store. */
export class PushingElsewhere implements Pushing {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  async mayVerify(account: string): Promise<boolean> {
    const { records, clock } = this.#deps;
    const now = clock.now();
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      const there = await records.get(PARTITION, `created/${account}`);
      const before: readonly number[] = there === undefined ? [] : JSON.parse(Buffer.from(there.body).toString()).times;
      const times = withOneMore(before, now);
      if (times === undefined) return false;
      const rev = there?.rev ?? 0;
      const body = Buffer.from(JSON.stringify({ v: 1, times }));
      const item = {
        pk: PARTITION,
        sk: `created/${account}`,
        body,
        rev: rev + 1,
        expires: Math.ceil(now / 1000) + 7_200,
      };
      try {
        await records.put(item, there === undefined ? 'absent' : { rev });
        return true;
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
      }
    }
    return false;
  }

  /** Whoever pushes does it, when it is told. */
  async verify(): Promise<void> {}

  /** Never rejects: what is not told is seen some minutes later. */
  async refresh(): Promise<void> {
    const { records, random, log } = this.#deps;
    try {
      await records.put({ pk: PARTITION, sk: CHANGED, body: Buffer.from(randomName(random, 20)) }, 'any');
    } catch (error) {
      log.warn('jmap.pusher', { error: String(error) });
    }
  }
}
