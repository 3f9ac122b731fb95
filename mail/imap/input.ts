import { type Wire, WireClosed } from '../ports/index.ts';
import { type LineReader, LineTooLong } from '../wire/reader.ts';
import { Bye } from './errors.ts';
import type { Output } from './output.ts';

/** A literal that is skipped because nobody wants it; a larger one ends the connection. */
const MAX_SKIPPED = 64 * 1024 * 1024;

/**
 * What the client says. Before it waits, everything said to the client so far is sent; while commands are pipelined, answers gather.
 * A connection that is to be ended is ended here, where no command is half done.
 */
export class Input {
  readonly #reader: LineReader;
  readonly #out: Output;
  readonly #wire: Wire;
  #waiting = false;
  #ending: string | undefined;
  #telling: Promise<void> | undefined;

  constructor(reader: LineReader, out: Output, wire: Wire) {
    this.#reader = reader;
    this.#out = out;
    this.#wire = wire;
  }

  /** The next line of a command, without its end. Throws LineTooLong, WireClosed, WireTimeout, and `Bye` after `endSoon`. */
  async commandLine(limit: number): Promise<string> {
    if (this.#ending !== undefined) throw new Bye(this.#ending);
    for (;;) {
      const line = this.#reader.tryLine(limit);
      if (line !== undefined) return line;
      await this.#wait();
    }
  }

  /** The next line within a command, where none that is too long can be got over. */
  async line(limit: number): Promise<string> {
    try {
      return await this.commandLine(limit);
    } catch (error) {
      if (error instanceof LineTooLong) throw new Bye(`A line here has at most ${limit} bytes`);
      throw error;
    }
  }

  /** The next `size` bytes in pieces. Each piece is only valid until the next is asked for. */
  async *bytes(size: number): AsyncGenerator<Buffer, void, void> {
    let left = size;
    while (left > 0) {
      const here = Math.min(left, this.#reader.buffered);
      if (here === 0) await this.#wait();
      else {
        left -= here;
        yield this.#reader.tryExact(here)!;
      }
    }
  }

  /** The next `size` bytes together: for sizes that are known to be small. */
  async exact(size: number): Promise<Buffer> {
    while (this.#reader.buffered < size) await this.#wait();
    return this.#reader.tryExact(size)!;
  }

  /** Reads bytes that nobody wants. */
  async skip(size: number, limit = MAX_SKIPPED): Promise<void> {
    // RFC 7888 sections 4 and 5.
    if (size > limit) throw new Bye('[TOOBIG] That literal is too large even to be thrown away');
    for await (const _ of this.bytes(size));
  }

  /** Forgets what has arrived (RFC 3501 section 6.2.1: nothing said before TLS counts). */
  discard(): void {
    this.#reader.discard();
  }

  /** The client is being told something while we wait for it: nothing may fall into that. */
  meanwhile(telling: Promise<void>): void {
    this.#telling = telling;
    void telling.then(() => {
      this.#telling = undefined;
    });
  }

  /** Ends the connection where it waits for the client: now, or when the command at work is done, or what it is being told is told. */
  endSoon(why: string): void {
    if (this.#ending !== undefined) return;
    this.#ending = why;
    if (this.#telling === undefined) this.#sayBye(why);
    else void this.#telling.then(() => this.#sayBye(why));
  }

  #sayBye(why: string): void {
    if (!this.#waiting) return;
    this.#out.line(`* BYE ${why}`);
    this.#out.flush()?.catch(() => undefined);
    this.#wire.end();
  }

  async #wait(): Promise<void> {
    await this.#out.flush();
    if (this.#ending !== undefined) throw new Bye(this.#ending);
    this.#waiting = true;
    try {
      if (!(await this.#reader.fill())) throw new WireClosed('the client has closed');
    } finally {
      this.#waiting = false;
    }
  }
}
