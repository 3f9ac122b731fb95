import type { StoredEmail } from '../../account/types.ts';
import { filterHeaderFields, resolveSection, type SectionFields, type SectionRange } from '../../message/sections.ts';
import { type Blobs, WireClosed } from '../../ports/index.ts';
import type { FetchItem } from '../grammar/fetch.ts';
import type { Output } from '../output.ts';
import { decodedPart, isPlain, lengthOf, resolveBinary } from './binary.ts';

/** A section, and where it lies. */
interface Found {
  readonly item: SectionItem;
  readonly where: SectionRange | SectionFields | undefined;
}

type Binary = NonNullable<SectionItem['binary']>;

export type SectionItem = Extract<FetchItem, { kind: 'SECTION' }>;

/** Sections of one message that are together no longer than this are read with one call, and ahead of their turn. */
const SMALL = 128 * 1024;

/** The sections of one message, found in its blob by the summary alone. */
export class SectionReader {
  readonly #blobs: Blobs;
  readonly #email: StoredEmail;
  readonly #found: readonly Found[];
  readonly #start: number;
  readonly #end: number;
  #bytes: Uint8Array | undefined;

  constructor(blobs: Blobs, email: StoredEmail, items: readonly SectionItem[]) {
    this.#blobs = blobs;
    this.#email = email;
    this.#found = items.map((item) => ({
      item,
      where:
        item.binary === undefined ? resolveSection(email.summary, item.section) : resolveBinary(email.summary, item),
    }));
    const ranges = this.#found.flatMap(({ where }) => (where === undefined || where.end <= where.start ? [] : [where]));
    this.#start = ranges.length === 0 ? 0 : Math.min(...ranges.map(({ start }) => start));
    this.#end = ranges.length === 0 ? 0 : Math.max(...ranges.map(({ end }) => end));
  }

  /** Bytes that `load` will hold in memory. */
  get weight(): number {
    return this.#isSmall ? this.#end - this.#start : 0;
  }

  /** Reads what is small. What is not is read when it is written. Throws `NotFound`, `Unavailable`. */
  async load(): Promise<this> {
    if (this.#isSmall && this.#end > this.#start) this.#bytes = await this.#read(this.#start, this.#end);
    return this;
  }

  /** Writes all sections, a space before each but the first where `first` is set. */
  async write(out: Output, first: boolean): Promise<void> {
    let space = first ? '' : ' ';
    for (const { item, where } of this.#found) {
      out.text(`${space}${item.label} `);
      space = ' ';
      if (item.binary !== undefined) await this.#binary(out, item.binary, where as SectionRange | undefined);
      else if (where === undefined) out.text('NIL');
      else if (where.kind === 'fields') this.#literal(out, await this.#fields(where));
      else if (this.#bytes !== undefined || where.end <= where.start) {
        this.#literal(out, this.#slice(where.start, where.end));
      } else await this.#stream(out, where.start, where.end);
    }
  }

  /** The decoded part as a literal8. Its length has to be said first, so a long one is decoded twice. */
  async #binary(out: Output, { what, partial }: Binary, where: SectionRange | undefined): Promise<void> {
    if (where === undefined) {
      out.text(what === 'size' ? '0' : 'NIL');
      return;
    }
    const decoded = () => decodedPart(this.#raw(where), where, partial);
    const plain = isPlain(where) && partial === undefined;
    const length = plain ? where.end - where.start : await lengthOf(decoded());
    if (what === 'size') {
      out.text(`${length}`);
      return;
    }
    out.text(`~{${length}}\r\n`);
    await copy(out, decoded(), length);
  }

  /** The bytes of a range: at hand, or as they are read. */
  #raw({ start, end }: SectionRange): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
    if (this.#bytes !== undefined || end <= start) return [this.#slice(start, end)];
    return this.#blobs.stream(this.#email.blob, { start, end });
  }

  get #isSmall(): boolean {
    return this.#end - this.#start <= SMALL;
  }

  #read(start: number, end: number): Promise<Uint8Array> {
    const { blob, size } = this.#email;
    return start === 0 && end === size ? this.#blobs.get(blob) : this.#blobs.get(blob, { start, end });
  }

  #slice(start: number, end: number): Uint8Array {
    return this.#bytes?.subarray(start - this.#start, end - this.#start) ?? new Uint8Array();
  }

  #literal(out: Output, bytes: Uint8Array): void {
    out.text(`{${bytes.length}}\r\n`);
    out.bytes(bytes);
  }

  /** A header block is in memory while it is filtered; the partial counts in what is left (RFC 3501 section 6.4.5). */
  async #fields({ start, end, names, not, partial }: SectionFields): Promise<Uint8Array> {
    const block = this.#bytes === undefined && end > start ? await this.#read(start, end) : this.#slice(start, end);
    const fields = filterHeaderFields(block, names, not);
    return partial === undefined ? fields : fields.subarray(partial.offset, partial.offset + partial.length);
  }

  /** A long section goes from the blob to the client as fast as that reads. Once its length has been said, a failure can only cut the connection. */
  async #stream(out: Output, start: number, end: number): Promise<void> {
    const chunks = this.#blobs.stream(this.#email.blob, { start, end })[Symbol.asyncIterator]();
    // The first chunk comes before the length is said, so that a blob that is not there can still be answered with NO.
    const next = await chunks.next();
    out.text(`{${end - start}}\r\n`);
    try {
      await copy(out, rest(next, chunks), end - start);
    } finally {
      await chunks.return?.();
    }
  }
}

async function* rest<T>(first: IteratorResult<T>, others: AsyncIterator<T>): AsyncGenerator<T, void, void> {
  for (let next = first; next.done !== true; next = await others.next()) yield next.value;
}

/** Writes so many bytes, whose number has been said: a failure can only cut the connection. */
async function copy(out: Output, pieces: AsyncIterable<Uint8Array>, length: number): Promise<void> {
  let left = length;
  try {
    for await (const piece of pieces) {
      left -= piece.length;
      out.bytes(piece);
      await out.room();
    }
  } catch (error) {
    throw new WireClosed('a message could not be read to its end', { cause: error });
  }
  if (left !== 0) throw new WireClosed('a message is not as long as its index says');
}
