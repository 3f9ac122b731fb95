import { constants, createDeflateRaw, createInflateRaw } from 'node:zlib';
import { type Peer, type TlsState, type Wire, WireClosed } from '../ports/wire.ts';

/** A window of 8 KiB and small tables: some 50 KiB for a connection, where the largest would be 260 (zlib's manual). */
const OUT = { windowBits: 13, memLevel: 5, level: 3, chunkSize: 4 * 1024 };
/** The other side may use the largest window. What is inflated waits in pieces of this size until it is read. */
const IN = { windowBits: 15, chunkSize: 8 * 1024 };

/**
 * A wire whose bytes are deflated in both directions (RFC 1951, as RFC 4978 uses it). A small chunk may inflate to a thousand times its
 * size: no more of it is inflated than is read.
 */
export class Deflated implements Wire {
  readonly #wire: Wire;
  readonly #deflate = createDeflateRaw(OUT);
  readonly #inflate = createInflateRaw(IN);
  /** Whether the inflater has taken all that it was given. */
  #fed = true;
  #broken: WireClosed | undefined;
  #wake: (() => void) | undefined;
  #sent: Promise<void> = Promise.resolve();

  constructor(wire: Wire) {
    this.#wire = wire;
    const wake = () => this.#wake?.();
    this.#inflate.on('readable', wake);
    this.#inflate.on('error', (error) => this.#break(error));
    this.#deflate.on('error', (error) => this.#break(error));
    this.#deflate.on('data', (piece: Buffer) => {
      const written = this.#wire.write(piece);
      if (written === undefined) return;
      this.#deflate.pause();
      this.#sent = written;
      written.then(
        () => this.#deflate.resume(),
        () => this.destroy(),
      );
    });
    this.#deflate.on('end', () => this.#wire.end());
  }

  get peer(): Peer {
    return this.#wire.peer;
  }
  get tls(): TlsState | undefined {
    return this.#wire.tls;
  }

  async read(): Promise<Uint8Array | undefined> {
    for (;;) {
      if (this.#broken !== undefined) throw this.#broken;
      const piece: Buffer | null = this.#inflate.read();
      if (piece !== null) return piece;
      if (this.#fed) {
        const chunk = await this.#wire.read();
        if (chunk === undefined) return undefined;
        this.#fed = false;
        this.#inflate.write(chunk, () => {
          this.#fed = true;
          this.#wake?.();
        });
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Each write can be read at once at the other end: a client that waits for the rest of a block would wait for ever. */
  write(data: Uint8Array | string): Promise<void> {
    if (this.#broken !== undefined || this.#deflate.writableEnded) {
      const rejected = Promise.reject(this.#broken ?? new WireClosed('the connection is closed'));
      rejected.catch(() => undefined);
      return rejected;
    }
    // The caller may use its bytes again while they are being deflated on another thread.
    this.#deflate.write(typeof data === 'string' ? Buffer.from(data, 'latin1') : Buffer.from(data));
    return new Promise((resolve, reject) => {
      this.#deflate.flush(constants.Z_SYNC_FLUSH, () => {
        if (this.#broken !== undefined) reject(this.#broken);
        else this.#sent.then(resolve, reject);
      });
    });
  }

  startTls(): Promise<void> {
    return Promise.reject(new Error('TLS comes before compression'));
  }

  idleLimit(ms: number): void {
    this.#wire.idleLimit(ms);
  }

  end(): void {
    this.#deflate.end();
    this.#inflate.destroy();
    this.#break(new WireClosed('the connection is closed'));
  }

  destroy(): void {
    this.#break(new WireClosed('the connection is closed'));
    this.#deflate.destroy();
    this.#inflate.destroy();
    this.#wire.destroy();
  }

  #break(error: Error): void {
    this.#broken ??= error instanceof WireClosed ? error : new WireClosed(error.message, { cause: error });
    this.#wake?.();
  }
}
