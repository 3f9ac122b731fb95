import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { type Peer, type TlsState, type Wire, WireClosed, WireTimeout } from '../../mail/ports/wire.ts';
import type { TlsContexts } from './tls.ts';

/** Unread bytes at which the client is told to wait. */
const READ_AHEAD = 128 * 1024;
/** Unsent bytes from which a writer waits. */
const WRITE_AHEAD = 256 * 1024;
/** Text of one turn that is put together before it is handed to the socket. */
const TEXT_AHEAD = 32 * 1024;
/** With TLS 1.3 the same as no context (RFC 8446 section 7.5). */
const NO_CONTEXT = Buffer.alloc(0);
const HANDSHAKE_LIMIT = 30_000;
/** How long a client may take to close its side after we closed ours, so that our last words are not reset away. */
const LINGER = 2_000;

// Wires with text to send at the end of this turn; one setImmediate serves them all.
let dirty: SocketWire[] = [];

function flushAll(): void {
  const wires = dirty;
  dirty = [];
  for (const wire of wires) wire.flush();
}

interface Waiting<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

/** A Wire over a socket that somebody accepted. */
export class SocketWire implements Wire {
  readonly peer: Peer;
  tls: TlsState | undefined;
  /** Resolves when the connection is gone. */
  readonly gone: Promise<void>;
  readonly #gone: () => void;
  readonly #contexts: TlsContexts | undefined;
  #socket: Socket;
  #chunks: Buffer[] = [];
  #held = 0;
  #paused = true;
  #inputEnded = false;
  #reader: Waiting<Uint8Array | undefined> | undefined;
  #drain: { readonly promise: Promise<void>; readonly waiting: Waiting<void> } | undefined;
  #text = '';
  #dirty = false;
  #corked = false;
  #ending = false;
  #closed = false;
  #idle = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(socket: Socket, peer: Peer, contexts: TlsContexts | undefined) {
    this.peer = peer;
    this.#socket = socket;
    this.#contexts = contexts;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.gone = promise;
    this.#gone = resolve;
    this.#attach(socket);
  }

  read(): Promise<Uint8Array | undefined> {
    if (this.#closed || this.#ending) return rejected(new WireClosed('the connection is closed'));
    if (this.#reader !== undefined) return rejected(new Error('two reads at once'));
    const chunk = this.#chunks.length === 1 ? this.#chunks.pop() : this.#chunks.shift();
    if (chunk !== undefined) {
      this.#held -= chunk.length;
      return Promise.resolve(chunk);
    }
    if (this.#inputEnded) return Promise.resolve(undefined);
    if (this.#paused) {
      this.#paused = false;
      this.#socket.resume();
    }
    this.#timer?.refresh();
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
    });
  }

  write(data: Uint8Array | string): Promise<void> | void {
    if (this.#closed || this.#ending) return rejected(new WireClosed('the connection is closed'));
    if (typeof data === 'string') {
      this.#text += data;
      if (this.#text.length > TEXT_AHEAD) this.#pushText();
    } else {
      this.#cork();
      this.#pushText();
      this.#socket.write(data);
    }
    if (!this.#dirty) {
      this.#dirty = true;
      if (dirty.push(this) === 1) setImmediate(flushAll);
    }
    if (this.#socket.writableLength + this.#text.length > WRITE_AHEAD) return this.#waitForDrain();
  }

  /** Hands the turn's writes to the socket. */
  flush(): void {
    this.#dirty = false;
    if (this.#closed) return;
    this.#pushText();
    if (this.#corked) {
      this.#corked = false;
      this.#socket.uncork();
    }
  }

  async startTls(): Promise<void> {
    if (this.#closed || this.#ending) throw new WireClosed('the connection is closed');
    if (this.#contexts === undefined || this.tls !== undefined) throw new Error('TLS is not possible here');
    this.flush();
    const plain = this.#socket;
    plain.pause();
    plain.removeAllListeners('data').removeAllListeners('end').removeAllListeners('drain');
    // A TLSSocket would take what the plain socket still holds for the handshake's first bytes.
    while (plain.read() !== null);
    this.#chunks = [];
    this.#held = 0;
    await this.#secure(plain, this.#contexts);
  }

  /** TLS from the first byte: what the socket holds already belongs to the handshake. */
  async implicitTls(): Promise<void> {
    if (this.#contexts === undefined) throw new Error('TLS is not possible here');
    this.#socket.removeAllListeners('data').removeAllListeners('end').removeAllListeners('drain');
    await this.#secure(this.#socket, this.#contexts);
  }

  idleLimit(ms: number): void {
    if (this.#idle === ms || this.#closed || this.#ending) return;
    this.#idle = ms;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#idled(), ms);
    this.#timer.unref();
  }

  end(): void {
    if (this.#closed || this.#ending) return;
    this.flush();
    this.#ending = true;
    this.#reader?.reject(new WireClosed('the connection is closed'));
    this.#reader = undefined;
    this.#chunks = [];
    this.#socket.end();
    if (this.#inputEnded) this.#socket.once('finish', () => this.destroy());
    this.#socket.resume();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.destroy(), LINGER);
  }

  destroy(): void {
    this.#close(new WireClosed('the connection is closed'));
  }

  #attach(socket: Socket): void {
    socket.on('data', (chunk: Buffer) => this.#received(chunk));
    socket.on('end', () => this.#ended());
    socket.on('drain', () => this.#drained());
    socket.on('error', (error) => this.#close(new WireClosed(error.message, { cause: error })));
    socket.on('close', () => this.#close(new WireClosed('the connection is closed')));
    // A 'data' listener alone would set it flowing before anybody reads.
    socket.pause();
  }

  #received(chunk: Buffer): void {
    if (this.#ending) return;
    const reader = this.#reader;
    if (reader !== undefined) {
      this.#reader = undefined;
      reader.resolve(chunk);
      return;
    }
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    if (this.#held >= READ_AHEAD) {
      this.#paused = true;
      this.#socket.pause();
    }
  }

  #ended(): void {
    this.#inputEnded = true;
    this.#reader?.resolve(undefined);
    this.#reader = undefined;
    if (this.#ending) this.destroy();
  }

  #cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#socket.cork();
  }

  #pushText(): void {
    if (this.#text === '') return;
    const text = this.#text;
    this.#text = '';
    this.#socket.write(text, 'latin1');
  }

  #waitForDrain(): Promise<void> {
    if (this.#drain === undefined) {
      // What is corked would never drain.
      this.flush();
      if (this.#socket.writableLength <= WRITE_AHEAD) return Promise.resolve();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      promise.catch(() => undefined);
      this.#drain = { promise, waiting: { resolve, reject } };
      this.#timer?.refresh();
    }
    return this.#drain.promise;
  }

  #drained(): void {
    this.#drain?.waiting.resolve();
    this.#drain = undefined;
  }

  #idled(): void {
    if (this.#drain !== undefined) {
      this.#close(new WireClosed('the client takes no data'));
    } else if (this.#reader !== undefined) {
      this.#reader.reject(new WireTimeout(`nothing came for ${this.#idle} ms`));
      this.#reader = undefined;
    }
  }

  #secure(plain: Socket, contexts: TlsContexts): Promise<void> {
    const secured = new TLSSocket(plain, {
      isServer: true,
      secureContext: contexts.context(undefined),
      SNICallback: (name, done) => done(null, contexts.context(name.toLowerCase())),
      ALPNProtocols: contexts.alpn ?? [],
    });
    return new Promise((resolve, reject) => {
      const fail = (error: WireClosed): void => {
        clearTimeout(timer);
        this.#close(error);
        reject(error);
      };
      const timer = setTimeout(() => fail(new WireClosed('the TLS handshake took too long')), HANDSHAKE_LIMIT);
      const failed = (error: Error): void => fail(new WireClosed(`the TLS handshake failed: ${error.message.trim()}`));
      const closed = (): void => fail(new WireClosed('the client closed during the TLS handshake'));
      secured.once('error', failed);
      secured.once('close', closed);
      // Half open is no way to do a handshake; a load balancer's check looks like this.
      secured.once('end', closed);
      secured.once('secure', () => {
        clearTimeout(timer);
        secured.off('error', failed);
        secured.off('close', closed);
        secured.off('end', closed);
        const servername = secured.servername;
        this.tls = {
          protocol: secured.getProtocol() ?? 'unknown',
          cipher: secured.getCipher().standardName,
          ...(typeof servername === 'string' && servername !== '' ? { servername: servername.toLowerCase() } : {}),
          exporter: (label, length) => secured.exportKeyingMaterial(length, label, NO_CONTEXT),
        };
        this.#socket = secured;
        this.#paused = true;
        this.#attach(secured);
        resolve();
      });
    });
  }

  #close(error: WireClosed): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#chunks = [];
    this.#text = '';
    this.#reader?.reject(error);
    this.#reader = undefined;
    this.#drain?.waiting.reject(error);
    this.#drain = undefined;
    this.#socket.destroy();
    this.#gone();
  }
}

/** A rejection that does no harm when nobody awaits it. */
function rejected(error: Error): Promise<never> {
  const promise = Promise.reject(error);
  promise.catch(() => undefined);
  return promise;
}
