import * as z from 'zod';
import type { Account } from '../../account/types.ts';
import type { Limits } from '../../limits.ts';
import { type Log, type MessageSocket, WireClosed } from '../../ports/index.ts';
import type { JmapResponse } from '../api.ts';
import { RequestError } from '../errors.ts';
import { refusalOf } from '../refusal.ts';
import { checkRequest, type JmapRequest, LIMITS } from '../request.ts';
import { Changes, type More, PUSHED, pushedTypes } from './changes.ts';

/** The subprotocol that a client must ask for (RFC 8887 section 4.2). */
export const SUBPROTOCOL = 'jmap';

/** RFC 6455 section 7.4.1. */
const GOING_AWAY = 1001;

export interface SpeakerDeps {
  readonly account: Account;
  /** The account's. */
  readonly limits: Limits;
  /** What is watched besides the account. */
  readonly more?: More;
  /** Runs one request of the user who is signed in; throws `RequestError` where too many are at work. */
  readonly run: (request: JmapRequest) => Promise<JmapResponse>;
  /** Those that a request may use. */
  readonly capabilities: ReadonlySet<string>;
  readonly log: Log;
}

/** RFC 8887 section 4.3.5.2. */
const PUSH_ENABLE = z.object({
  dataTypes: z.array(z.string()).nullish(),
  pushState: z.string().nullish(),
});

type Json = Readonly<Record<string, unknown>>;

/**
 * One client's JMAP over a WebSocket (RFC 8887). Requests are answered as they are done, in any order. All that is sent is awaited by
 * who sends it: requests that are done keep their place until the client has taken the answer, a push until it has taken the last one.
 */
export class Speaker {
  readonly #socket: MessageSocket;
  readonly #deps: SpeakerDeps;
  readonly #atWork = new Set<Promise<void>>();
  #changes: Changes | undefined;
  #isPushing = false;
  #ended = false;

  constructor(socket: MessageSocket, deps: SpeakerDeps) {
    this.#socket = socket;
    this.#deps = deps;
  }

  /** Speaks until the client has left. Never rejects. */
  async speak(): Promise<void> {
    try {
      for await (const text of this.#socket.messages) {
        if (!this.#ended) await this.#take(text);
      }
      await Promise.all(this.#atWork);
    } catch (error) {
      if (!(error instanceof WireClosed)) this.#deps.log.error('jmap.web-socket', { error: String(error) });
    } finally {
      this.#changes?.close();
    }
  }

  /** Takes no more, answers what is at work, and says goodbye. */
  end(): void {
    this.#ended = true;
    this.#changes?.close();
    void Promise.all(this.#atWork).then(() => this.#socket.close(GOING_AWAY, 'The server is stopping; connect again'));
  }

  /** Resolves when the next message may be taken. */
  async #take(text: string): Promise<void> {
    let requestId: string | null = null;
    try {
      const message = objectOf(text);
      // What has an id is answered with it, whatever else is wrong.
      if (typeof message.id === 'string') requestId = message.id;
      else if (message.id !== undefined) throw new RequestError('notRequest', 'The id must be a string');
      switch (message['@type']) {
        case 'Request':
          this.#start(message, requestId);
          return;
        case 'WebSocketPushEnable':
          this.#enablePush(message);
          return;
        case 'WebSocketPushDisable':
          this.#changes?.close();
          this.#changes = undefined;
          return;
        default:
          throw new RequestError(
            'notRequest',
            'The @type must be Request, WebSocketPushEnable or WebSocketPushDisable',
          );
      }
    } catch (error) {
      await this.#refuse(error, requestId);
    }
  }

  #start(message: Json, requestId: string | null): void {
    if (this.#atWork.size >= LIMITS.maxConcurrentRequests) {
      const detail = `At most ${LIMITS.maxConcurrentRequests} requests at once`;
      throw new RequestError('limit', detail, 'maxConcurrentRequests');
    }
    const request = checkRequest(message, this.#deps.capabilities);
    const work = this.#answer(request, requestId)
      // The client has left: nobody waits for the answer.
      .catch(() => undefined)
      .finally(() => this.#atWork.delete(work));
    this.#atWork.add(work);
  }

  async #answer(request: JmapRequest, requestId: string | null): Promise<void> {
    let response: JmapResponse;
    try {
      response = await this.#deps.run(request);
    } catch (error) {
      return this.#refuse(error, requestId);
    }
    // RFC 8887 section 4.3.3.
    await this.#send({ '@type': 'Response', ...(requestId === null ? {} : { requestId }), ...response });
  }

  /** RFC 8887 section 4.3.4. */
  #refuse(error: unknown, requestId: string | null): Promise<void> {
    return this.#send({ '@type': 'RequestError', requestId, ...refusalOf(this.#deps.log, error, 'web-socket') });
  }

  #enablePush(message: Json): void {
    const parsed = PUSH_ENABLE.safeParse(message);
    if (!parsed.success) {
      throw new RequestError('notRequest', 'dataTypes must be a list of names of types or null, pushState a string');
    }
    const { dataTypes, pushState } = parsed.data;
    this.#changes?.close();
    const types = dataTypes == null ? PUSHED : pushedTypes(dataTypes);
    this.#changes = new Changes(
      this.#deps.account,
      this.#deps.limits,
      types,
      pushState ?? undefined,
      () => void this.#push(),
      this.#deps.more,
    );
    void this.#push();
  }

  /** Pushes what is new, one message after the other. */
  async #push(): Promise<void> {
    if (this.#isPushing) return;
    this.#isPushing = true;
    try {
      for (let news = this.#changes?.next(); news !== undefined; news = this.#changes?.next()) {
        await this.#send({ ...news.change, pushState: news.pushState });
      }
    } catch {
      // The client has left; `messages` ends.
    } finally {
      this.#isPushing = false;
    }
  }

  #send(message: Json): Promise<void> {
    return this.#socket.send(JSON.stringify(message));
  }
}

function objectOf(text: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RequestError('notJSON', 'The message is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RequestError('notRequest', 'A message is a JSON object with an @type');
  }
  return value as Json;
}
