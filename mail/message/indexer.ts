import { MAX_BOUNDARY } from './boundaries.ts';
import type { FieldLimits } from './fields.ts';
import type { CapturedText, MessageIndex, Part } from './part.ts';
import { isReadable, type LinePosition, PartTree } from './tree.ts';

/** What the index gives up at. Beyond these a message is still taken whole: what lies deeper or later is one opaque leaf. */
export interface IndexLimits extends FieldLimits {
  /** Parts in the tree, the message itself included; the empty ones that fill multiparts without parts are not counted. */
  parts: number;
  /** Parts around a part, itself included. */
  depth: number;
  /** Bytes kept of a text part for the preview. */
  capture: number;
}

const DEFAULTS: IndexLimits = {
  parts: 10_000,
  depth: 100,
  field: 65_536,
  block: 131_072,
  total: 524_288,
  capture: 16_384,
};

const LF = 0x0a;
const CR = 0x0d;
const DASH = 0x2d;

/** At the start of a body line; in one that is no boundary; in one that may be. */
type BodyState = 'start' | 'skip' | 'candidate';

/** The beginning of a text part, while it is read. */
interface Capture {
  part: Part;
  chunks: Uint8Array[];
  length: number;
}

/**
 * Finds the MIME structure of a message (RFC 5322, RFC 2045 and 2046) in one pass over its bytes, pushed in chunks of
 * any size; the result does not depend on how they are cut. Takes any bytes at all, lines that end in CRLF or LF (a
 * lone CR ends none); never throws; time is linear in the bytes and memory bounded by the limits. Chunks are not kept:
 * the caller may reuse them.
 */
export class MessageIndexer {
  readonly #limits: IndexLimits;
  readonly #tree: PartTree;
  #body: BodyState = 'start';

  /** Offset in the message of the current chunk's first byte. */
  #base = 0;
  /** LFs passed. */
  #lines = 0;
  /** The last two bytes of the chunk before. */
  #last = 0;
  #beforeLast = 0;

  /** The line that is being collected: its first bytes, how many there were in all, where it began, the length of the line end before it. */
  #line = '';
  #lineLength = 0;
  #lineStart: LinePosition = { offset: 0, lines: 0 };
  #lineBreak = 1;

  /** Where the current part's text goes; the first of each kind. */
  #capture: Capture | undefined;
  #plain: Capture | undefined;
  #html: Capture | undefined;

  constructor(limits: Partial<IndexLimits> = {}) {
    this.#limits = { ...DEFAULTS, ...limits };
    this.#tree = new PartTree(this.#limits);
  }

  /** Takes the next bytes of the message. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let at = 0;
    while (at < bytes.length) at = this.#tree.inHeader ? this.#readHeader(bytes, at) : this.#readBody(bytes, at);
    this.#beforeLast = bytes.length > 1 ? bytes[bytes.length - 2]! : this.#last;
    this.#last = bytes[bytes.length - 1]!;
    this.#base += bytes.length;
  }

  /** Ends the message. Call it once. */
  finish(): MessageIndex {
    const end = { offset: this.#base, lines: this.#lines };
    if (this.#tree.inHeader) {
      if (this.#lineLength > 0) this.#headerLine(end);
    } else if (this.#body === 'candidate') this.#boundaryLine(end);
    this.#tree.finish(end);
    return {
      root: this.#tree.root,
      fields: this.#tree.rootFields,
      size: end.offset,
      partCount: this.#tree.partCount,
      plain: captured(this.#plain),
      html: captured(this.#html),
    };
  }

  /** Reads header lines from `at` until the block or the chunk ends. Returns the position reached. */
  #readHeader(bytes: Buffer, at: number): number {
    let from = at;
    while (this.#tree.inHeader && from < bytes.length) {
      if (this.#lineLength === 0) this.#beginLine(bytes, from);
      const lf = bytes.indexOf(LF, from);
      this.#collect(bytes, from, lf < 0 ? bytes.length : lf, this.#limits.field);
      if (lf < 0) return bytes.length;
      from = lf + 1;
      this.#lines++;
      if (this.#lineLength <= this.#limits.field && this.#line.endsWith('\r')) this.#line = this.#line.slice(0, -1);
      this.#headerLine({ offset: this.#base + from, lines: this.#lines });
      this.#lineLength = 0;
    }
    return from;
  }

  /** Takes the collected header line, which ends before `after`. */
  #headerLine(after: LinePosition): void {
    if (this.#line === '') {
      this.#tree.endHeader(after);
      this.#bodyBegins();
    } else if (!this.#boundaryLine(after)) this.#tree.headerLine(this.#line);
  }

  /** Reads body lines from `at` until a boundary or the end of the chunk. Returns the position reached. */
  #readBody(bytes: Buffer, at: number): number {
    const capture = this.#capture;
    const awaitsBoundary = this.#tree.awaitsBoundary;
    let from = at;
    while (from < bytes.length) {
      if (this.#body === 'start') {
        const candidate = awaitsBoundary && bytes[from] === DASH;
        this.#body = candidate ? 'candidate' : 'skip';
        if (candidate) this.#beginLine(bytes, from);
      }
      const lf = bytes.indexOf(LF, from);
      const end = lf < 0 ? bytes.length : lf;
      if (this.#body === 'candidate') this.#collect(bytes, from, end, MAX_BOUNDARY + 4);
      from = end;
      if (lf < 0) break;
      from++;
      this.#lines++;
      const found = this.#body === 'candidate' && this.#boundaryLine({ offset: this.#base + from, lines: this.#lines });
      this.#body = 'start';
      if (found) break;
    }
    if (capture !== undefined) this.#keep(capture, bytes.subarray(at, from));
    return from;
  }

  /** Notes that a line begins at `from`. */
  #beginLine(bytes: Buffer, from: number): void {
    this.#line = '';
    this.#lineLength = 0;
    this.#lineStart = { offset: this.#base + from, lines: this.#lines };
    const beforeLf = from >= 2 ? bytes[from - 2] : from === 1 ? this.#last : this.#beforeLast;
    this.#lineBreak = beforeLf === CR ? 2 : 1;
  }

  /** Adds bytes to the collected line, of which the first `limit` are kept. */
  #collect(bytes: Buffer, from: number, to: number, limit: number): void {
    const room = limit - this.#line.length;
    if (room > 0) this.#line += bytes.toString('latin1', from, Math.min(to, from + room));
    this.#lineLength += to - from;
  }

  /** Acts on the collected line if it is a boundary; the line after it begins at `after`. Returns whether it was one. */
  #boundaryLine(after: LinePosition): boolean {
    const match = this.#tree.match(this.#line);
    if (match === undefined) return false;
    this.#tree.boundary(match, this.#lineStart, this.#lineBreak, after);
    this.#lineLength = 0;
    this.#bodyBegins();
    return true;
  }

  /** Decides whether the text that now begins is kept: only the message's own, not that of a message it encloses. */
  #bodyBegins(): void {
    this.#body = 'start';
    this.#capture = undefined;
    if (this.#tree.inHeader) return;
    const part = this.#tree.current;
    const plain = this.#plain === undefined && isReadable(part, 'plain');
    const html = this.#html === undefined && isReadable(part, 'html');
    if ((!plain && !html) || !this.#tree.inOwnMessage) return;
    this.#capture = { part, chunks: [], length: 0 };
    if (plain) this.#plain = this.#capture;
    else this.#html = this.#capture;
  }

  #keep(capture: Capture, bytes: Uint8Array): void {
    const room = this.#limits.capture - capture.length;
    if (room <= 0) return;
    const kept = Uint8Array.prototype.slice.call(bytes, 0, room);
    capture.chunks.push(kept);
    capture.length += kept.length;
  }
}

/** What was kept may reach into the boundary line; the part's end is known now. */
function captured(capture: Capture | undefined): CapturedText | undefined {
  if (capture === undefined) return undefined;
  const { part, chunks } = capture;
  const bytes = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
  return { part, bytes: bytes.subarray(0, part.bodyEnd - part.bodyStart) };
}

/** Indexes a whole message that is in memory. */
export function indexMessage(bytes: Uint8Array, limits?: Partial<IndexLimits>): MessageIndex {
  const indexer = new MessageIndexer(limits);
  indexer.push(bytes);
  return indexer.finish();
}
