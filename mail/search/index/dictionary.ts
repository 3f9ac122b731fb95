import { crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { ByteReader, ByteWriter } from './bytes.ts';
import { Corrupt, type Stretch } from './format.ts';

/** Terms are ordered by their UTF-8 bytes. Blocks end when their text or their postings have so many bytes. */
const BLOCK_TEXT = 32 * 1024;
const BLOCK_POSTINGS = 4 * 1024 * 1024;
/** Postings are checked page by page: whole terms, until there are so many bytes. */
const PAGE = 4096;
/** The most that a block unpacks to: one term is short. */
const BLOCK_LIMIT = 16 * 1024 * 1024;

/** Where a block of the dictionary is, and what it is about. */
export interface BlockRef extends Stretch {
  /** Its first term. */
  readonly first: string;
  /** Where its terms' postings begin in the segment. */
  readonly postings: number;
}

/** A block in the making. */
export class BlockBuilder {
  readonly #terms: string[] = [];
  readonly #lengths: number[] = [];
  readonly #crcs: number[] = [];
  #text = 0;
  #postings = 0;
  #page = 0;
  #crc = 0;

  get isEmpty(): boolean {
    return this.#terms.length === 0;
  }

  get isFull(): boolean {
    return this.#text >= BLOCK_TEXT || this.#postings >= BLOCK_POSTINGS;
  }

  /** In order. */
  add(term: string, postings: Uint8Array): void {
    this.#terms.push(term);
    this.#lengths.push(postings.length);
    this.#text += Buffer.byteLength(term) + 1;
    this.#postings += postings.length;
    this.#crc = crc32(postings, this.#crc);
    this.#page += postings.length;
    if (this.#page >= PAGE) this.#endPage();
  }

  /** The packed block; `offset` is where it will be, `postings` where its postings begin. */
  end(offset: number, postings: number): { readonly bytes: Uint8Array; readonly ref: BlockRef } {
    if (this.#page > 0) this.#endPage();
    const text = Buffer.from(`\n${this.#terms.join('\n')}\n`);
    const raw = new ByteWriter();
    raw.varint(this.#terms.length);
    raw.varint(text.length);
    raw.bytes(text);
    for (const length of this.#lengths) raw.varint(length);
    for (const crc of this.#crcs) raw.varint(crc);
    const bytes = zstdCompressSync(raw.take());
    const ref = { first: this.#terms[0]!, postings, offset, length: bytes.length, crc: crc32(bytes) };
    return { bytes, ref };
  }

  #endPage(): void {
    this.#crcs.push(this.#crc);
    this.#crc = 0;
    this.#page = 0;
  }
}

/** A term of a block, and where its postings are: from the block's first, and in the page that they are checked with. */
export interface Entry {
  readonly term: string;
  readonly offset: number;
  readonly length: number;
  readonly page: number;
}

/** Pages next to each other, and what is wanted of them. */
export interface PageRange {
  readonly start: number;
  readonly end: number;
  readonly crcs: readonly { readonly start: number; readonly end: number; readonly crc: number }[];
}

/** An unpacked block. */
export class Block {
  readonly #text: Buffer;
  readonly #offsets: Float64Array;
  readonly #pages: { readonly start: number; readonly end: number; readonly crc: number }[] = [];
  readonly #pageOf: Uint32Array;
  readonly count: number;
  readonly bytes: number;

  /** Throws `Corrupt`. */
  constructor(packed: Uint8Array, ref: BlockRef) {
    if (packed.length !== ref.length || crc32(packed) !== ref.crc)
      throw new Corrupt('a block of the dictionary is damaged');
    const raw = unpacked(packed);
    const reader = new ByteReader(raw);
    this.count = reader.varint();
    this.#text = raw.subarray(0, 0);
    const text = reader.take(reader.varint());
    this.#text = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
    this.#offsets = new Float64Array(this.count + 1);
    this.#pageOf = new Uint32Array(this.count);
    let start = 0;
    for (let i = 0; i < this.count; i++) {
      this.#offsets[i + 1] = this.#offsets[i]! + reader.varint();
      this.#pageOf[i] = this.#pages.length;
      const end = this.#offsets[i + 1]!;
      if (end - start < PAGE && i < this.count - 1) continue;
      this.#pages.push({ start, end, crc: 0 });
      start = end;
    }
    for (const [at, page] of this.#pages.entries()) this.#pages[at] = { ...page, crc: reader.varint() };
    this.bytes = raw.length + this.count * 12;
  }

  /** All terms, in order. */
  entries(): Entry[] {
    const terms = this.#text.toString('utf8', 1, this.#text.length - 1).split('\n');
    return terms.map((term, i) => this.#entry(term, i));
  }

  /** The term itself, or all that begin with it. */
  find(term: string, isPrefix: boolean): Entry[] {
    const wanted = Buffer.from(`\n${term}${isPrefix ? '' : '\n'}`);
    return this.#matches(wanted, 1).filter(({ term: found }) => (isPrefix ? found.startsWith(term) : found === term));
  }

  /** Terms that hold a text anywhere. */
  holding(text: string): Entry[] {
    return this.#matches(Buffer.from(text), 0);
  }

  /** The pages that hold the postings of these, which are in order; neighbours together. */
  pages(entries: readonly Entry[]): PageRange[] {
    const ranges: { start: number; end: number; crcs: { start: number; end: number; crc: number }[] }[] = [];
    let before = -1;
    for (const { page: number } of entries) {
      if (number === before) continue;
      const page = this.#pages[number]!;
      const last = ranges.at(-1);
      if (last !== undefined && number === before + 1) {
        last.end = page.end;
        last.crcs.push(page);
      } else ranges.push({ start: page.start, end: page.end, crcs: [page] });
      before = number;
    }
    return ranges;
  }

  /** Every term in which the bytes stand, each once. `lead`: bytes of them before the term. */
  #matches(wanted: Buffer, lead: number): Entry[] {
    const found: Entry[] = [];
    let number = -1;
    let counted = 0;
    for (let at = this.#text.indexOf(wanted); at >= 0; ) {
      const start = at + lead;
      // The text begins with a line end: the n-th ends before the n-th term.
      for (let end = this.#text.indexOf(10, counted); end >= 0 && end < start; end = this.#text.indexOf(10, counted)) {
        number += 1;
        counted = end + 1;
      }
      const end = this.#text.indexOf(10, start);
      if (end < 0 || number < 0 || number >= this.count) break;
      found.push(this.#entry(this.#text.toString('utf8', counted, end), number));
      at = this.#text.indexOf(wanted, end);
    }
    return found;
  }

  #entry(term: string, i: number): Entry {
    const offset = this.#offsets[i]!;
    return { term, offset, length: this.#offsets[i + 1]! - offset, page: this.#pageOf[i]! };
  }
}

function unpacked(bytes: Uint8Array): Buffer {
  try {
    return zstdDecompressSync(bytes, { maxOutputLength: BLOCK_LIMIT });
  } catch (error) {
    throw new Corrupt(`a block of the dictionary cannot be unpacked: ${String(error)}`);
  }
}
