import type { Account } from '../../account/types.ts';
import type { Limits } from '../../limits.ts';
import type { Clock } from '../../ports/index.ts';
import { Changes, type More, pushedTypes } from './changes.ts';

/** Seconds between pings that a client may ask for (RFC 8620 section 7.3: it is told which it got). */
const SHORTEST_PING = 15;
const LONGEST_PING = 60;
/** Seconds. Without pings, a comment goes out so often: nobody in between takes the connection for dead. */
const SIGN_OF_LIFE = 60;
const COMMENT = ': here\n\n';

/** What a client asks for (RFC 8620 section 7.3). */
export interface EventSourceOptions {
  readonly types: readonly string[];
  readonly closeAfterState: boolean;
  /** Seconds; 0: none. */
  readonly ping: number;
}

/** Reads the query; a text where it is not what RFC 8620 section 7.3 wants, which says why. */
export function eventSourceOptions(query: URLSearchParams): EventSourceOptions | string {
  const types = (query.get('types') ?? '').split(',').filter((type) => type !== '');
  const closeAfter = query.get('closeafter') ?? 'no';
  const ping = query.get('ping') ?? '0';
  if (types.length === 0) return 'types must be * or names of types with commas between them';
  if (closeAfter !== 'no' && closeAfter !== 'state') return 'closeafter must be state or no';
  if (!/^\d{1,9}$/.test(ping)) return 'ping must be a number of seconds, or 0';
  const seconds = Number(ping);
  return {
    types: pushedTypes(types),
    closeAfterState: closeAfter === 'state',
    ping: seconds === 0 ? 0 : Math.min(Math.max(seconds, SHORTEST_PING), LONGEST_PING),
  };
}

/**
 * State changes as server-sent events. Ends when it is told to (`end`), or when the reader leaves (`return`), also while it waits for
 * news: a generator could not be left there. What the reader has not taken is not made yet.
 */
export class EventStream implements AsyncIterableIterator<Uint8Array> {
  readonly #options: EventSourceOptions;
  readonly #clock: Clock;
  readonly #changes: Changes;
  readonly #onEnd: () => void;
  #begun = false;
  #ended = false;
  #pingDue = false;
  #stopTimer: () => void = () => undefined;
  #wake: () => void = () => undefined;

  /** `since`: the id of the last event that the client has. `onEnd` is called once. */
  constructor(
    account: Account,
    options: EventSourceOptions,
    {
      clock,
      limits,
      since,
      onEnd,
      more,
    }: {
      readonly clock: Clock;
      readonly limits: Limits;
      readonly since: string | undefined;
      readonly onEnd: () => void;
      /** What is watched besides the account. */
      readonly more?: More;
    },
  ) {
    this.#options = options;
    this.#clock = clock;
    this.#onEnd = onEnd;
    this.#changes = new Changes(account, limits, options.types, since, () => this.#wake(), more);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    while (!this.#ended) {
      const text = this.#text();
      if (text !== undefined) {
        this.#startTimer();
        return { done: false, value: Buffer.from(text, 'utf8') };
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.end();
    return { done: true, value: undefined };
  }

  /** What was handed out is sent, then the response is over. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stopTimer();
    this.#changes.close();
    this.#onEnd();
    this.#wake();
  }

  /** What goes out now, if anything does. */
  #text(): string | undefined {
    if (!this.#begun) {
      this.#begun = true;
      return COMMENT;
    }
    const news = this.#changes.next();
    if (news !== undefined) {
      if (this.#options.closeAfterState) this.end();
      return `event: state\nid: ${news.pushState}\ndata: ${JSON.stringify(news.change)}\n\n`;
    }
    if (!this.#pingDue) return undefined;
    const { ping } = this.#options;
    return ping === 0 ? COMMENT : `event: ping\ndata: {"interval":${ping}}\n\n`;
  }

  /** RFC 8620 section 7.3: a ping whenever the time has gone by since the last event. */
  #startTimer(): void {
    this.#stopTimer();
    this.#pingDue = false;
    if (this.#ended) return;
    this.#stopTimer = this.#clock.after((this.#options.ping || SIGN_OF_LIFE) * 1000, () => {
      this.#pingDue = true;
      this.#wake();
    });
  }
}
