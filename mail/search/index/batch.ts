import { TRIGRAMS, trigramTerm } from './format.ts';
import type { Group } from './postings.ts';
import { compareTerms } from './segment.ts';
import type { TermGroups } from './segment-writer.ts';

/** Documents of one batch, and of their postings, at most: what is beyond goes into the next. */
const DOCS = 1024;
const POSTINGS = 1_500_000;

/** Documents that are indexed together, in memory: their terms come out in order. */
export class Batch {
  readonly #ids = new Map<string, number>();
  readonly #names: string[] = [];
  /** By term: where in the log its last posting is. */
  #last = new Int32Array(TRIGRAMS * 2).fill(-1);
  /** Postings as they came: term, document, mask. */
  #terms = new Uint32Array(1 << 16);
  #docs = new Uint16Array(1 << 16);
  #masks = new Uint8Array(1 << 16);
  #length = 0;
  readonly emails: number[] = [];

  constructor() {
    for (let bucket = 0; bucket < TRIGRAMS; bucket++) this.#names.push(trigramTerm(bucket));
  }

  get isEmpty(): boolean {
    return this.emails.length === 0;
  }

  get isFull(): boolean {
    return this.emails.length >= DOCS || this.#length >= POSTINGS;
  }

  /** What is added from now on is of this email. In ascending order. */
  begin(email: number): void {
    this.emails.push(email);
  }

  add(term: string, mask: number): void {
    let id = this.#ids.get(term);
    if (id === undefined) {
      id = this.#names.push(term) - 1;
      this.#ids.set(term, id);
      if (id >= this.#last.length) {
        const larger = new Int32Array(this.#last.length * 2).fill(-1);
        larger.set(this.#last);
        this.#last = larger;
      }
    }
    this.#post(id, mask);
  }

  addTrigram(bucket: number): void {
    this.#post(bucket, 0);
  }

  #post(id: number, mask: number): void {
    const doc = this.emails.length - 1;
    const last = this.#last[id]!;
    if (last >= 0 && this.#docs[last] === doc) {
      this.#masks[last]! |= mask;
      return;
    }
    if (this.#length === this.#terms.length) this.#grow();
    this.#terms[this.#length] = id;
    this.#docs[this.#length] = doc;
    this.#masks[this.#length] = mask;
    this.#last[id] = this.#length++;
  }

  #grow(): void {
    const length = this.#length * 2;
    const terms = new Uint32Array(length);
    terms.set(this.#terms);
    const docs = new Uint16Array(length);
    docs.set(this.#docs);
    const masks = new Uint8Array(length);
    masks.set(this.#masks);
    this.#terms = terms;
    this.#docs = docs;
    this.#masks = masks;
  }

  *terms(): Generator<TermGroups> {
    // Counted, the postings are put in the order of their terms' numbers in one pass.
    const starts = new Uint32Array(this.#names.length + 1);
    for (let at = 0; at < this.#length; at++) starts[this.#terms[at]! + 1]!++;
    for (let id = 0; id < this.#names.length; id++) starts[id + 1]! += starts[id]!;
    const next = starts.slice();
    const order = new Uint32Array(this.#length);
    for (let at = 0; at < this.#length; at++) order[next[this.#terms[at]!]!++] = at;
    const words = Array.from({ length: this.#names.length - TRIGRAMS }, (_, i) => TRIGRAMS + i);
    words.sort((a, b) => compareTerms(this.#names[a]!, this.#names[b]!));
    for (let bucket = 0; bucket < TRIGRAMS; bucket++) yield* this.#term(bucket, order, starts);
    for (const id of words) yield* this.#term(id, order, starts);
  }

  *#term(id: number, order: Uint32Array, starts: Uint32Array): Generator<TermGroups> {
    const start = starts[id]!;
    const end = starts[id + 1]!;
    if (start === end) return;
    const groups: { mask: number; docs: number[] }[] = [];
    for (let i = start; i < end; i++) {
      const at = order[i]!;
      addTo(groups, this.#docs[at]!, this.#masks[at]!);
    }
    yield { term: this.#names[id]!, groups };
  }
}

/** Adds a document behind those of its mask. */
export function addTo(groups: { mask: number; docs: number[] }[], doc: number, mask: number): void {
  for (const group of groups) {
    if (group.mask !== mask) continue;
    group.docs.push(doc);
    return;
  }
  groups.push({ mask, docs: [doc] } satisfies Group);
}
