import { scan } from '../tokens.ts';
import { bucketOf, cut, TRIGRAMS, trigramTerm, WORD_LIMIT } from './format.ts';
import type { Group } from './postings.ts';
import { compareTerms } from './segment.ts';
import type { TermGroups } from './segment-writer.ts';
import { Terms } from './terms.ts';

/** Documents of one batch, and of their postings, at most: what is beyond goes into the next. */
const DOCS = 4096;
const POSTINGS = 4_000_000;

/** Words that stand in a text as they are get another mask. */
export interface Literal {
  readonly mask: number;
  /** The text before it was folded. */
  readonly text: string;
}

/** Documents that are indexed together, in memory: their terms come out in order. */
export class Batch {
  /** The groups of characters first, by their buckets. */
  readonly #terms = new Terms(Array.from({ length: TRIGRAMS }, (_, bucket) => trigramTerm(bucket)));
  /** By term: where in the log its last posting is. */
  #last = new Int32Array(TRIGRAMS * 4).fill(-1);
  /** Postings as they came: term, document, mask. */
  #numbers = new Uint32Array(1 << 16);
  #docs = new Uint16Array(1 << 16);
  #masks = new Uint8Array(1 << 16);
  #length = 0;
  /** By bucket: the last document that has it, counted from 1. */
  readonly #seen = new Uint16Array(TRIGRAMS);
  readonly emails: number[] = [];

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
    this.#post(this.#terms.numberOf(term, 0, term.length), mask);
  }

  /** Adds the words of folded text. False where one of them was too long, and was cut. */
  addWords(folded: string, mask: number, literal?: Literal): boolean {
    let isWhole = true;
    const isLiteral = literal === undefined ? () => false : literalIn(folded, literal.text);
    scan(folded, (start, end) => {
      if (end - start > WORD_LIMIT) {
        isWhole = false;
        this.add(cut(folded.slice(start, end)), mask);
        return;
      }
      this.#post(this.#terms.numberOf(folded, start, end), isLiteral(start, end) ? literal!.mask : mask);
    });
    return isWhole;
  }

  addTrigrams(folded: string): void {
    const doc = this.emails.length;
    let a = folded.charCodeAt(0);
    let b = folded.charCodeAt(1);
    for (let at = 2; at < folded.length; at++) {
      const c = folded.charCodeAt(at);
      const bucket = bucketOf(a, b, c);
      if (this.#seen[bucket] !== doc) {
        this.#seen[bucket] = doc;
        this.#post(bucket, 0);
      }
      a = b;
      b = c;
    }
  }

  #post(number: number, mask: number): void {
    const doc = this.emails.length - 1;
    if (number >= this.#last.length) {
      const larger = new Int32Array(this.#last.length * 2).fill(-1);
      larger.set(this.#last);
      this.#last = larger;
    }
    const last = this.#last[number]!;
    if (last >= 0 && this.#docs[last] === doc) {
      this.#masks[last]! |= mask;
      return;
    }
    if (this.#length === this.#docs.length) this.#grow();
    this.#numbers[this.#length] = number;
    this.#docs[this.#length] = doc;
    this.#masks[this.#length] = mask;
    this.#last[number] = this.#length++;
  }

  #grow(): void {
    const length = this.#length * 2;
    const numbers = new Uint32Array(length);
    numbers.set(this.#numbers);
    const docs = new Uint16Array(length);
    docs.set(this.#docs);
    const masks = new Uint8Array(length);
    masks.set(this.#masks);
    this.#numbers = numbers;
    this.#docs = docs;
    this.#masks = masks;
  }

  *terms(): Generator<TermGroups> {
    const { names } = this.#terms;
    // Counted, the postings are put in the order of their terms' numbers in one pass.
    const starts = new Uint32Array(names.length + 1);
    for (let at = 0; at < this.#length; at++) starts[this.#numbers[at]! + 1]!++;
    for (let number = 0; number < names.length; number++) starts[number + 1]! += starts[number]!;
    const next = starts.slice();
    const order = new Uint32Array(this.#length);
    for (let at = 0; at < this.#length; at++) order[next[this.#numbers[at]!]!++] = at;
    const words = Array.from({ length: names.length - TRIGRAMS }, (_, i) => TRIGRAMS + i);
    words.sort((a, b) => compareTerms(names[a]!, names[b]!));
    for (let bucket = 0; bucket < TRIGRAMS; bucket++) {
      if (starts[bucket] !== starts[bucket + 1]) yield this.#term(bucket, order, starts);
    }
    for (const number of words) yield this.#term(number, order, starts);
  }

  #term(number: number, order: Uint32Array, starts: Uint32Array): TermGroups {
    const groups: { mask: number; docs: number[] }[] = [];
    for (let i = starts[number]!; i < starts[number + 1]!; i++) {
      const at = order[i]!;
      addTo(groups, this.#docs[at]!, this.#masks[at]!);
    }
    return { term: this.#terms.names[number]!, groups };
  }
}

/** Whether a stretch of folded text stands in the text itself, but for the case of its letters, which are ASCII. */
function literalIn(folded: string, text: string): (start: number, end: number) => boolean {
  if (/^[\x00-\x7f]*$/.test(text)) return () => true;
  if (folded.length !== text.length) {
    const runs = new Set(text.match(/[A-Za-z0-9]+/g)?.map((run) => run.toLowerCase()));
    return (start, end) => runs.has(folded.slice(start, end));
  }
  return (start, end) => {
    for (let at = start; at < end; at++) {
      const unit = text.charCodeAt(at);
      const lower = unit >= 0x41 && unit <= 0x5a ? unit + 32 : unit;
      if (lower > 0x7f || lower !== folded.charCodeAt(at)) return false;
    }
    return true;
  };
}

/** Adds a document behind those of its mask. */
function addTo(groups: { mask: number; docs: number[] }[], doc: number, mask: number): void {
  for (const group of groups) {
    if (group.mask !== mask) continue;
    group.docs.push(doc);
    return;
  }
  groups.push({ mask, docs: [doc] } satisfies Group);
}
