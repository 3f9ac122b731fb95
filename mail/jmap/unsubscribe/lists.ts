import type { Clock, Log, OneClick } from '../../ports/index.ts';
import { SetFailure } from '../errors.ts';
import { MAX_AN_HOUR } from './limits.ts';

const HOUR = 3_600_000;

/** Lists that users leave by way of this process: so many in a time, for each request is one that somebody else has worded. */
export class Lists {
  readonly #oneClick: OneClick;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #asked = new Map<string, { readonly since: number; count: number }>();

  constructor(oneClick: OneClick, { clock, log }: { readonly clock: Clock; readonly log: Log }) {
    this.#oneClick = oneClick;
    this.#clock = clock;
    this.#log = log;
  }

  /** Throws `SetFailure` (`rateLimit`, `notReached`, `notAccepted`). */
  async leave(user: string, url: string): Promise<void> {
    this.#count(user);
    const { host } = new URL(url);
    const status = await this.#oneClick.post(url).catch((error: Error) => {
      // Nobody outside learns of the network that we are in.
      this.#log.info('lists.notReached', { host, why: error.message });
      throw new SetFailure('notReached', `${host} does not answer`);
    });
    // A redirect is not followed: a list must not answer with one (RFC 8058 section 3.1).
    if (status < 200 || status > 299) throw new SetFailure('notAccepted', `${host} answers with status ${status}`);
  }

  #count(user: string): void {
    const now = this.#clock.now();
    for (const [other, { since }] of this.#asked) if (now - since >= HOUR) this.#asked.delete(other);
    const mine = this.#asked.get(user) ?? { since: now, count: 0 };
    if (mine.count >= MAX_AN_HOUR)
      throw new SetFailure('rateLimit', `At most ${MAX_AN_HOUR} lists are left in an hour`);
    mine.count += 1;
    this.#asked.set(user, mine);
  }
}
