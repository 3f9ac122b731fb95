import type { StoredAt } from './table.ts';

/** A blob in the making. Its name is known only once it is written: until then '' stands for it. */
export class Pieces {
  readonly #pieces: Uint8Array[] = [];
  #length = 0;

  add(bytes: Uint8Array): StoredAt {
    const offset = this.#length;
    this.#pieces.push(bytes);
    this.#length += bytes.length;
    return { blob: '', offset, length: bytes.length };
  }

  joined(): Uint8Array {
    const bytes = new Uint8Array(this.#length);
    let at = 0;
    for (const piece of this.#pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    return bytes;
  }
}
