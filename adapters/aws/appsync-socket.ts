/**
 * One WebSocket to AppSync Events, subscribed to one channel, for as long as the process lives.
 * Source: AWS AppSync Events developer guide, "Understanding the Event API WebSocket protocol".
 */
import type { Clock, Log, Random } from '../../mail/ports/index.ts';
import type { AppSyncEvents } from './appsync.ts';

/** What is used of the standard WebSocket. */
export interface Socket {
  send(text: string): void;
  close(): void;
  addEventListener(type: 'open' | 'close' | 'error', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
}

export type OpenSocket = (url: string, protocols: string[]) => Socket;

export interface AppSyncSocketOptions {
  readonly events: AppSyncEvents;
  /** For example abc.appsync-realtime-api.us-east-1.amazonaws.com. */
  readonly realtimeHost: string;
  readonly channel: string;
  /** An event came: its parsed JSON. */
  readonly onEvent: (event: unknown) => void;
  /** The subscription stands (again): what was published before may be lost. */
  readonly onUp: () => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Default: the standard WebSocket. */
  readonly openSocket?: OpenSocket;
}

/** From opening the socket to a standing subscription. */
const SETUP_MS = 15_000;
/** Longest silence until AppSync says its own (`connectionTimeoutMs`, 5 minutes; it sends `ka` every minute). */
const SILENCE_MS = 300_000;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 60_000;

interface Message {
  readonly type?: string;
  readonly connectionTimeoutMs?: number;
  readonly event?: string | readonly string[];
  readonly errors?: unknown;
}

export class AppSyncSocket {
  private readonly options: AppSyncSocketOptions;
  private readonly openSocket: OpenSocket;
  private socket: Socket | undefined;
  private failures = 0;
  private closed = false;
  private cancelTimer: () => void = () => undefined;

  constructor(options: AppSyncSocketOptions) {
    this.options = options;
    this.openSocket = options.openSocket ?? ((url, protocols) => new WebSocket(url, protocols));
  }

  /** Connects, and from then on connects again whenever the connection ends, until `close`. */
  start(): void {
    this.closed = false;
    void this.connect();
  }

  close(): void {
    this.closed = true;
    this.cancelTimer();
    const socket = this.socket;
    this.socket = undefined;
    socket?.close();
  }

  private async connect(): Promise<void> {
    try {
      const headers = await this.options.events.authorize('{}');
      if (this.closed) return;
      const token = Buffer.from(JSON.stringify(headers)).toString('base64url');
      const url = `wss://${this.options.realtimeHost}/event/realtime`;
      const socket = this.openSocket(url, ['aws-appsync-event-ws', `header-${token}`]);
      this.attach(socket);
    } catch (error) {
      this.fail('connect', error);
    }
  }

  private attach(socket: Socket): void {
    this.socket = socket;
    let silence = SILENCE_MS;
    const isCurrent = (): boolean => this.socket === socket;
    const fail = (reason: string, detail?: unknown): void => {
      if (isCurrent()) this.fail(reason, detail);
    };

    this.watch(SETUP_MS, () => fail('no subscription in time'));
    socket.addEventListener('open', () => socket.send(JSON.stringify({ type: 'connection_init' })));
    socket.addEventListener('close', () => fail('closed'));
    socket.addEventListener('error', () => fail('error'));
    socket.addEventListener('message', ({ data }) => {
      if (!isCurrent()) return;
      const message = parse(data);
      switch (message.type) {
        case 'connection_ack':
          silence = message.connectionTimeoutMs ?? SILENCE_MS;
          this.subscribe(socket).catch((error: unknown) => fail('subscribe', error));
          return;
        case 'subscribe_success':
          this.failures = 0;
          this.options.onUp();
          break;
        case 'data':
          for (const event of [message.event ?? []].flat()) this.options.onEvent(parse(event));
          break;
        case 'connection_error':
        case 'subscribe_error':
        case 'error':
          fail(message.type, message.errors);
          return;
      }
      if (message.type !== undefined) this.watch(silence, () => fail('silent'));
    });
  }

  private async subscribe(socket: Socket): Promise<void> {
    const { channel, events } = this.options;
    const authorization = await events.authorize(JSON.stringify({ channel }));
    socket.send(JSON.stringify({ type: 'subscribe', id: 'wakeups', channel, authorization }));
  }

  private fail(reason: string, detail?: unknown): void {
    const { random, log } = this.options;
    const socket = this.socket;
    // First, so that what closing it brings about is not taken for another failure.
    this.socket = undefined;
    socket?.close();
    if (this.closed) return;
    const longest = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.failures);
    const wait = longest * (0.5 + random.number() / 2);
    this.failures++;
    log.warn('wakeups.disconnected', { reason, detail, retryMs: Math.round(wait) });
    this.watch(wait, () => void this.connect());
  }

  /** There is one timer: for the set-up, for silence, or until the next attempt. */
  private watch(ms: number, action: () => void): void {
    this.cancelTimer();
    this.cancelTimer = this.options.clock.after(ms, action);
  }
}

function parse(data: unknown): Message {
  try {
    const value: unknown = JSON.parse(String(data));
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
