import { Buffer } from 'node:buffer';
import { type Wire, WireClosed } from '../ports/wire.ts';

/** A line was longer than its limit. The whole line has been read and thrown away, unless `endless`. */
export class LineTooLong extends Error {
  override readonly name = 'LineTooLong';
  /** The line's first bytes (at most 64) as latin1, so that IMAP can answer with the tag. */
  readonly head: string;
  /** Its last bytes (at most 32) as latin1, so that IMAP can see an announced literal. */
  readonly tail: string;
  /** No line end came within DISCARD_LIMIT bytes: the rest was not awaited, and the connection is only fit to be closed. */
  readonly endless: boolean;

  constructor(head: string, tail: string, endless: boolean) {
    super('line too long');
    this.head = head;
    this.tail = tail;
    this.endless = endless;
  }
}

/** A line held a CR or an LF of its own, where only CR LF may end a line. It has been read up to and with that LF. */
export class BareLineEnd extends Error {
  override readonly name = 'BareLineEnd';
}

/** How much of an overlong line is read and thrown away before the client is given up. */
export const DISCARD_LIMIT = 1 << 20;

const LF = 10;
const CR = 13;
const NOTHING = Buffer.alloc(0);

/**
 * Lines and counted bytes out of a Wire. What has arrived is handed out without a promise (`tryLine`, `tryExact`), so that
 * a burst of pipelined commands is worked off in one go. It holds the unread part of what the wire gave, and at most one
 * line's limit of what it had to join.
 *
 * `bareLf`: 'accept' lets a lone LF end a line (IMAP, POP3, ManageSieve: harmless there, and some clients need it);
 * 'reject' throws BareLineEnd for it and for a lone CR (SMTP: RFC 5321 section 2.3.8).
 */
export class LineReader {
  readonly #wire: Wire;
  readonly #strict: boolean;
  /** Unread bytes are #bytes from #at on. */
  #bytes: Buffer = NOTHING;
  #at = 0;
  /** Up to here there is no LF. */
  #scanned = 0;
  /** Free bytes behind #bytes in its own memory, where it was joined. */
  #spare: Buffer = NOTHING;
  #dropping: { head: string; tail: Buffer; count: number } | undefined;

  constructor(wire: Wire, options: { readonly bareLf: 'accept' | 'reject' }) {
    this.#wire = wire;
    this.#strict = options.bareLf === 'reject';
  }

  /** Bytes that have arrived and were not taken. */
  get buffered(): number {
    return this.#bytes.length - this.#at;
  }

  /** Whether a whole line has arrived. */
  get hasLine(): boolean {
    return this.#find() >= 0;
  }

  /**
   * The next line as latin1, without its line end, if all of it has arrived; else undefined.
   * `limit` is in bytes, line end not counted. Throws LineTooLong, BareLineEnd.
   */
  tryLine(limit: number): string | undefined {
    if (this.#dropping !== undefined) return this.#drop();
    const start = this.#at;
    const lf = this.#find();
    if (lf < 0) {
      if (this.buffered > limit + 1) return this.#startDropping(limit);
      return undefined;
    }
    const crlf = lf > start && this.#bytes[lf - 1] === CR;
    const end = crlf ? lf - 1 : lf;
    this.#at = this.#scanned = lf + 1;
    if (end - start > limit) {
      throw new LineTooLong(
        this.#bytes.toString('latin1', start, start + 64),
        this.#bytes.toString('latin1', Math.max(start, end - 32), end),
        false,
      );
    }
    const line = this.#bytes.toString('latin1', start, end);
    if (this.#strict && (!crlf || line.includes('\r'))) throw new BareLineEnd('bare CR or LF');
    return line;
  }

  /** As tryLine, and waits for it. Undefined when the client has closed its side; an unfinished last line is dropped. */
  async line(limit: number): Promise<string | undefined> {
    for (;;) {
      const line = this.tryLine(limit);
      if (line !== undefined) return line;
      if (!(await this.fill())) return undefined;
    }
  }

  /** What has arrived, without taking it. Stays as it is, also after more has come. */
  peek(): Buffer {
    return this.#bytes.subarray(this.#at);
  }

  /** Takes `count` of the bytes that `peek` showed. */
  skip(count: number): void {
    this.#at += count;
    if (this.#scanned < this.#at) this.#scanned = this.#at;
  }

  /** Waits for more bytes. False when the client has closed its side. Throws WireClosed, WireTimeout. */
  async fill(): Promise<boolean> {
    const chunk = await this.#wire.read();
    if (chunk === undefined) return false;
    this.#append(Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    return true;
  }

  /** The next `count` bytes if they have all arrived, without copying them. */
  tryExact(count: number): Buffer | undefined {
    if (this.buffered < count) return undefined;
    const bytes = this.#bytes.subarray(this.#at, this.#at + count);
    this.skip(count);
    return bytes;
  }

  /**
   * The next `count` bytes in pieces as they come. Whoever stops early leaves the rest unread.
   * Throws WireClosed when the client closes before the last one.
   */
  async *exact(count: number): AsyncGenerator<Buffer, void, void> {
    let left = count;
    while (left > 0) {
      const here = Math.min(left, this.buffered);
      if (here > 0) {
        left -= here;
        yield this.tryExact(here)!;
      } else if (!(await this.fill())) {
        throw new WireClosed('the client closed within a counted string');
      }
    }
  }

  /** Throws away what has arrived: before TLS starts, it may have been injected (RFC 3207 section 4.2). */
  discard(): void {
    this.#bytes = this.#spare = NOTHING;
    this.#at = this.#scanned = 0;
    this.#dropping = undefined;
  }

  #find(): number {
    if (this.#scanned >= this.#bytes.length) return -1;
    const lf = this.#bytes.indexOf(LF, this.#scanned);
    this.#scanned = lf < 0 ? this.#bytes.length : lf;
    return lf;
  }

  #append(chunk: Buffer): void {
    const left = this.buffered;
    if (left === 0) {
      this.#bytes = chunk;
      this.#spare = NOTHING;
      this.#at = this.#scanned = 0;
      return;
    }
    if (chunk.length <= this.#spare.length) {
      chunk.copy(this.#spare);
      this.#bytes = Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length + chunk.length);
      this.#spare = this.#spare.subarray(chunk.length);
      return;
    }
    // Room to double, so that a line that trickles in is copied a logarithmic number of times.
    const memory = Buffer.allocUnsafeSlow(Math.max(256, 2 * (left + chunk.length)));
    this.#bytes.copy(memory, 0, this.#at);
    chunk.copy(memory, left);
    this.#scanned -= this.#at;
    this.#at = 0;
    this.#bytes = memory.subarray(0, left + chunk.length);
    this.#spare = memory.subarray(left + chunk.length);
  }

  #startDropping(limit: number): string | undefined {
    const start = this.#at;
    this.#dropping = {
      head: this.#bytes.toString('latin1', start, start + Math.min(64, limit)),
      tail: NOTHING,
      count: 0,
    };
    return this.#drop();
  }

  #drop(): string | undefined {
    const dropping = this.#dropping!;
    const lf = this.#find();
    const end = lf < 0 ? this.#bytes.length : lf + 1;
    const piece = this.#bytes.subarray(Math.max(this.#at, end - 34), end);
    dropping.tail = Buffer.concat([dropping.tail, piece]).subarray(-34);
    dropping.count += end - this.#at;
    this.#at = this.#scanned = end;
    const endless = dropping.count > DISCARD_LIMIT;
    if (lf < 0 && !endless) return undefined;
    this.#dropping = undefined;
    const tail = dropping.tail.toString('latin1').replace(/\r?\n$/, '');
    throw new LineTooLong(dropping.head, tail.slice(-32), lf < 0);
  }
}
