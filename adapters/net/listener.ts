import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Log } from '../../mail/ports/log.ts';
import { type Peer, type Wire, WireClosed, WireTimeout } from '../../mail/ports/wire.ts';
import { plainAddress } from './address.ts';
import type { ConnectionLimits } from './limits.ts';
import { ProxyError, readProxy } from './proxy.ts';
import type { TlsContexts } from './tls.ts';
import { SocketWire } from './wire.ts';

/** How long a proxy may take for its header. */
const PROXY_LIMIT = 10_000;
const KEEPALIVE = 120_000;

/** A protocol engine: SMTP, IMAP, POP3, ManageSieve. */
export interface Protocol {
  /** Speaks with one client until one of them closes. What it throws besides WireClosed and WireTimeout is a bug, and logged. */
  handle(wire: Wire): Promise<void>;
  /** The process is about to stop: tells idle clients so and closes them; what is in progress is finished first. */
  stop(): void;
}

export interface ListenOptions {
  /** For the log: smtp, submissions, imap ... */
  readonly name: string;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly protocol: Protocol;
  readonly limits: ConnectionLimits;
  readonly log: Log;
  /** For STARTTLS and implicit TLS. Absent: `startTls` throws. */
  readonly tls?: TlsContexts;
  /** TLS from the first byte. @default false */
  readonly implicitTls?: boolean;
  /** Every connection begins with a PROXY v2 header, or is closed. @default false */
  readonly proxy?: boolean;
  /** What a client over the limits reads before it is closed, line end included (not under implicit TLS). */
  readonly busy?: string;
}

export interface Listener {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly connections: number;
  /** Takes no more clients, asks the protocol to stop, waits for the last one, at most `deadline` ms, then cuts off the rest. */
  close(deadline: number): Promise<void>;
}

/** Listens, and speaks `protocol` with every client. Rejects when the port cannot be bound (EADDRINUSE, EACCES ...). */
export async function listen(options: ListenOptions): Promise<Listener> {
  const open = new Set<SocketWire | Socket>();
  const early = new Set<Socket>();
  const working = new Set<Promise<void>>();
  const server = createServer({
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEPALIVE,
    pauseOnConnect: true,
  });
  server.on('connection', (socket) => {
    const work = serve(socket, options, open, early).finally(() => working.delete(work));
    working.add(work);
  });
  await bind(server, options);
  server.on('error', (error) => options.log.error('net.listener', { listener: options.name, error: error.message }));
  const address = server.address() as AddressInfo;
  return {
    name: options.name,
    host: options.host,
    port: address.port,
    get connections() {
      return working.size;
    },
    close: async (deadline) => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      options.protocol.stop();
      for (const connection of early) connection.destroy();
      const cut = setTimeout(() => {
        for (const connection of open) connection.destroy();
      }, deadline);
      await Promise.all([...working]);
      await closed;
      clearTimeout(cut);
    },
  };
}

function bind(server: Server, options: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: options.host, port: options.port, backlog: 1024 }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** One connection from accept to the end. Never rejects. `early` holds those that the protocol does not know yet. */
async function serve(
  socket: Socket,
  options: ListenOptions,
  open: Set<SocketWire | Socket>,
  early: Set<Socket>,
): Promise<void> {
  const { limits, log, name } = options;
  open.add(socket);
  early.add(socket);
  // Until a wire listens: a reset must not become an uncaught error.
  socket.on('error', () => undefined);
  if (!limits.enter()) {
    refuse(socket, options, 'total');
    open.delete(socket);
    early.delete(socket);
    return;
  }
  let address: string | undefined;
  let wire: SocketWire | undefined;
  try {
    const peer = options.proxy === true ? await proxied(socket) : peerOf(socket);
    if (!limits.enterAddress(peer.address)) {
      refuse(socket, options, peer.address);
      return;
    }
    address = peer.address;
    wire = new SocketWire(socket, peer, options.tls);
    open.delete(socket);
    open.add(wire);
    if (options.implicitTls === true) await wire.implicitTls();
    early.delete(socket);
    await options.protocol.handle(wire);
    wire.end();
    await wire.gone;
  } catch (error) {
    if (error instanceof ProxyError) {
      log.info('net.refused', { listener: name, address: socket.remoteAddress, reason: error.message });
    } else if (error instanceof WireClosed || error instanceof WireTimeout) {
      log.debug('net.closed', { listener: name, address: address ?? socket.remoteAddress, reason: error.message });
    } else {
      log.error('net.bug', { listener: name, address, error: error instanceof Error ? error.stack : String(error) });
    }
    if (wire === undefined) socket.destroy();
    else wire.destroy();
  } finally {
    open.delete(socket);
    early.delete(socket);
    if (wire !== undefined) open.delete(wire);
    limits.leave();
    if (address !== undefined) limits.leaveAddress(address);
  }
}

function refuse(socket: Socket, options: ListenOptions, which: string): void {
  options.log.warn('net.refused', { listener: options.name, limit: which });
  if (options.busy === undefined || options.implicitTls === true) {
    socket.destroy();
    return;
  }
  socket.end(options.busy, () => socket.destroy());
}

function peerOf(socket: Socket): Peer {
  if (socket.remoteAddress === undefined) throw new WireClosed('gone before it was served');
  return {
    address: plainAddress(socket.remoteAddress),
    port: socket.remotePort ?? 0,
    localAddress: plainAddress(socket.localAddress ?? ''),
    localPort: socket.localPort ?? 0,
  };
}

/** Reads exactly the PROXY header off the socket; what follows it stays there. */
async function proxied(socket: Socket): Promise<Peer> {
  const own = peerOf(socket);
  const timer = setTimeout(() => socket.destroy(), PROXY_LIMIT);
  try {
    let bytes: Buffer = Buffer.alloc(0);
    for (;;) {
      const chunk = await firstBytes(socket);
      bytes = Buffer.concat([bytes, chunk]);
      const header = readProxy(bytes);
      if (header === undefined) continue;
      if (header.length < bytes.length) socket.unshift(bytes.subarray(header.length));
      return header.peer ?? own;
    }
  } finally {
    clearTimeout(timer);
  }
}

function firstBytes(socket: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      socket.off('readable', look).off('end', gone).off('close', gone);
    };
    const gone = (): void => {
      done();
      reject(new WireClosed('closed before the PROXY header'));
    };
    const look = (): void => {
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return;
      done();
      resolve(chunk);
    };
    socket.on('readable', look).on('end', gone).on('close', gone);
    look();
  });
}
