import type { ConnectionLimits } from '../../adapters/net/limits.ts';
import { type Listener, listen, type Protocol } from '../../adapters/net/listener.ts';
import type { TlsContexts } from '../../adapters/net/tls.ts';
import type { Log } from '../../mail/ports/index.ts';

/** The standard ports, each with its protocol and how TLS comes to it. */
const LISTENERS = [
  { name: 'smtp', port: 25, protocol: 'mx', implicitTls: false },
  { name: 'submissions', port: 465, protocol: 'submission', implicitTls: true },
  { name: 'submission', port: 587, protocol: 'submission', implicitTls: false },
  { name: 'imap', port: 143, protocol: 'imap', implicitTls: false },
  { name: 'imaps', port: 993, protocol: 'imap', implicitTls: true },
  { name: 'pop3', port: 110, protocol: 'pop3', implicitTls: false },
  { name: 'pop3s', port: 995, protocol: 'pop3', implicitTls: true },
] as const;

const BUSY = {
  mx: '421 4.3.2 Too many connections: try again later\r\n',
  submission: '421 4.3.2 Too many connections: try again later\r\n',
  imap: '* BYE Too many connections: try again later\r\n',
  pop3: '-ERR [SYS/TEMP] Too many connections: try again later\r\n',
} as const;

export type ProtocolName = (typeof LISTENERS)[number]['protocol'];

export interface ListenersOptions {
  readonly protocols: Partial<Readonly<Record<ProtocolName, Protocol>>>;
  readonly bind: string;
  readonly portBase: number;
  /** Standard ports to listen on. @default all of those whose protocol is given */
  readonly ports?: readonly number[];
  readonly limits: ConnectionLimits;
  readonly tls: TlsContexts;
  readonly proxy: boolean;
  readonly log: Log;
}

export interface OpenListener {
  readonly listener: Listener;
  readonly tls: 'implicit' | 'starttls';
}

/** Binds every listener, or none: throws an Error of one plain line where a port cannot be had. */
export async function listenAll(options: ListenersOptions): Promise<readonly OpenListener[]> {
  const open: OpenListener[] = [];
  try {
    for (const { name, port, protocol, implicitTls } of LISTENERS) {
      const engine = options.protocols[protocol];
      if (engine === undefined || options.ports?.includes(port) === false) continue;
      const listener = await listen({
        name,
        host: options.bind,
        port: port + options.portBase,
        protocol: engine,
        limits: options.limits,
        log: options.log,
        tls: options.tls,
        implicitTls,
        proxy: options.proxy,
        busy: BUSY[protocol],
      });
      open.push({ listener, tls: implicitTls ? 'implicit' : 'starttls' });
    }
  } catch (error) {
    await Promise.all(open.map(({ listener }) => listener.close(0)));
    throw plain(error, options);
  }
  return open;
}

/** A failure to bind, in words that say what to do. */
export function plain(error: unknown, { bind }: Pick<ListenersOptions, 'bind'>): unknown {
  const { code, port } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE') {
    return new Error(`port ${port} is in use: stop the other program, or set POSTERN_PORT_BASE to another number`);
  }
  if (code === 'EACCES') {
    return new Error(`port ${port} may not be bound: set POSTERN_PORT_BASE so that ports are above 1023`);
  }
  if (code === 'EADDRNOTAVAIL') return new Error(`${bind} is not an address of this machine: set POSTERN_BIND`);
  return error;
}
