/** AppSync Events: publishing by signed HTTP, and its WebSocket in memory. Every signature is checked. */
import type { Socket } from '../../../adapters/aws/appsync-socket.ts';
import { type FakeRequest, type FakeService, json, NotInFake, onlyKeys, parseJson, type Reply } from './reply.ts';
import { signatureProblem } from './sigv4.ts';

export interface FakeAppSyncOptions {
  readonly httpHost: string;
  readonly realtimeHost: string;
  readonly region: string;
  readonly secret: string;
}

type Sent = Readonly<Record<string, unknown>>;

export class FakeAppSync implements FakeService {
  readonly name = 'appsync';
  readonly throttled = { status: 429, code: 'ThrottlingException' };
  /** What was published: channel and the event's text. */
  readonly published: { readonly channel: string; readonly event: string }[] = [];
  readonly sockets = new Set<FakeSocket>();
  /** New sockets are cut before they open. */
  refuseSockets = false;
  private readonly options: FakeAppSyncOptions;

  constructor(options: FakeAppSyncOptions) {
    this.options = options;
  }

  operationOf({ method, path }: FakeRequest): string {
    if (method === 'POST' && path === '/event') return 'Publish';
    throw new NotInFake(`AppSync ${method} ${path}`);
  }

  handle(_operation: string, request: FakeRequest): Reply {
    const problem = this.problem(request.headers, request.body.toString());
    if (problem) return this.error(403, 'UnauthorizedException', problem);
    const { channel, events, ...rest } = parseJson<{ channel: string; events: string[] }>(request.body);
    onlyKeys('publish', rest, []);
    if (!isChannel(channel) || events.length < 1 || events.length > 5)
      return this.error(400, 'BadRequestException', 'x');
    for (const event of events) {
      JSON.parse(event);
      this.published.push({ channel, event });
      for (const socket of this.sockets) socket.deliver(channel, event);
    }
    const successful = events.map((_, index) => ({ identifier: `event-${index}`, index }));
    return json(200, { failed: [], successful });
  }

  error(status: number, code: string, message: string): Reply {
    return json(status, { errors: [{ errorType: code, message }] });
  }

  /** In place of the standard WebSocket's constructor. */
  readonly openSocket = (url: string, protocols: string[]): FakeSocket => {
    if (url !== `wss://${this.options.realtimeHost}/event/realtime`) throw new NotInFake(`socket to ${url}`);
    const [name, header = ''] = protocols;
    // A subprotocol is a token (RFC 6455 section 4.1): no '=', no '/'.
    const token = /^header-([A-Za-z0-9_-]+)$/.exec(header)?.[1];
    if (name !== 'aws-appsync-event-ws' || !token) throw new NotInFake(`subprotocols ${protocols.join()}`);
    const headers = JSON.parse(Buffer.from(token, 'base64url').toString()) as Record<string, string>;
    const problem = this.problem(headers, '{}') ?? (this.refuseSockets ? 'refused' : undefined);
    const socket = new FakeSocket(this, problem);
    if (!problem) this.sockets.add(socket);
    return socket;
  };

  /** Cuts every socket. */
  cutSockets(): void {
    for (const socket of [...this.sockets]) socket.cut();
  }

  problem(headers: Readonly<Record<string, string>>, body: string): string | undefined {
    const { httpHost, region, secret } = this.options;
    if (headers.host !== httpHost) return `signed for host ${headers.host}`;
    return signatureProblem({ method: 'POST', path: '/event', headers, body }, { secret, region, service: 'appsync' });
  }
}

function isChannel(channel: string): boolean {
  return /^\/t(\/[A-Za-z0-9]([A-Za-z0-9-]{0,48}[A-Za-z0-9])?){1,4}$/.test(channel);
}

export class FakeSocket implements Socket {
  private readonly events = new EventTarget();
  private readonly appsync: FakeAppSync;
  private readonly channels = new Map<string, string>();
  private open = false;
  private initialized = false;

  constructor(appsync: FakeAppSync, problem: string | undefined) {
    this.appsync = appsync;
    setImmediate(() => {
      if (problem) {
        this.events.dispatchEvent(new Event('error'));
        this.cut();
        return;
      }
      this.open = true;
      this.events.dispatchEvent(new Event('open'));
    });
  }

  addEventListener(type: string, listener: (event: never) => void): void {
    this.events.addEventListener(type, listener as unknown as (event: Event) => void);
  }

  send(text: string): void {
    if (!this.open) throw new NotInFake('send on a socket that is not open');
    const message = JSON.parse(text) as {
      type: string;
      id: string;
      channel: string;
      authorization: Record<string, string>;
    };
    setImmediate(() => this.answer(message));
  }

  close(): void {
    this.cut();
  }

  /** The connection ends. */
  cut(): void {
    this.open = false;
    this.appsync.sockets.delete(this);
    this.events.dispatchEvent(new Event('close'));
  }

  /** A message of the service, as it is. */
  receive(message: Sent): void {
    const event = Object.assign(new Event('message'), { data: JSON.stringify(message) });
    if (this.open) this.events.dispatchEvent(event);
  }

  deliver(channel: string, event: string): void {
    const id = this.channels.get(channel);
    if (id !== undefined) setImmediate(() => this.receive({ type: 'data', id, event }));
  }

  private answer(message: { type: string; id: string; channel: string; authorization: Record<string, string> }): void {
    if (message.type === 'connection_init') {
      this.initialized = true;
      this.receive({ type: 'connection_ack', connectionTimeoutMs: 300_000 });
      this.receive({ type: 'ka' });
      return;
    }
    if (message.type !== 'subscribe' || !this.initialized) throw new NotInFake(`message ${message.type}`);
    const { id, channel, authorization } = message;
    const problem =
      this.appsync.problem(authorization, JSON.stringify({ channel })) ?? (isChannel(channel) ? '' : 'channel');
    if (problem) {
      this.receive({ type: 'subscribe_error', id, errors: [{ errorType: 'UnauthorizedException', message: problem }] });
      return;
    }
    this.channels.set(channel, id);
    this.receive({ type: 'subscribe_success', id });
  }
}
