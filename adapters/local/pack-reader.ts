/**
 * Reads records out of pack files. All that is asked for in one turn of the event loop is read together: what lies close by each
 * other, as messages do that came after each other, with one read.
 */
import { type OpenFiles, readFully } from './files.ts';

/** What lies between two records is read too where it is no more than this. */
const GAP_BYTES = 16 * 1024;
/** What is read at once; one record alone may be larger. */
const SPAN_BYTES = 512 * 1024;

export interface Piece {
  /** Nobody else has these bytes, but their memory may be a part of more that was read with them. */
  readonly bytes: Uint8Array;
  /** Whether they were read alone. */
  readonly alone: boolean;
}

interface Waiting {
  readonly path: string;
  readonly offset: number;
  readonly end: number;
  resolve(piece: Piece): void;
  reject(error: unknown): void;
}

export class PackReader {
  readonly #files: OpenFiles;
  #waiting: Waiting[] = [];

  constructor(files: OpenFiles) {
    this.#files = files;
  }

  /** So many bytes; fewer only at the end of the file. */
  read(path: string, offset: number, length: number): Promise<Piece> {
    return new Promise((resolve, reject) => {
      const gathering = this.#waiting.length > 0;
      this.#waiting.push({ path, offset, end: offset + length, resolve, reject });
      if (!gathering) setImmediate(() => this.#run());
    });
  }

  #run(): void {
    const all = this.#waiting.sort((a, b) => (a.path === b.path ? a.offset - b.offset : a.path < b.path ? -1 : 1));
    this.#waiting = [];
    for (let first = 0; first < all.length; ) {
      const { path, offset } = all[first]!;
      let { end } = all[first]!;
      let next = first + 1;
      for (; next < all.length; next++) {
        const one = all[next]!;
        if (one.path !== path || one.offset > end + GAP_BYTES || one.end > offset + SPAN_BYTES) break;
        end = Math.max(end, one.end);
      }
      void this.#readSpan(all.slice(first, next), path, offset, end);
      first = next;
    }
  }

  async #readSpan(asked: readonly Waiting[], path: string, start: number, end: number): Promise<void> {
    try {
      const bytes = await this.#files.use(path, (handle) => readFully(handle, start, end - start));
      const alone = asked.length === 1;
      let given = start;
      for (const { offset, end, resolve } of asked) {
        const piece = bytes.subarray(offset - start, end - start);
        // Of what two have asked for, each has its own.
        resolve({ bytes: offset < given ? piece.slice() : piece, alone });
        given = Math.max(given, end);
      }
    } catch (error) {
      for (const one of asked) one.reject(error);
    }
  }
}
