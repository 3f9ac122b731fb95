import { type Blobs, type Log, NotFound, type Records } from '../../ports/index.ts';
import { fold } from '../fold.ts';
import { FIELDS, type Field } from '../text.ts';
import { isUnspaced, pieces } from '../tokens.ts';
import type { WordQuery } from '../words.ts';
import type { ByteCache } from './cache.ts';
import {
  bucketsOf,
  Corrupt,
  cut,
  FIELD_BITS,
  LITERAL,
  OPEN,
  type SegmentRef,
  trigramTerm,
  WORD_LIMIT,
} from './format.ts';
import { putManifest, readManifest } from './manifest.ts';
import { Segment } from './segment.ts';

/** Whether an email has what is looked for; undefined: only the message itself can tell. */
export type Verdict = (email: number) => boolean | undefined;

export interface SearchDeps {
  readonly records: Records;
  readonly blobs: Blobs;
  readonly log: Log;
}

const UNKNOWN: Verdict = () => undefined;

const NO = 0;
const MAYBE = 1;
const YES = 2;

/** The index of an account as one search uses it. */
export class OpenIndex {
  readonly #deps: SearchDeps;
  readonly #account: string;
  readonly #segments: Segment[];

  constructor(deps: SearchDeps, account: string, segments: Segment[]) {
    this.#deps = deps;
    this.#account = account;
    this.#segments = segments;
  }

  /** Number of messages in it, some perhaps gone. */
  get size(): number {
    return this.#segments.reduce((sum, { emails }) => sum + emails.length, 0);
  }

  /** What it is made of. */
  get segments(): readonly SegmentRef[] {
    return this.#segments.map(({ ref }) => ref);
  }

  /** Words side by side in one of these fields, as `indexOfWords` finds them (RFC 8621 section 4.4.1). */
  words(query: WordQuery, fields: readonly Field[] = FIELDS): Promise<Verdict> {
    const bits = fields.reduce((all, field) => all | FIELD_BITS[field], 0);
    return this.#each((segment) => wordsIn(segment, query, bits));
  }

  /** A text anywhere in a body, or in all of the message, as IMAP's comparator finds it (RFC 3501 section 6.4.4). */
  substring(text: string): Promise<Verdict> {
    const folded = fold(text);
    if (folded.length < 3) return Promise.resolve(UNKNOWN);
    return this.#each((segment) => substringIn(segment, folded, /^[\x00-\x7f]*$/.test(text)));
  }

  async #each(search: (segment: Segment) => Promise<Uint8Array>): Promise<Verdict> {
    const found = await Promise.all(
      [...this.#segments].map(async (segment) => {
        try {
          return { emails: segment.emails, values: await search(segment) };
        } catch (error) {
          if (!isDamage(error)) throw error;
          this.#segments.splice(this.#segments.indexOf(segment), 1);
          await takeOut(this.#deps, this.#account, segment.ref, error);
          return undefined;
        }
      }),
    );
    return verdictOf(found.filter((one) => one !== undefined));
  }
}

/** Opens what of an account's index can be read. */
export async function openIndex(deps: SearchDeps, cache: ByteCache, account: string): Promise<OpenIndex> {
  const { segments } = await readManifest(deps.records, account);
  const opened = await Promise.all(
    segments.map(async (ref) => {
      try {
        return await Segment.open(deps.blobs, cache, ref);
      } catch (error) {
        if (!isDamage(error)) throw error;
        await takeOut(deps, account, ref, error);
        return undefined;
      }
    }),
  );
  return new OpenIndex(
    deps,
    account,
    opened.filter((segment) => segment !== undefined),
  );
}

function isDamage(error: unknown): boolean {
  return error instanceof Corrupt || error instanceof NotFound;
}

/** A segment that cannot be read is not used any more, by nobody: its messages are indexed again. One that was replaced meanwhile is no damage. */
async function takeOut(
  { records, log }: SearchDeps,
  account: string,
  { blob }: SegmentRef,
  why: unknown,
): Promise<void> {
  const manifest = await readManifest(records, account);
  const segments = manifest.segments.filter((one) => one.blob !== blob);
  if (segments.length === manifest.segments.length) return;
  log.error('index.damaged', { account, blob, error: String(why) });
  await putManifest(records, account, manifest.rev, {
    ...manifest,
    segments,
    retired: [...manifest.retired, { blob, at: 0 }],
  });
}

/** What each segment says about its emails; nothing about others. Emails are mostly asked for in order. */
function verdictOf(found: readonly { readonly emails: Float64Array; readonly values: Uint8Array }[]): Verdict {
  const places = found.map(() => 0);
  return (email) => {
    for (let i = 0; i < found.length; i++) {
      const { emails, values } = found[i]!;
      let at = places[i]!;
      if (emails[at] !== email && emails[at + 1] === email) at += 1;
      else if (emails[at] !== email) at = placeOf(emails, email);
      if (emails[at] !== email) continue;
      places[i] = at;
      return values[at] === MAYBE ? undefined : values[at] === YES;
    }
    return undefined;
  };
}

function placeOf(emails: Float64Array, email: number): number {
  let low = 0;
  let high = emails.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (emails[middle]! < email) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** One word: the index knows. Several: all of them must be there, and whether they stand side by side the message tells. */
async function wordsIn(segment: Segment, { words, isPrefix, text }: WordQuery, bits: number): Promise<Uint8Array> {
  const count = segment.emails.length;
  const values = new Uint8Array(count);
  const seen = new Uint16Array(count);
  let isExact = words.length === 1;
  for (const [at, word] of words.slice(0, 60_000).entries()) {
    const prefix = isPrefix && at === words.length - 1;
    // A longer word is cut in the index, and then many may be one.
    if (word.length > WORD_LIMIT || (!prefix && word.length === WORD_LIMIT)) isExact = false;
    const term = word.length > WORD_LIMIT ? cut(word) : word;
    await segment.find(term, prefix, (doc, mask) => {
      if ((mask & bits) !== 0 && seen[doc] === at) seen[doc] = at + 1;
    });
  }
  for (let doc = 0; doc < count; doc++) {
    values[doc] = seen[doc] === Math.min(words.length, 60_000) ? (isExact ? YES : MAYBE) : NO;
  }
  // An address that is in the index whole has its words side by side.
  if (!isExact && /^[^\s<>"'(),;:@]+@[^\s<>"'(),;:@]+$/.test(text) && text.length < WORD_LIMIT) {
    await segment.find(text, isPrefix, (doc, mask) => {
      if ((mask & bits) !== 0) values[doc] = YES;
    });
  }
  return values;
}

/**
 * Where a folded text may stand. In words that are in a body letter for letter: each of its runs of word characters is within some word of
 * the document. In all else: each group of three of its characters is in the document. What is neither there nor there is nowhere;
 * and an ASCII word within one that stands there letter for letter is found.
 */
async function substringIn(segment: Segment, folded: string, isAscii: boolean): Promise<Uint8Array> {
  const count = segment.emails.length;
  const runs = tellingOf(pieces(folded).flatMap(partsOf));
  const seen = new Uint16Array(count);
  const values = new Uint8Array(count);
  const isWord = isAscii && runs.length === 1 && runs[0] === folded;
  for (const [at, run] of runs.entries()) {
    await segment.holding(run, (doc, mask) => {
      if ((mask & FIELD_BITS.body) === 0) return;
      if (seen[doc] === at) seen[doc] = at + 1;
      if (isWord && (mask & LITERAL) !== 0) values[doc] = YES;
    });
  }
  const groups = new Uint16Array(count);
  let reached = 0;
  for (const bucket of bucketsOf(folded)) {
    await segment.find(trigramTerm(bucket), false, (doc) => {
      if (groups[doc] === reached) groups[doc] = reached + 1;
    });
    reached += 1;
  }
  for (let doc = 0; doc < count; doc++) {
    if (values[doc] === NO && (seen[doc] === runs.length || groups[doc] === reached)) values[doc] = MAYBE;
  }
  await segment.find(OPEN, false, (doc) => {
    if (values[doc] === NO) values[doc] = MAYBE;
  });
  return values;
}

/** Short ones are within very many words: they are asked for only where there is nothing else. */
function tellingOf(runs: readonly string[]): readonly string[] {
  const telling = runs.filter((run) => run.length > 2 || isUnspaced(run));
  return telling.length > 0 ? telling : runs.slice(0, 1);
}

/** What must be within one term: of scripts without spaces each pair of neighbours is one. */
function partsOf(piece: string): string[] {
  if (!isUnspaced(piece)) return [piece];
  const characters = [...piece];
  if (characters.length === 1) return [piece];
  return characters.slice(1).map((character, i) => characters[i]! + character);
}
