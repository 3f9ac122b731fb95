import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Conversation, Log, MessageSocket } from '../../mail/ports/index.ts';
import { WireClosed } from '../../mail/ports/wire.ts';
import type { HttpRequest, HttpResponse } from './http.ts';

/** Who takes WebSockets (RFC 6455) at one path. */
export interface WebSocketRoute {
  readonly path: string;
  /** The subprotocol that is spoken there. */
  readonly protocol: string;
  /** Bytes; a client that sends a longer message is cut off with 1009. */
  readonly largestMessage: number;
  /** Decides before the upgrade: a conversation, or the response that refuses it. Never rejects. */
  readonly connect: (request: HttpRequest) => Promise<Conversation | HttpResponse>;
}

const PING_MS = 30_000;
/** A client that takes nothing of what waits for it for so long is cut off. */
const STALLED_MS = 120_000;
/** How long a client may take to read what is left, and to say goodbye too. */
const CLOSE_MS = 3_000;
/** Bytes that wait for the client: pings of one that reads nothing are not answered any more. */
const UNREAD = 65_536;
/** RFC 6455 section 7.4.1. */
const UNSUPPORTED_DATA = 1003;

/** Turns requests for WebSockets into conversations. */
export class WebSockets {
  readonly #routes: ReadonlyMap<string, { readonly route: WebSocketRoute; readonly server: WebSocketServer }>;
  readonly #log: Log;

  constructor(routes: readonly WebSocketRoute[], log: Log) {
    this.#log = log;
    this.#routes = new Map(
      routes.map((route) => {
        const server = new WebSocketServer({
          noServer: true,
          clientTracking: false,
          maxPayload: route.largestMessage,
          perMessageDeflate: false,
          autoPong: false,
          handleProtocols: (asked) => (asked.has(route.protocol) ? route.protocol : false),
        });
        return [route.path, { route, server }] as const;
      }),
    );
  }

  /** Whether this is for us; everything else is a plain request, whatever it wants to be upgraded to. */
  wants(request: IncomingMessage): boolean {
    return request.headers.upgrade?.toLowerCase() === 'websocket' && this.#routes.has(pathOf(request));
  }

  /** For node's `upgrade` event. `asked`: the same request as APIs see it. */
  async take(request: IncomingMessage, socket: Duplex, head: Buffer, asked: HttpRequest): Promise<void> {
    const { route, server } = this.#routes.get(pathOf(request))!;
    socket.on('error', () => socket.destroy());
    try {
      const answer = await route.connect(asked);
      if (!('hold' in answer)) {
        refuse(socket, answer);
        return;
      }
      server.handleUpgrade(request, socket, head, (ws) => {
        request.socket.setTimeout(STALLED_MS, () => ws.terminate());
        void answer.hold(new Messages(ws));
      });
    } catch (error) {
      socket.destroy();
      this.#log.error('http.web-socket', { path: request.url, error: String(error) });
    }
  }
}

function pathOf({ url = '/' }: IncomingMessage): string {
  return url.split('?', 1)[0]!;
}

/** Plain HTTP: the upgrade has not begun. */
function refuse(socket: Duplex, { status, headers, body }: HttpResponse): void {
  const bytes = typeof body === 'string' || body instanceof Uint8Array ? Buffer.from(body) : Buffer.alloc(0);
  const all = { ...headers, connection: 'close', 'content-length': String(bytes.length) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n`);
  socket.end(bytes);
}

class Messages implements MessageSocket {
  readonly #ws: WebSocket;
  readonly #received: string[] = [];
  #isOver = false;
  #wake: () => void = () => undefined;

  constructor(ws: WebSocket) {
    this.#ws = ws;
    ws.on('message', (data, isBinary) => {
      if (isBinary) {
        ws.close(UNSUPPORTED_DATA, 'Messages are text');
        return;
      }
      // The next one waits in the network until somebody asks for it.
      if (ws.readyState === ws.OPEN) ws.pause();
      this.#received.push(String(data));
      this.#wake();
    });
    ws.on('ping', (data) => {
      if (ws.bufferedAmount < UNREAD) ws.pong(data, false, () => undefined);
    });
    // What is wrong with it is said in `close`, which always follows.
    ws.on('error', () => undefined);
    const stopPings = keepAlive(ws);
    ws.once('close', () => {
      stopPings();
      this.#isOver = true;
      this.#wake();
    });
  }

  get messages(): AsyncIterable<string> {
    return this.#messages();
  }

  async *#messages(): AsyncGenerator<string> {
    for (;;) {
      const message = this.#received.shift();
      if (message !== undefined) {
        yield message;
        continue;
      }
      if (this.#isOver) return;
      this.#ws.resume();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  send(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#ws.send(text, (error) => {
        if (error == null) resolve();
        else reject(new WireClosed(`the client left: ${error.message}`));
      });
    });
  }

  close(code: number, reason: string): void {
    this.#ws.close(code, reason);
    // The client's goodbye must come through.
    this.#ws.resume();
    setTimeout(() => this.#ws.terminate(), CLOSE_MS).unref();
  }
}

/** Pings while nothing waits for the client (else its taking it is the sign of life), and cuts off one that does not answer. */
function keepAlive(ws: WebSocket): () => void {
  let asked = false;
  ws.on('pong', () => {
    asked = false;
  });
  const timer = setInterval(() => {
    if (ws.bufferedAmount > 0) {
      asked = false;
    } else if (asked) {
      ws.terminate();
    } else {
      asked = true;
      ws.ping();
    }
  }, PING_MS);
  timer.unref();
  return () => clearInterval(timer);
}
