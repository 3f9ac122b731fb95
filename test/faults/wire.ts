/** A connection between a client of a history and a server in one of its processes, on simulated time. */
import { type Clock, type Wire, WireClosed, WireTimeout } from '../../mail/ports/index.ts';

export class SimWire implements Wire {
  readonly peer = { address: '192.0.2.7', port: 40_000, localAddress: '192.0.2.1', localPort: 25 };
  readonly tls = undefined;
  readonly #clock: Clock;
  readonly #toServer: Uint8Array[] = [];
  #toClient = '';
  #closed = false;
  #idle = Number.POSITIVE_INFINITY;
  #serverWaits: (() => void) | undefined;
  #clientWaits: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async read(): Promise<Uint8Array | undefined> {
    for (;;) {
      if (this.#closed) throw new WireClosed('closed');
      const chunk = this.#toServer.shift();
      if (chunk !== undefined) return chunk;
      let late = false;
      await new Promise<void>((resolve) => {
        const cancel = Number.isFinite(this.#idle)
          ? this.#clock.after(this.#idle, () => {
              late = true;
              resolve();
            })
          : () => {};
        this.#serverWaits = () => {
          cancel();
          resolve();
        };
      });
      this.#serverWaits = undefined;
      if (late) throw new WireTimeout('idle');
    }
  }

  write(data: Uint8Array | string): Promise<void> | void {
    if (this.#closed) {
      const closed = Promise.reject(new WireClosed('closed'));
      closed.catch(() => {});
      return closed;
    }
    this.#toClient += typeof data === 'string' ? data : Buffer.from(data).toString('latin1');
    this.#clientWaits?.();
  }

  async startTls(): Promise<void> {
    throw new WireClosed('no TLS here');
  }

  idleLimit(ms: number): void {
    this.#idle = ms;
  }

  end(): void {
    this.destroy();
  }

  destroy(): void {
    this.#closed = true;
    this.#serverWaits?.();
    this.#clientWaits?.();
  }

  /** The client's side. */
  send(data: Uint8Array | string): void {
    if (this.#closed) return;
    this.#toServer.push(typeof data === 'string' ? Buffer.from(data, 'latin1') : data);
    this.#serverWaits?.();
  }

  /** The next line without its end; undefined when the server has closed. */
  async line(): Promise<string | undefined> {
    for (;;) {
      const end = this.#toClient.indexOf('\r\n');
      if (end >= 0) {
        const line = this.#toClient.slice(0, end);
        this.#toClient = this.#toClient.slice(end + 2);
        return line;
      }
      if (this.#closed) return undefined;
      await new Promise<void>((resolve) => {
        this.#clientWaits = resolve;
      });
      this.#clientWaits = undefined;
    }
  }
}
