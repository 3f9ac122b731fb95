/** A client of lines over a socket: behind a load balancer's PROXY v2 header and under TLS, where it is told to. */
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { proxyHeader } from './balancer.ts';

export interface LineClientOptions {
  /** The IPv4 address that a PROXY header says it comes from. Absent: no header. */
  readonly from?: string;
  /** The address of this machine that it comes from. */
  readonly localAddress?: string;
  /** TLS from the first byte; any certificate will do. */
  readonly tls?: boolean;
  /** Milliseconds to wait for a line. @default 20000 */
  readonly patience?: number;
}

export class LineClient {
  readonly socket: Socket;
  closed = false;
  #patience: number;
  #said = '';
  #wake: () => void = () => {};

  constructor(port: number, { from, localAddress, tls = false, patience = 20_000 }: LineClientOptions = {}) {
    const plain = connect({ port, host: '127.0.0.1', ...(localAddress === undefined ? {} : { localAddress }) });
    plain.setNoDelay(true);
    plain.on('error', () => {});
    if (from !== undefined) plain.write(proxyHeader(from, 40_000, port));
    this.socket = tls ? connectTls({ socket: plain, rejectUnauthorized: false }) : plain;
    this.#patience = patience;
    this.socket.setEncoding('latin1').on('data', (text: string) => {
      this.#said += text;
      this.#wake();
    });
    this.socket.on('error', () => {});
    for (const gone of ['close', 'end']) {
      this.socket.on(gone, () => {
        this.closed = true;
        this.#wake();
      });
    }
  }

  /** What has come and was not taken. */
  get unread(): string {
    return this.#said;
  }

  /** The next line without its end; undefined when the other side has closed. */
  async line(): Promise<string | undefined> {
    for (;;) {
      const end = this.#said.indexOf('\r\n');
      if (end >= 0) {
        const line = this.#said.slice(0, end);
        this.#said = this.#said.slice(end + 2);
        return line;
      }
      if (this.closed) return undefined;
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`no line within ${this.#patience} ms`)), this.#patience);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** The next line that matches. Throws when the other side closes first. */
  async until(what: RegExp): Promise<string> {
    const skipped: string[] = [];
    for (;;) {
      const line = await this.line();
      if (line === undefined) throw new Error(`closed before ${what}: ${JSON.stringify(skipped.slice(-5))}`);
      if (what.test(line)) return line;
      skipped.push(line);
    }
  }

  /** Sends a line, and gives the first one that matches. */
  ask(text: string, what = /^/): Promise<string> {
    this.send(`${text}\r\n`);
    return this.until(what);
  }

  send(text: string | Uint8Array): boolean {
    return this.socket.write(text as string, 'latin1');
  }

  /** All lines until the other side closes. */
  async rest(): Promise<string[]> {
    const lines: string[] = [];
    for (let line = await this.line(); line !== undefined; line = await this.line()) lines.push(line);
    return lines;
  }

  destroy(): void {
    this.socket.destroy();
  }
}
