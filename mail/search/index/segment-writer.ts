import { crc32, zstdCompressSync } from 'node:zlib';
import type { Blobs } from '../../ports/index.ts';
import { ByteWriter } from './bytes.ts';
import { BlockBuilder, type BlockRef } from './dictionary.ts';
import type { SegmentRef } from './format.ts';
import { type Group, writeGroup } from './postings.ts';

/** A term with its documents. */
export interface TermGroups {
  readonly term: string;
  readonly groups: readonly Group[];
}

/** Bytes that are handed to the store at a time. */
const CHUNK = 1024 * 1024;

/** Writes a segment as its terms come, in order. `emails`: the number of each document's email, ascending. */
export async function writeSegment(
  blobs: Blobs,
  emails: Float64Array,
  terms: Iterable<TermGroups> | AsyncIterable<TermGroups>,
): Promise<SegmentRef> {
  let tail: SegmentRef['tail'] | undefined;
  async function* bytes(): AsyncGenerator<Uint8Array> {
    const out = new ByteWriter();
    const term = new ByteWriter();
    const blocks: Uint8Array[] = [];
    const refs: BlockRef[] = [];
    let written = 0;
    let blockStart = 0;
    let block = new BlockBuilder();
    let dictionary = 0;
    const endBlock = () => {
      if (block.isEmpty) return;
      const { bytes: packed, ref } = block.end(dictionary, blockStart);
      blocks.push(packed);
      refs.push(ref);
      dictionary += packed.length;
      blockStart = written + out.length;
      block = new BlockBuilder();
    };
    for await (const { term: name, groups } of terms) {
      for (const group of groups) writeGroup(term, emails.length, group);
      const postings = term.take();
      block.add(name, postings);
      out.bytes(postings);
      if (block.isFull) endBlock();
      if (out.length >= CHUNK) {
        const chunk = out.take();
        written += chunk.length;
        yield chunk;
      }
    }
    endBlock();
    const rest = out.take();
    written += rest.length;
    if (rest.length > 0) yield rest;
    const packed = tailOf(emails, refs, written);
    tail = { offset: written + dictionary, length: packed.length, crc: crc32(packed) };
    for (const one of blocks) yield one;
    yield packed;
  }
  const { name, size } = await blobs.put('index', bytes(), { owners: 1 });
  return { blob: name, bytes: size, docs: emails.length, tail: tail! };
}

/** Blocks come behind the postings: only now it is known where. */
function tailOf(emails: Float64Array, refs: readonly BlockRef[], start: number): Uint8Array {
  const json = Buffer.from(JSON.stringify(refs.map((ref) => ({ ...ref, offset: ref.offset + start }))));
  const raw = Buffer.alloc(4 + emails.byteLength + json.length);
  raw.writeUInt32LE(emails.length);
  raw.set(new Uint8Array(emails.buffer, emails.byteOffset, emails.byteLength), 4);
  raw.set(json, 4 + emails.byteLength);
  return zstdCompressSync(raw);
}
