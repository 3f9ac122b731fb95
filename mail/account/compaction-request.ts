import * as z from 'zod';
import type { Clock, Log, Queue } from '../ports/index.ts';

/** "This account's tail has grown long": the job of the `compact` queue. */
export const compactionJob = z.object({ v: z.literal(1), account: z.string().min(1) });

/** Until an account is asked for again by the same process, in ms: compaction takes seconds, entries come on meanwhile. */
const PAUSE = 60_000;
const REMEMBERED = 10_000;

/** Has long tails compacted elsewhere: the `onLongTail` of a process that does not compact by itself. */
export class CompactionRequests {
  readonly #deps: { readonly queue: Queue; readonly clock: Clock; readonly log: Log };
  /** When each account was last asked for, the oldest first. */
  readonly #asked = new Map<string, number>();
  readonly #pending = new Set<Promise<void>>();

  constructor(deps: { readonly queue: Queue; readonly clock: Clock; readonly log: Log }) {
    this.#deps = deps;
  }

  /** Does not wait. A request that is lost is made again by later entries, or by the daily sweep. */
  readonly ask = (account: string): void => {
    const now = this.#deps.clock.now();
    if (now - (this.#asked.get(account) ?? Number.NEGATIVE_INFINITY) < PAUSE) return;
    this.#asked.delete(account);
    this.#asked.set(account, now);
    if (this.#asked.size > REMEMBERED) this.#asked.delete(this.#asked.keys().next().value!);
    const sent = this.#send(account).finally(() => this.#pending.delete(sent));
    this.#pending.add(sent);
  };

  /** Resolves when every request made so far has been sent, or given up. */
  async settled(): Promise<void> {
    await Promise.all(this.#pending);
  }

  async #send(account: string): Promise<void> {
    try {
      await this.#deps.queue.send(JSON.stringify({ v: 1, account }), { group: account });
    } catch (error) {
      this.#deps.log.warn('compaction.notAsked', { account, error: String(error) });
    }
  }
}
