import { Buffer } from 'node:buffer';
import { type Peer, type TlsState, type Wire, WireClosed, WireTimeout } from '../../mail/ports/wire.ts';

/** How long a client helper waits for the server before the test fails. */
const PATIENCE = 5_000;

export interface PipeOptions {
  readonly peer?: Partial<Peer>;
  /** Begin as if TLS were on. */
  readonly tls?: TlsState;
  /** Makes startTls fail, as a broken handshake does. */
  readonly tlsFails?: boolean;
}

/** The client's end of a pipe. Text is latin1. */
export interface PipeClient {
  /** Sends bytes as one chunk. */
  send(data: Uint8Array | string): void;
  /** Sends bytes in chunks of `size`, each a read of its own. */
  sendChunked(data: Uint8Array | string, size: number): void;
  /** The next line without CRLF; undefined when the server has closed. Fails after 5 s. */
  line(): Promise<string | undefined>;
  /** The next line, which must be exactly that text or match that expression. Gives it. */
  expect(what: string | RegExp): Promise<string>;
  /** The next `count` bytes. */
  bytes(count: number): Promise<Buffer>;
  /** All lines until the server closes. */
  rest(): Promise<string[]>;
  /** Resolves when the server has closed. */
  closed(): Promise<void>;
  /** Closes the client's side only (FIN). */
  end(): void;
  /** Breaks the connection. */
  destroy(): void;
  /** Makes the read that waits, or the next one that would wait, time out. */
  timeout(): void;
  /** All bytes that the server has sent so far. */
  readonly received: Buffer;
  /** How many times the server's writes were flushed apart (one a turn of the event loop). */
  readonly flushes: number;
  /** The last idle limit that the server set, in ms. */
  readonly idle: number | undefined;
  /** The socket stops taking bytes: writes do not resolve until `true` is given. */
  drain(open: boolean): void;
}

/** A Wire in memory with its client. */
export function pipe(options: PipeOptions = {}): { readonly server: Wire; readonly client: PipeClient } {
  const end = new PipeWire(options);
  return { server: end, client: end.client };
}

class PipeWire implements Wire {
  readonly peer: Peer;
  tls: TlsState | undefined;
  readonly client: PipeClient;
  readonly #tlsFails: boolean;
  readonly #in: Uint8Array[] = [];
  #inEnded = false;
  #timedOut = false;
  #closed = false;
  #ended = false;
  #reader: { resolve: (chunk: Uint8Array | undefined) => void; reject: (error: Error) => void } | undefined;
  #out: Buffer[] = [];
  #taken = 0;
  #flushing = false;
  #flushes = 0;
  #idle: number | undefined;
  #changed: (() => void)[] = [];
  #undrained: { promise: Promise<void>; resolve: () => void } | undefined;

  constructor(options: PipeOptions) {
    this.peer = { address: '192.0.2.7', port: 40000, localAddress: '192.0.2.1', localPort: 25, ...options.peer };
    this.tls = options.tls;
    this.#tlsFails = options.tlsFails ?? false;
    this.client = this.#makeClient();
  }

  read(): Promise<Uint8Array | undefined> {
    if (this.#closed) return Promise.reject(new WireClosed('closed'));
    if (this.#reader !== undefined) return Promise.reject(new Error('two reads at once'));
    const chunk = this.#in.shift();
    if (chunk !== undefined) return Promise.resolve(chunk);
    if (this.#inEnded) return Promise.resolve(undefined);
    if (this.#timedOut) return Promise.reject(new WireTimeout('idle'));
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
    });
  }

  write(data: Uint8Array | string): Promise<void> | void {
    if (this.#closed || this.#ended) {
      const rejected = Promise.reject(new WireClosed('closed'));
      rejected.catch(() => undefined);
      return rejected;
    }
    this.#out.push(typeof data === 'string' ? Buffer.from(data, 'latin1') : Buffer.from(data));
    if (!this.#flushing) {
      this.#flushing = true;
      setImmediate(() => {
        this.#flushing = false;
        this.#flushes++;
        this.#notify();
      });
    }
    return this.#undrained?.promise;
  }

  startTls(): Promise<void> {
    if (this.#closed) return Promise.reject(new WireClosed('closed'));
    this.#in.length = 0;
    if (this.#tlsFails) {
      this.destroy();
      return Promise.reject(new WireClosed('handshake failed'));
    }
    this.tls = { protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' };
    return Promise.resolve();
  }

  idleLimit(ms: number): void {
    this.#idle = ms;
  }

  end(): void {
    this.#ended = true;
    this.destroy();
  }

  destroy(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#reader?.reject(new WireClosed('closed'));
    this.#reader = undefined;
    this.#notify();
  }

  #notify(): void {
    for (const wake of this.#changed.splice(0)) wake();
  }

  #push(data: Uint8Array | string): void {
    const chunk = typeof data === 'string' ? Buffer.from(data, 'latin1') : data;
    if (this.#closed || chunk.length === 0) return;
    const reader = this.#reader;
    this.#reader = undefined;
    if (reader === undefined) this.#in.push(chunk);
    else reader.resolve(chunk);
  }

  async #wait(what: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`waited ${PATIENCE} ms for ${what}; unread: ${JSON.stringify(this.#unread())}`)),
        PATIENCE,
      );
      this.#changed.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #unread(): string {
    return this.#all().toString('latin1', this.#taken);
  }

  #all(): Buffer {
    if (this.#out.length > 1) this.#out = [Buffer.concat(this.#out)];
    return this.#out[0] ?? Buffer.alloc(0);
  }

  async #line(what: string): Promise<string | undefined> {
    for (;;) {
      const all = this.#all();
      const lf = all.indexOf('\r\n', this.#taken);
      if (lf >= 0) {
        const line = all.toString('latin1', this.#taken, lf);
        this.#taken = lf + 2;
        return line;
      }
      if (this.#closed) return undefined;
      await this.#wait(what);
    }
  }

  #makeClient(): PipeClient {
    const self = this;
    return {
      send: (data) => self.#push(data),
      sendChunked: (data, size) => {
        const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : data;
        for (let i = 0; i < bytes.length; i += size) self.#push(bytes.subarray(i, i + size));
      },
      line: () => self.#line('a line'),
      expect: async (what) => {
        const line = await self.#line(String(what));
        const good = line !== undefined && (typeof what === 'string' ? line === what : what.test(line));
        if (!good) throw new Error(`expected ${what}, got ${JSON.stringify(line)}`);
        return line;
      },
      bytes: async (count) => {
        while (self.#all().length - self.#taken < count) {
          if (self.#closed) throw new Error(`closed before ${count} bytes came`);
          await self.#wait(`${count} bytes`);
        }
        self.#taken += count;
        return self.#all().subarray(self.#taken - count, self.#taken);
      },
      rest: async () => {
        const lines: string[] = [];
        for (let line = await self.#line('the end'); line !== undefined; line = await self.#line('the end')) {
          lines.push(line);
        }
        return lines;
      },
      closed: async () => {
        while (!self.#closed) await self.#wait('the close');
      },
      end: () => {
        self.#inEnded = true;
        self.#reader?.resolve(undefined);
        self.#reader = undefined;
      },
      destroy: () => self.destroy(),
      timeout: () => {
        self.#timedOut = true;
        self.#reader?.reject(new WireTimeout('idle'));
        self.#reader = undefined;
      },
      get received() {
        return self.#all();
      },
      get flushes() {
        return self.#flushes;
      },
      get idle() {
        return self.#idle;
      },
      drain: (open) => {
        if (open) {
          self.#undrained?.resolve();
          self.#undrained = undefined;
        } else if (self.#undrained === undefined) {
          const { promise, resolve } = Promise.withResolvers<void>();
          self.#undrained = { promise, resolve };
        }
      },
    };
  }
}
