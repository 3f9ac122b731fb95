import type { Blobs } from '../ports/index.ts';
import { bytesToString, pack, stringToBytes, unpack } from './bytes.ts';
import type { StoredAt } from './table.ts';
import type { StoredEmail } from './types.ts';

/**
 * The summaries of a snapshot, in parts of up to a thousand emails, ascending by email number. A part is packed as a
 * whole and unpacked once; an email's JSON in it is parsed when it is asked for.
 */

/** Emails in a full part. */
export const PART_EMAILS = 1024;

/** Where a part is stored, and which emails it holds: numbers `first` to `last`, `count` of them. */
export interface PartRef {
  readonly at: StoredAt;
  readonly count: number;
  readonly first: number;
  readonly last: number;
}

/** An unpacked part. */
export class Part {
  readonly #numbers: readonly number[];
  readonly #ends: readonly number[];
  readonly #json: Uint8Array;

  constructor(numbers: readonly number[], ends: readonly number[], json: Uint8Array) {
    this.#numbers = numbers;
    this.#ends = ends;
    this.#json = json;
  }

  static of(emails: readonly StoredEmail[]): Part {
    const texts = emails.map((email) => stringToBytes(JSON.stringify(email)));
    const ends: number[] = [];
    let end = 0;
    for (const text of texts) ends.push((end += text.length));
    const json = new Uint8Array(end);
    texts.forEach((text, i) => {
      json.set(text, i === 0 ? 0 : ends[i - 1]);
    });
    return new Part(
      emails.map(({ email }) => email),
      ends,
      json,
    );
  }

  static decode(packed: Uint8Array): Part {
    const bytes = unpack(packed);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const count = view.getUint32(0, true);
    const numbers: number[] = [];
    const ends: number[] = [];
    for (let i = 0; i < count; i++) {
      numbers.push(view.getFloat64(4 + i * 12, true));
      ends.push(view.getUint32(12 + i * 12, true));
    }
    return new Part(numbers, ends, bytes.subarray(4 + count * 12));
  }

  encode(): Uint8Array {
    const bytes = new Uint8Array(4 + this.#numbers.length * 12 + this.#json.length);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, this.#numbers.length, true);
    this.#numbers.forEach((number, i) => {
      view.setFloat64(4 + i * 12, number, true);
      view.setUint32(12 + i * 12, this.#ends[i]!, true);
    });
    bytes.set(this.#json, 4 + this.#numbers.length * 12);
    return pack(bytes);
  }

  get numbers(): readonly number[] {
    return this.#numbers;
  }

  get bytes(): number {
    return this.#json.length + this.#numbers.length * 16;
  }

  get(email: number): StoredEmail | undefined {
    let low = 0;
    let high = this.#numbers.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const number = this.#numbers[middle]!;
      if (number === email) return this.#parse(middle);
      if (number < email) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }

  all(): StoredEmail[] {
    return this.#numbers.map((_, i) => this.#parse(i));
  }

  #parse(i: number): StoredEmail {
    const start = i === 0 ? 0 : this.#ends[i - 1]!;
    return JSON.parse(bytesToString(this.#json.subarray(start, this.#ends[i]!))) as StoredEmail;
  }
}

/** Unpacked parts, the least recently used forgotten beyond `limit` bytes; shared by all accounts of a process. */
export class PartCache {
  readonly #blobs: Blobs;
  readonly #limit: number;
  readonly #parts = new Map<string, { readonly part: Promise<Part>; bytes: number }>();
  #bytes = 0;

  constructor(blobs: Blobs, limit: number) {
    this.#blobs = blobs;
    this.#limit = limit;
  }

  get(at: StoredAt): Promise<Part> {
    const key = `${at.blob} ${at.offset}`;
    const known = this.#parts.get(key);
    if (known !== undefined) {
      this.#parts.delete(key);
      this.#parts.set(key, known);
      return known.part;
    }
    const part = this.#blobs
      .get(at.blob, { start: at.offset, end: at.offset + at.length })
      .then((bytes) => Part.decode(bytes));
    const entry = { part, bytes: 0 };
    this.#parts.set(key, entry);
    part.then(
      (loaded) => {
        if (this.#parts.get(key) !== entry) return;
        entry.bytes = loaded.bytes;
        this.#bytes += loaded.bytes;
        this.#shrink();
      },
      () => {
        if (this.#parts.get(key) === entry) this.#parts.delete(key);
      },
    );
    return part;
  }

  /** Lets go of what was read from a blob. */
  forget(blob: string): void {
    for (const [key, { bytes }] of this.#parts) {
      if (!key.startsWith(`${blob} `)) continue;
      this.#parts.delete(key);
      this.#bytes -= bytes;
    }
  }

  #shrink(): void {
    for (const [key, { bytes }] of this.#parts) {
      if (this.#bytes <= this.#limit) return;
      this.#parts.delete(key);
      this.#bytes -= bytes;
    }
  }
}

/** The part that may hold an email, by halving. */
export function partOf(parts: readonly PartRef[], email: number): PartRef | undefined {
  let low = 0;
  let high = parts.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const part = parts[middle]!;
    if (email < part.first) high = middle - 1;
    else if (email > part.last) low = middle + 1;
    else return part;
  }
  return undefined;
}
