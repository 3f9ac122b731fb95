import type { Buffer } from 'node:buffer';

const LF = 10;
const CR = 13;
const DOT = 46;

const LINE_START = 0;
const TEXT = 1;
const AFTER_CR = 2;
const DOT_AT_START = 3;
const DOT_CR = 4;

/**
 * Takes the dot stuffing off what follows DATA and finds its end (RFC 5321 section 4.5.2), in chunks cut anywhere.
 *
 * Only CR LF "." CR LF ends a message. A CR or LF that stands alone neither begins nor ends a line, so that nothing that another
 * server passed on as text can end the message here and have commands follow ("SMTP smuggling"). `bare` tells that there
 * was one; such a message is refused after its end, because the next server might read it otherwise.
 */
export class DataDecoder {
  #state = LINE_START;
  #done = false;
  #bare = false;

  /** The end has been read. */
  get done(): boolean {
    return this.#done;
  }

  /** A CR or LF stood alone. */
  get bare(): boolean {
    return this.#bare;
  }

  /**
   * Takes bytes of `chunk` up to the end of the message, gives their decoded pieces (views, not copies) to `sink`, and returns
   * how many it took: all, unless the message ended.
   */
  push(chunk: Buffer, sink: (piece: Buffer) => void): number {
    const length = chunk.length;
    let state = this.#state;
    let from = 0;
    let i = 0;
    for (; i < length; i++) {
      const byte = chunk[i]!;
      if (state === TEXT) {
        if (byte > CR) continue;
        if (byte === CR) state = AFTER_CR;
        else if (byte === LF) this.#bare = true;
      } else if (state === AFTER_CR) {
        if (byte === LF) state = LINE_START;
        else {
          this.#bare = true;
          if (byte !== CR) state = TEXT;
        }
      } else if (state === LINE_START) {
        if (byte === DOT) {
          if (i > from) sink(chunk.subarray(from, i));
          from = i + 1;
          state = DOT_AT_START;
        } else state = this.#text(byte);
      } else if (state === DOT_AT_START) {
        if (byte === CR) {
          // Perhaps the end's: held back until the next byte tells.
          from = i + 1;
          state = DOT_CR;
        } else state = this.#text(byte);
      } else if (byte === LF) {
        this.#done = true;
        return i + 1;
      } else {
        this.#bare = true;
        from = i;
        state = byte === CR ? AFTER_CR : TEXT;
      }
    }
    if (i > from) sink(chunk.subarray(from, i));
    this.#state = state;
    return length;
  }

  #text(byte: number): number {
    if (byte === CR) return AFTER_CR;
    if (byte === LF) this.#bare = true;
    return TEXT;
  }
}
