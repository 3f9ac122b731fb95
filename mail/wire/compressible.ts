import type { Peer, TlsState, Wire } from '../ports/wire.ts';
import { Deflated } from './deflated.ts';

/** A wire that can begin to deflate. Until then it costs next to nothing. */
export class CompressibleWire implements Wire {
  #wire: Wire;
  #compressed = false;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  get peer(): Peer {
    return this.#wire.peer;
  }
  get tls(): TlsState | undefined {
    return this.#wire.tls;
  }
  get compressed(): boolean {
    return this.#compressed;
  }

  /** From now on, both directions are raw DEFLATE (RFC 1951). Whatever was written before must have been flushed. */
  compress(): void {
    if (this.#compressed) throw new Error('compression is active already');
    this.#compressed = true;
    this.#wire = new Deflated(this.#wire);
  }

  read(): Promise<Uint8Array | undefined> {
    return this.#wire.read();
  }
  write(data: Uint8Array | string): Promise<void> | void {
    return this.#wire.write(data);
  }
  startTls(): Promise<void> {
    return this.#wire.startTls();
  }
  idleLimit(ms: number): void {
    this.#wire.idleLimit(ms);
  }
  end(): void {
    this.#wire.end();
  }
  destroy(): void {
    this.#wire.destroy();
  }
}
