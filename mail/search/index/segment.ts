import { crc32, zstdDecompressSync } from 'node:zlib';
import type { Blobs } from '../../ports/index.ts';
import { ByteReader } from './bytes.ts';
import type { ByteCache } from './cache.ts';
import { Block, type BlockRef, type Entry } from './dictionary.ts';
import { Corrupt, type SegmentRef } from './format.ts';
import { readGroups } from './postings.ts';
import type { TermGroups } from './segment-writer.ts';

/** The most that a tail unpacks to: some ten million emails. */
const TAIL_LIMIT = 128 * 1024 * 1024;
/** Postings that are held at a time. */
const READ = 4 * 1024 * 1024;

interface Tail {
  readonly emails: Float64Array;
  readonly blocks: readonly BlockRef[];
}

type Each = (doc: number, mask: number, term: string) => void;

/** A segment as it is read, piece by piece; what has been unpacked is kept in the process's cache. */
export class Segment {
  readonly ref: SegmentRef;
  readonly emails: Float64Array;
  readonly #blobs: Blobs;
  readonly #cache: ByteCache;
  readonly #blocks: readonly BlockRef[];

  private constructor(blobs: Blobs, cache: ByteCache, ref: SegmentRef, { emails, blocks }: Tail) {
    this.#blobs = blobs;
    this.#cache = cache;
    this.ref = ref;
    this.emails = emails;
    this.#blocks = blocks;
  }

  /** Throws `Corrupt`, `NotFound`. */
  static async open(blobs: Blobs, cache: ByteCache, ref: SegmentRef): Promise<Segment> {
    const tail = await cache.get(`${ref.blob} tail`, async () => {
      const read = decodeTail(await readStretch(blobs, ref.blob, ref.tail.offset, ref.tail.length), ref);
      return { value: read, bytes: read.emails.byteLength + read.blocks.length * 200 };
    });
    return new Segment(blobs, cache, ref, tail);
  }

  /** Every document of a term, or of all terms that begin with it. */
  async find(term: string, isPrefix: boolean, each: Each): Promise<void> {
    const last = isPrefix ? `${term}\u{10ffff}` : term;
    const blocks = this.#blocks.filter(
      ({ first }, i) =>
        compareTerms(first, last) <= 0 &&
        (this.#blocks[i + 1] === undefined || compareTerms(term, this.#blocks[i + 1]!.first) < 0),
    );
    await this.#read(blocks, (block) => block.find(term, isPrefix), each);
  }

  /** Every document of the terms of words that hold a text. */
  async holding(text: string, each: Each): Promise<void> {
    await this.#read(
      this.#blocks,
      (block) => block.holding(text).filter((entry) => entry.term.charCodeAt(0) > 0x20),
      each,
    );
  }

  /** All that it holds, term after term. */
  async *terms(): AsyncGenerator<TermGroups> {
    for (const ref of this.#blocks) {
      const block = new Block(await readStretch(this.#blobs, this.ref.blob, ref.offset, ref.length), ref);
      const entries = block.entries();
      for (let first = 0; first < entries.length; ) {
        let end = first + 1;
        while (end < entries.length && entries[end]!.offset - entries[first]!.offset < READ) end++;
        const some = entries.slice(first, end);
        const bytes = await this.#postings(block, ref, some);
        for (const entry of some) yield { term: entry.term, groups: this.#groups(bytes(entry)) };
        first = end;
      }
    }
  }

  #groups(reader: ByteReader): TermGroups['groups'] {
    const groups: { mask: number; docs: number[] }[] = [];
    readGroups(reader, this.ref.docs, (doc, mask) => {
      const last = groups.at(-1);
      if (last?.mask === mask) last.docs.push(doc);
      else groups.push({ mask, docs: [doc] });
    });
    return groups;
  }

  async #read(refs: readonly BlockRef[], wanted: (block: Block) => readonly Entry[], each: Each): Promise<void> {
    await this.#loadAll(refs);
    const jobs: { readonly block: Block; readonly ref: BlockRef; readonly entries: Entry[] }[] = [];
    for (const ref of refs) {
      const block = await this.#block(ref);
      let some: Entry[] = [];
      for (const entry of wanted(block)) {
        if (some.length > 0 && entry.offset - some[0]!.offset >= READ) {
          jobs.push({ block, ref, entries: some });
          some = [];
        }
        some.push(entry);
      }
      if (some.length > 0) jobs.push({ block, ref, entries: some });
    }
    for (const { block, ref, entries } of jobs) {
      const bytes = await this.#postings(block, ref, entries);
      for (const entry of entries) {
        readGroups(bytes(entry), this.ref.docs, (doc, mask) => each(doc, mask, entry.term));
      }
    }
  }

  /** The postings of terms of a block, checked. Pages less than `READ` apart are one read. */
  async #postings(block: Block, ref: BlockRef, entries: readonly Entry[]): Promise<(entry: Entry) => ByteReader> {
    const ranges = block.pages(entries);
    const start = ranges[0]?.start ?? 0;
    const end = ranges.at(-1)?.end ?? 0;
    const bytes = await readStretch(this.#blobs, this.ref.blob, ref.postings + start, end - start);
    for (const { crcs } of ranges) {
      for (const page of crcs) {
        if (crc32(bytes.subarray(page.start - start, page.end - start)) !== page.crc) {
          throw new Corrupt('a page of postings is damaged');
        }
      }
    }
    return ({ offset, length }) => new ByteReader(bytes, offset - start, offset - start + length);
  }

  /** Reads the blocks that are not known, neighbours in one call. */
  async #loadAll(refs: readonly BlockRef[]): Promise<void> {
    const missing = refs.filter((ref) => !this.#cache.has(this.#key(ref)));
    for (let first = 0; first < missing.length; ) {
      let end = first + 1;
      const start = missing[first]!.offset;
      const endOf = (ref: BlockRef) => ref.offset + ref.length;
      while (end < missing.length && endOf(missing[end]!) - start < READ) end++;
      const some = missing.slice(first, end);
      first = end;
      if (some.length === 1) continue;
      const bytes = await readStretch(this.#blobs, this.ref.blob, start, endOf(some.at(-1)!) - start);
      for (const ref of some) await this.#block(ref, bytes.subarray(ref.offset - start, endOf(ref) - start));
    }
  }

  #block(ref: BlockRef, known?: Uint8Array): Promise<Block> {
    return this.#cache.get(this.#key(ref), async () => {
      const bytes = known ?? (await readStretch(this.#blobs, this.ref.blob, ref.offset, ref.length));
      const block = new Block(bytes, ref);
      return { value: block, bytes: block.bytes };
    });
  }

  #key(ref: BlockRef): string {
    return `${this.ref.blob} ${ref.offset}`;
  }
}

/** The order of terms: that of their UTF-8 bytes, which is that of their code points. */
export function compareTerms(a: string, b: string): number {
  if (a === b) return 0;
  const { length } = a;
  for (let at = 0; at < length; at++) {
    const x = a.charCodeAt(at);
    const y = b.charCodeAt(at);
    if (x === y) continue;
    // Surrogates stand for what is behind all other units.
    return isSurrogate(x) === isSurrogate(y) ? x - y : isSurrogate(x) ? 1 : Number.isNaN(y) ? 1 : -1;
  }
  return length - b.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

async function readStretch(blobs: Blobs, blob: string, offset: number, length: number): Promise<Uint8Array> {
  const bytes = await blobs.get(blob, { start: offset, end: offset + length });
  if (bytes.length !== length) throw new Corrupt('the segment is cut off');
  return bytes;
}

function decodeTail(packed: Uint8Array, { docs, tail }: SegmentRef): Tail {
  if (crc32(packed) !== tail.crc) throw new Corrupt('the tail is damaged');
  try {
    const raw = zstdDecompressSync(packed, { maxOutputLength: TAIL_LIMIT });
    if (raw.readUInt32LE(0) !== docs) throw new Corrupt('the tail is of another segment');
    const emails = new Float64Array(docs);
    new Uint8Array(emails.buffer).set(raw.subarray(4, 4 + docs * 8));
    return { emails, blocks: JSON.parse(raw.toString('utf8', 4 + docs * 8)) as BlockRef[] };
  } catch (error) {
    if (error instanceof Corrupt) throw error;
    throw new Corrupt(`the tail cannot be read: ${String(error)}`);
  }
}
