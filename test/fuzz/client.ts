/** The client's end of a fuzzed connection: it feeds the server one thing after another, and watches what it answers. */
import { type Peer, type TlsState, type Wire, WireClosed } from '../../mail/ports/wire.ts';

/** What the client says, asked whenever the server waits. */
export interface Script {
  /** The next bytes as latin1; undefined when the client closes its side. Throws what is wrong with the answers so far. */
  next(): string | undefined;
  /** Everything that the server writes, as latin1. Throws what is wrong with it. */
  heard(text: string): void;
}

export interface FuzzWireOptions {
  readonly script: Script;
  /** Bytes of each read; 0: all at once. */
  readonly piece: number;
  readonly isLoopback: boolean;
  /** The client breaks the connection after so many writes. */
  readonly breaksAfter: number;
}

/** Times that the server may wait for the client in one stream; more, and it is going round in circles. */
const MAX_ASKED = 1_000;

/** A wire in memory. What is wrong is kept in `failure`, and ends the connection. */
export class FuzzWire implements Wire {
  readonly peer: Peer;
  tls: TlsState | undefined;
  failure: Error | undefined;
  readonly #options: FuzzWireOptions;
  #waiting = '';
  #asked = 0;
  #writes = 0;
  #closed = false;

  constructor(options: FuzzWireOptions) {
    this.#options = options;
    const address = options.isLoopback ? '127.0.0.1' : '192.0.2.7';
    this.peer = { address, port: 40_000, localAddress: address, localPort: 143 };
  }

  async read(): Promise<Uint8Array | undefined> {
    if (this.#closed) throw new WireClosed('closed');
    if (this.#waiting === '') {
      if (++this.#asked > MAX_ASKED) this.#fail(new Error('the server asks without end'));
      try {
        const next = this.#options.script.next();
        if (next === undefined) return undefined;
        this.#waiting = next;
      } catch (error) {
        this.#fail(error as Error);
      }
    }
    // What is long comes in larger pieces: byte by byte it takes its time, and shows nothing new.
    const { piece } = this.#options;
    const size = piece === 0 ? this.#waiting.length : Math.max(piece, this.#waiting.length >> 8);
    const chunk = Buffer.from(this.#waiting.slice(0, size), 'latin1');
    this.#waiting = this.#waiting.slice(size);
    return chunk;
  }

  write(data: Uint8Array | string): Promise<void> | void {
    if (!this.#closed && ++this.#writes > this.#options.breaksAfter) this.#closed = true;
    if (this.#closed) {
      const rejected = Promise.reject(new WireClosed('closed'));
      rejected.catch(() => undefined);
      return rejected;
    }
    try {
      this.#options.script.heard(typeof data === 'string' ? data : Buffer.from(data).toString('latin1'));
    } catch (error) {
      this.failure ??= error as Error;
    }
  }

  async startTls(): Promise<void> {
    if (this.#closed) throw new WireClosed('closed');
    this.#waiting = '';
    this.tls = { protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' };
  }

  idleLimit(): void {}

  end(): void {
    this.#closed = true;
  }

  destroy(): void {
    this.#closed = true;
  }

  #fail(error: Error): never {
    this.failure ??= error;
    this.#closed = true;
    throw new WireClosed('the client has seen enough');
  }
}
