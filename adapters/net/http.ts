import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createNetServer, type Server as NetServer, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { TLSSocket } from 'node:tls';
import type { Log } from '../../mail/ports/log.ts';
import { WireClosed } from '../../mail/ports/wire.ts';
import { isLoopback } from './address.ts';
import type { TlsContexts } from './tls.ts';
import { type WebSocketRoute, WebSockets } from './web-socket.ts';

/** A request as the APIs see it. */
export interface HttpRequest {
  readonly method: string;
  /** Without the query, still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The client's IP address. */
  readonly address: string;
  /** Throws WireClosed when the client leaves before its end. */
  readonly body: AsyncIterable<Uint8Array>;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | AsyncIterable<Uint8Array>;
}

export interface HttpRoute {
  /** Takes this path and all below it: `/admin/v1`. */
  readonly prefix: string;
  /** Never rejects. */
  readonly handle: (request: HttpRequest) => Promise<HttpResponse>;
}

export interface HttpOptions {
  /** For the log: http, https. */
  readonly name: string;
  /** Without `tls`: a loopback address; anything else is refused, because tokens and passwords would travel in the clear. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly tls?: TlsContexts;
  /** The longest prefix that fits takes the request. */
  readonly routes: readonly HttpRoute[];
  readonly webSockets?: readonly WebSocketRoute[];
  readonly log: Log;
  /** Connections at once. @default 2000 */
  readonly maxConnections?: number;
}

export interface HttpListener {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly connections: number;
  /**
   * Takes no more clients and closes idle ones; waits for requests at work, at most `deadline` ms, then cuts off the rest. Responses
   * that never end and WebSockets are at work too: whoever made them ends them first.
   */
  close(deadline: number): Promise<void>;
}

const HEADERS_MS = 20_000;
const REQUEST_MS = 10 * 60_000;
const KEEP_ALIVE_MS = 65_000;
const HANDSHAKE_MS = 20_000;
/** A client that does not take a response for so long is cut off. */
const STALLED_MS = 120_000;
const IDLE_CHECK_MS = 100;

/** Listens for HTTP/1.1. Rejects when the port cannot be bound. */
export async function listenHttp(options: HttpOptions): Promise<HttpListener> {
  if (options.tls === undefined && !isLoopback(options.host)) {
    throw new Error(`HTTP without TLS is served on loopback only, not on ${options.host}: use the HTTPS port`);
  }
  const routes = [...options.routes].sort((a, b) => b.prefix.length - a.prefix.length);
  let closing = false;
  // Connected in advance, as browsers do. Node does not take these for idle.
  const unused = new Set<Socket>();
  const webSockets = new WebSockets(options.webSockets ?? [], options.log);
  const http = createHttpServer(
    { noDelay: true, shouldUpgradeCallback: (request) => webSockets.wants(request) },
    (request, response) => {
      unused.delete(request.socket);
      void serve(options, routes, request, response, () => closing);
    },
  );
  http.on('upgrade', (request, socket, head) => {
    unused.delete(request.socket);
    void webSockets.take(request, socket, head, asApisSeeIt(request));
  });
  http.on('connection', (socket: Socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  http.headersTimeout = HEADERS_MS;
  http.requestTimeout = REQUEST_MS;
  http.keepAliveTimeout = KEEP_ALIVE_MS;
  http.setTimeout(STALLED_MS);
  const open = new Set<Socket>();
  const server = options.tls === undefined ? http : tlsFront(http, options.tls);
  server.maxConnections = options.maxConnections ?? 2_000;
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  await bind(server, options);
  server.on('error', (error) => options.log.error('http.listener', { listener: options.name, error: error.message }));
  return {
    name: options.name,
    host: options.host,
    port: (server.address() as AddressInfo).port,
    get connections() {
      return open.size;
    },
    close: async (deadline) => {
      closing = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      if (server !== http) http.close();
      // What is answered from now on is told to close; a response that had begun leaves its connection idle.
      const closeIdle = () => {
        http.closeIdleConnections();
        for (const socket of unused) socket.destroy();
      };
      const idle = setInterval(closeIdle, IDLE_CHECK_MS);
      closeIdle();
      const cut = setTimeout(() => {
        for (const socket of open) socket.destroy();
      }, deadline);
      await closed;
      clearTimeout(cut);
      clearInterval(idle);
    },
  };
}

/** Does the handshake with the certificate of the moment, then hands the connection to the HTTP server. */
function tlsFront(http: Server, tls: TlsContexts): NetServer {
  // The HTTP server watches its timeouts from the moment it listens; behind this front it never does itself.
  http.emit('listening');
  return createNetServer({ noDelay: true }, (socket) => {
    const secure = new TLSSocket(socket, {
      isServer: true,
      secureContext: tls.context(undefined),
      SNICallback: (name, done) => done(null, tls.context(name.toLowerCase())),
      ALPNProtocols: ['http/1.1'],
    });
    const timer = setTimeout(() => socket.destroy(), HANDSHAKE_MS);
    socket.on('error', () => secure.destroy());
    secure.on('error', () => socket.destroy());
    secure.once('close', () => clearTimeout(timer));
    secure.once('secure', () => {
      clearTimeout(timer);
      http.emit('connection', secure);
    });
  });
}

function bind(server: NetServer, options: HttpOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: options.host, port: options.port, backlog: 512 }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function serve(
  options: HttpOptions,
  routes: readonly HttpRoute[],
  request: IncomingMessage,
  response: ServerResponse,
  closing: () => boolean,
): Promise<void> {
  try {
    const answer = await answerTo(routes, request);
    // What was not read of the body would pass for the next request.
    if (!request.complete || closing()) response.setHeader('connection', 'close');
    response.writeHead(answer.status, { 'x-content-type-options': 'nosniff', ...answer.headers });
    if (typeof answer.body === 'string' || answer.body instanceof Uint8Array) response.end(answer.body);
    else if (request.method === 'HEAD') response.end();
    else await pipeline(Readable.from(answer.body, { objectMode: false }), response);
    if (!request.complete) response.once('finish', () => request.destroy());
  } catch (error) {
    // The response may have begun: all that is left is to break it off, so that it is not taken for whole.
    response.destroy();
    if (!request.destroyed) {
      options.log.error('http.request', { listener: options.name, path: request.url, error: String(error) });
    }
  }
}

async function answerTo(routes: readonly HttpRoute[], request: IncomingMessage): Promise<HttpResponse> {
  const asked = asApisSeeIt(request);
  const { path } = asked;
  const route = routes.find(({ prefix }) => path === prefix || path.startsWith(`${prefix.replace(/\/$/, '')}/`));
  if (route === undefined) {
    return { status: 404, headers: { 'content-type': 'text/plain' }, body: 'There is nothing at this path.\n' };
  }
  return route.handle(asked);
}

function asApisSeeIt(request: IncomingMessage): HttpRequest {
  const [path = '/', ...query] = (request.url ?? '/').split('?');
  return {
    method: request.method ?? 'GET',
    path,
    query: new URLSearchParams(query.join('?')),
    headers: singleHeaders(request),
    address: request.socket.remoteAddress ?? '',
    body: bodyOf(request),
  };
}

function singleHeaders(request: IncomingMessage): Record<string, string | undefined> {
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  // What comes in the clear comes from this machine, perhaps from a proxy that knows better.
  if (request.socket instanceof TLSSocket) headers['x-forwarded-proto'] = 'https';
  return headers;
}

async function* bodyOf(request: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) yield chunk as Uint8Array;
  } catch (error) {
    throw new WireClosed(`the client left: ${(error as Error).message}`);
  }
}
