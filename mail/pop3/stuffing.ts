const LF = 10;
const CR = 13;
const DOT = 46;

/**
 * Makes a message the body of a multi-line reply (RFC 1939 section 3): a dot before every line that begins with one, CRLF and a
 * dot at the end. A lone LF counts as a line end too, because clients take it for one: behind it a lone dot would end the reply
 * early, and what follows would pass for our replies.
 */
export class Stuffer {
  private lineStart = true;
  private last = LF;
  private beforeLast = CR;

  /** The next bytes as they are sent. Gives the same buffer back where nothing has to be added. */
  push(chunk: Uint8Array): Buffer {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (bytes.length === 0) return bytes;
    const dots: number[] = [];
    if (this.lineStart && bytes[0] === DOT) dots.push(0);
    for (let at = bytes.indexOf('\n.'); at >= 0; at = bytes.indexOf('\n.', at + 1)) dots.push(at + 1);
    this.beforeLast = bytes.length > 1 ? bytes[bytes.length - 2]! : this.last;
    this.last = bytes[bytes.length - 1]!;
    this.lineStart = this.last === LF;
    return dots.length === 0 ? bytes : insertDots(bytes, dots);
  }

  /** What comes behind the last byte. */
  end(): string {
    return this.last === LF && this.beforeLast === CR ? '.\r\n' : '\r\n.\r\n';
  }
}

function insertDots(bytes: Buffer, dots: readonly number[]): Buffer {
  const out = Buffer.allocUnsafe(bytes.length + dots.length);
  let from = 0;
  let to = 0;
  for (const dot of dots) {
    to += bytes.copy(out, to, from, dot);
    out[to++] = DOT;
    from = dot;
  }
  bytes.copy(out, to, from);
  return out;
}

/** Counts off the header and so many lines of the body (RFC 1939 section 7, TOP). */
export class TopCounter {
  private inHeader = true;
  private left: number;
  /** Of the header line at hand, which may span chunks. */
  private length = 0;
  private onlyCr = true;

  constructor(lines: number) {
    this.left = lines;
  }

  get done(): boolean {
    return !this.inHeader && this.left === 0;
  }

  /** How many bytes of the next chunk belong to it. */
  take(bytes: Uint8Array): number {
    let at = 0;
    while (at < bytes.length && !this.done) {
      const lf = bytes.indexOf(LF, at);
      const end = lf < 0 ? bytes.length : lf;
      if (this.inHeader && end > at) {
        this.onlyCr &&= this.length === 0 && end === at + 1 && bytes[at] === CR;
        this.length += end - at;
      }
      if (lf < 0) return bytes.length;
      at = lf + 1;
      if (!this.inHeader) this.left--;
      else if (this.length === 0 || this.onlyCr) this.inHeader = false;
      this.length = 0;
      this.onlyCr = true;
    }
    return at;
  }
}
