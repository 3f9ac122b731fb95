interface Entry {
  readonly value: Promise<unknown>;
  bytes: number;
}

/** What has been unpacked, the least recently used forgotten beyond `limit` bytes; shared by all accounts of a process. */
export class ByteCache {
  readonly #limit: number;
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /** What is known by a key, or what `load` gives; a failure is not kept. A key always stands for the same type. */
  get<T>(key: string, load: () => Promise<{ readonly value: T; readonly bytes: number }>): Promise<T> {
    const known = this.#entries.get(key);
    if (known !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, known);
      return known.value as Promise<T>;
    }
    const loading = load();
    const entry: Entry = { value: loading.then(({ value }) => value), bytes: 0 };
    this.#entries.set(key, entry);
    loading.then(
      ({ bytes }) => {
        if (this.#entries.get(key) !== entry) return;
        entry.bytes = bytes;
        this.#bytes += bytes;
        this.#shrink();
      },
      () => {
        if (this.#entries.get(key) === entry) this.#entries.delete(key);
      },
    );
    return entry.value as Promise<T>;
  }

  #shrink(): void {
    for (const [key, { bytes }] of this.#entries) {
      if (this.#bytes <= this.#limit) return;
      this.#entries.delete(key);
      this.#bytes -= bytes;
    }
  }
}
