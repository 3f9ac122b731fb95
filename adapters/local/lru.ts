/** Byte strings by name, the least recently used given up first when a limit of bytes is passed. */
export class ByteCache {
  readonly #limit: number;
  readonly #entries = new Map<string, Uint8Array>();
  #bytes = 0;

  /** `limit` in bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get(name: string): Uint8Array | undefined {
    const bytes = this.#entries.get(name);
    if (bytes === undefined) return undefined;
    // A Map keeps the order of insertion: what is used goes to the end.
    this.#entries.delete(name);
    this.#entries.set(name, bytes);
    return bytes;
  }

  set(name: string, bytes: Uint8Array): void {
    this.delete(name);
    this.#entries.set(name, bytes);
    this.#bytes += bytes.length;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#limit) return;
      this.delete(oldest);
    }
  }

  delete(name: string): void {
    this.#bytes -= this.#entries.get(name)?.length ?? 0;
    this.#entries.delete(name);
  }
}
