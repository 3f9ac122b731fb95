/**
 * Terms under numbers, in the order in which they came. A term is looked up as it stands in a text, without being taken out of it: that is
 * most of the work of indexing.
 */
export class Terms {
  readonly names: string[] = [];
  #hashes = new Uint32Array(1 << 12);
  /** By hash: a term's number and 1, or 0. At most half full. */
  #slots = new Int32Array(1 << 13);

  constructor(names: Iterable<string>) {
    for (const name of names) this.numberOf(name, 0, name.length);
  }

  /** The number of the term that is a stretch of a text. */
  numberOf(text: string, start: number, end: number): number {
    let hash = 0x811c9dc5;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
    hash = (hash ^ (hash >>> 15)) >>> 0;
    const last = this.#slots.length - 1;
    let slot = hash & last;
    for (; this.#slots[slot] !== 0; slot = (slot + 1) & last) {
      const number = this.#slots[slot]! - 1;
      if (this.#hashes[number] === hash && isAt(this.names[number]!, text, start, end)) return number;
    }
    const number = this.names.push(own(text, start, end)) - 1;
    if (number === this.#hashes.length) this.#grow();
    this.#hashes[number] = hash;
    this.#put(number);
    return number;
  }

  #put(number: number): void {
    const last = this.#slots.length - 1;
    let slot = this.#hashes[number]! & last;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & last;
    this.#slots[slot] = number + 1;
  }

  #grow(): void {
    const hashes = new Uint32Array(this.#hashes.length * 2);
    hashes.set(this.#hashes);
    this.#slots = new Int32Array(hashes.length * 2);
    for (let number = 0; number < this.#hashes.length; number++) this.#put(number);
    this.#hashes = hashes;
  }
}

function isAt(name: string, text: string, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let at = 0; at < name.length; at++) if (name.charCodeAt(at) !== text.charCodeAt(start + at)) return false;
  return true;
}

/** A string of its own: a slice would keep the whole text. */
function own(text: string, start: number, end: number): string {
  const slice = text.slice(start, end);
  return slice.length < 13 || slice.length === text.length ? slice : Buffer.from(slice).toString();
}
