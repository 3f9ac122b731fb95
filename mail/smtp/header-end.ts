import type { Buffer } from 'node:buffer';

const EMPTY_LINE = '\r\n\r\n';

/** Finds where the header block of a message ends, in pieces cut anywhere. Holds three bytes. */
export class HeaderEnd {
  /** The end of what has come. A message may begin with the empty line. */
  #tail = '\r\n';
  #seen = 0;
  #length: number | undefined;

  /** The empty line has come. */
  get found(): boolean {
    return this.#length !== undefined;
  }

  /** Bytes of the header block with its empty line, as far as it has come. */
  get length(): number {
    return this.#length ?? this.#seen;
  }

  push(piece: Buffer): void {
    if (this.#length !== undefined) return;
    const seam = (this.#tail + piece.toString('latin1', 0, EMPTY_LINE.length - 1)).indexOf(EMPTY_LINE);
    const inside = piece.indexOf(EMPTY_LINE);
    if (seam >= 0) this.#length = this.#seen + seam - this.#tail.length + EMPTY_LINE.length;
    else if (inside >= 0) this.#length = this.#seen + inside + EMPTY_LINE.length;
    this.#seen += piece.length;
    const last = piece.toString('latin1', Math.max(0, piece.length - EMPTY_LINE.length + 1));
    this.#tail = (this.#tail + last).slice(1 - EMPTY_LINE.length);
  }
}
