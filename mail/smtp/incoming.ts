import { Buffer, isAscii } from 'node:buffer';
import { WireClosed } from '../ports/index.ts';
import { DataDecoder } from './data.ts';
import { HeaderEnd } from './header-end.ts';
import { REPLY, type Reply } from './replies.ts';
import type { Session } from './session.ts';

/** Messages up to this size are put together in memory; what is longer goes to the store as it comes. */
const WHOLE = 128 * 1024;
/** Bytes of a header block. Real ones have some ten kilobytes; a user's is held whole while it is checked. */
const HEADER_LIMIT = 1024 * 1024;
/** What is read beyond twice the size limit of a message that is refused, before the client is cut off. */
const DRAIN = 16 * 1024 * 1024;

const NOTHING = Buffer.alloc(0);

/** The client's bytes cannot be taken; thrown into the store's `put`, so that it keeps nothing. */
class DataRefused extends Error {}

/** The message as it comes off the wire, dot stuffing removed. */
export class IncomingData {
  readonly #session: Session;
  readonly #decoder = new DataDecoder();
  readonly #header = new HeaderEnd();
  #memory: Buffer = NOTHING;
  #kept = 0;
  #size = 0;
  eightBit = false;

  constructor(session: Session) {
    this.#session = session;
  }

  get done(): boolean {
    return this.#decoder.done;
  }

  /** What `readBeginning` has read. */
  get beginning(): Buffer {
    return this.#memory.subarray(0, this.#kept);
  }

  /** The header block as far as `readBeginning` has read it. */
  get header(): Buffer {
    return this.#memory.subarray(0, Math.min(this.#kept, this.#header.length));
  }

  /** Why the message cannot be taken, as far as its bytes have come. */
  refusal(): Reply | undefined {
    if (this.#decoder.bare) return REPLY.bareInData;
    if (this.#size > this.#session.limits.size) return REPLY.tooLarge(this.#session.limits.size);
    if (this.#header.length > HEADER_LIMIT) return REPLY.headerTooLarge(HEADER_LIMIT);
    return undefined;
  }

  /** Reads the whole message, or as much as is kept in memory of a long one: with `header`, all of that at least. */
  async readBeginning({ header }: { readonly header: boolean }): Promise<void> {
    while (!this.done && this.refusal() === undefined) {
      if (this.#kept > WHOLE && (!header || this.#header.found)) return;
      await this.#next(this.#keep);
    }
  }

  /** The trace header, what was kept, then the rest as it comes. Throws when the message must be refused. */
  async *all(header: Buffer): AsyncGenerator<Uint8Array, void, void> {
    yield Buffer.concat([header, this.beginning]);
    this.#memory = NOTHING;
    this.#kept = 0;
    while (!this.done) {
      const pieces: Buffer[] = [];
      await this.#next((piece) => pieces.push(piece));
      if (this.refusal() !== undefined) throw new DataRefused('refused');
      if (pieces.length > 0) yield pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
    }
  }

  /** Reads to the end and keeps nothing. A client that does not come to an end is cut off after the reply. */
  async drain(): Promise<void> {
    const enough = 2 * this.#session.limits.size + DRAIN;
    while (!this.done && this.#size <= enough) await this.#next(ignore);
    if (!this.done) this.#session.closing = true;
  }

  /** Decodes what has arrived, or what comes next. */
  async #next(sink: (piece: Buffer) => void): Promise<void> {
    const { reader } = this.#session;
    if (reader.buffered === 0 && !(await reader.fill())) throw new WireClosed('closed within a message');
    reader.skip(
      this.#decoder.push(reader.peek(), (piece) => {
        this.#size += piece.length;
        this.#header.push(piece);
        if (!this.eightBit && !isAscii(piece)) this.eightBit = true;
        sink(piece);
      }),
    );
  }

  readonly #keep = (piece: Buffer): void => {
    if (this.#kept === 0) {
      // Most messages come in one piece, which need not be copied.
      this.#memory = piece;
      this.#kept = piece.length;
      return;
    }
    const length = this.#kept + piece.length;
    if (length > this.#memory.length) {
      const memory = Buffer.allocUnsafe(2 * length);
      this.#memory.copy(memory, 0, 0, this.#kept);
      this.#memory = memory;
    }
    piece.copy(this.#memory, this.#kept);
    this.#kept = length;
  };
}

function ignore(): void {}
