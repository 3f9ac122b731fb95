import type { Account, Accounts, State } from '../../account/types.ts';
import { type Blobs, type Clock, type Log, NotFound, type Records } from '../../ports/index.ts';
import { contentWeight, loadContent } from '../content.ts';
import { inOrder } from '../in-order.ts';
import { Batch } from './batch.ts';
import type { ByteCache } from './cache.ts';
import { addDocument } from './document.ts';
import { Corrupt, type SegmentRef } from './format.ts';
import { type Manifest, putManifest, readManifest, type StoredManifest } from './manifest.ts';
import { mergeSegments } from './merge.ts';
import { Segment } from './segment.ts';
import { writeSegment } from './segment-writer.ts';

export interface IndexDeps {
  readonly accounts: Pick<Accounts, 'open'>;
  readonly records: Records;
  readonly blobs: Blobs;
  readonly clock: Clock;
  readonly log: Log;
}

export interface BuildOptions {
  /** So many messages may wait: fewer are read by whoever searches. @default 32 */
  readonly least?: number;
  /** A run takes no further batch after this, in ms. @default 2 minutes: it is called again */
  readonly time?: number;
}

/** Searches that began with a replaced segment are over by then, in ms. */
export const RETIRED_MS = 15 * 60_000;
/** A segment and those behind it become one when it is not so many times as large: so there are few, and each is seldom written anew. */
const FACTOR = 4;
/** Larger segments stay as they are. */
const LARGEST = 512 * 1024 * 1024;
/** Segments that are merged at a time. */
const TOGETHER = 32;
/** A segment of which such a part is of messages that are gone is written anew; of those that are gone for good, such. */
const GONE = 0.2;
const RELEASED = 0.02;
const SUMMARIES = 256;
const AHEAD = { count: 16, weight: 8 * 1024 * 1024 };

/** A manifest in the course of a run: what has been put is what comes next. */
class Run {
  readonly #deps: IndexDeps;
  readonly #account: string;
  manifest: StoredManifest;

  constructor(deps: IndexDeps, account: string, manifest: StoredManifest) {
    this.#deps = deps;
    this.#account = account;
    this.manifest = manifest;
  }

  /** Takes `segments` into use, of which `fresh` is new. False: another process was first, and what this one wrote is gone. */
  async take(segments: readonly SegmentRef[], fresh: SegmentRef | undefined): Promise<boolean> {
    const now = this.#deps.clock.now();
    const { manifest } = this;
    const kept = new Set(segments.map(({ blob }) => blob));
    const replaced = manifest.segments.filter(({ blob }) => !kept.has(blob)).map(({ blob }) => ({ blob, at: now }));
    const next: Manifest = { ...manifest, segments, retired: [...manifest.retired, ...replaced] };
    if (await putManifest(this.#deps.records, this.#account, manifest.rev, next)) {
      this.manifest = { ...next, rev: (manifest.rev ?? 0) + 1 };
      return true;
    }
    if (fresh !== undefined) await this.#deps.blobs.delete(fresh.blob);
    return false;
  }

  /** Deletes what was replaced long ago, or what another run was about to delete. */
  async deleteRetired(): Promise<void> {
    const before = this.#deps.clock.now() - RETIRED_MS;
    const { retired } = this.manifest;
    const due = retired.filter(({ at }) => at <= before);
    if (due.length === 0) return;
    for (const { blob } of due) await this.#deps.blobs.delete(blob);
    const next = { ...this.manifest, retired: retired.filter(({ at }) => at > before) };
    if (await putManifest(this.#deps.records, this.#account, this.manifest.rev, next)) {
      this.manifest = { ...next, rev: (this.manifest.rev ?? 0) + 1 };
    }
  }
}

/**
 * Indexes what of an account's messages is not, merges segments, drops what is gone. Every step is taken into use by itself, under the
 * condition that nobody else has changed the manifest: a crash leaves what was there, and of two that do this one wins. Gives whether
 * there is more to do.
 */
export async function updateIndex(
  deps: IndexDeps,
  cache: ByteCache,
  id: string,
  { least = 32, time = 120_000 }: BuildOptions = {},
): Promise<boolean> {
  const until = deps.clock.now() + time;
  const run = new Run(deps, id, await readManifest(deps.records, id));
  // The account as it is after the manifest was read: what was erased before that manifest is gone from it.
  const account = await deps.accounts.open(id);
  const state = await account.refresh();
  await run.deleteRetired();
  const segments = await openSegments(deps, cache, run.manifest.segments);
  if (segments.length < run.manifest.segments.length && !(await run.take(refsOf(segments), undefined))) return false;
  const indexed = new Set<number>();
  for (const { emails } of segments) for (const email of emails) indexed.add(email);
  const present = emailsOf(state);
  const missing = [...present].filter((email) => !indexed.has(email)).sort((a, b) => a - b);
  if (missing.length >= least) {
    for await (const batch of batches(deps, account, missing)) {
      const fresh = await writeSegment(deps.blobs, Float64Array.from(batch.emails), batch.terms());
      if (!(await run.take([...run.manifest.segments, fresh], fresh))) return false;
      if (run.manifest.segments.length >= TOGETHER) await mergeSome(deps, cache, run, state, present);
      if (deps.clock.now() >= until) return true;
    }
  }
  await mergeSome(deps, cache, run, state, present);
  return false;
}

function refsOf(segments: readonly Segment[]): SegmentRef[] {
  return segments.map(({ ref }) => ref);
}

/** Those that can be read; the messages of the others are indexed anew. */
async function openSegments(deps: IndexDeps, cache: ByteCache, refs: readonly SegmentRef[]): Promise<Segment[]> {
  const opened: Segment[] = [];
  for (const ref of refs) {
    try {
      opened.push(await Segment.open(deps.blobs, cache, ref));
    } catch (error) {
      if (!(error instanceof Corrupt || error instanceof NotFound)) throw error;
      deps.log.error('index.damaged', { blob: ref.blob, error: String(error) });
    }
  }
  return opened;
}

/** Every email that is in some mailbox. */
function emailsOf(state: State): ReadonlySet<number> {
  const all = new Set<number>();
  for (const { id } of state.mailboxes.values()) {
    const rows = state.rows(id);
    for (let row = 0; row < rows.length; row++) all.add(rows.email(row));
  }
  return all;
}

async function* batches(deps: IndexDeps, account: Account, numbers: readonly number[]): AsyncGenerator<Batch> {
  let batch = new Batch();
  for (let first = 0; first < numbers.length; first += SUMMARIES) {
    const some = numbers.slice(first, first + SUMMARIES);
    const emails = await account.emails(some);
    const known = some.flatMap((number) => emails.get(number) ?? []);
    const load = async (email: (typeof known)[number]) => {
      try {
        return { email, content: await loadContent(deps.blobs, email, true) };
      } catch (error) {
        if (!(error instanceof NotFound)) throw error;
        return { email, content: undefined };
      }
    };
    for await (const { email, content } of inOrder(known, AHEAD, (one) => contentWeight(one, true), load)) {
      addDocument(batch, email, content);
      if (!batch.isFull) continue;
      yield batch;
      batch = new Batch();
    }
  }
  if (!batch.isEmpty) yield batch;
}

/** Makes few of many, and writes those anew that hold much of what is gone. */
async function mergeSome(
  deps: IndexDeps,
  cache: ByteCache,
  run: Run,
  state: State,
  present: ReadonlySet<number>,
): Promise<void> {
  for (;;) {
    const refs = run.manifest.segments;
    const merging = chosen(refs);
    const from = merging.length > 0 ? merging : await halfGone(deps, cache, refs, state, present);
    if (from.length === 0) return;
    const segments = await openSegments(deps, cache, from);
    const fresh = await mergeSegments(deps.blobs, segments, (email) => present.has(email));
    const at = refs.indexOf(from[0]!);
    const rest = refs.filter((ref) => !from.includes(ref));
    if (!(await run.take(fresh === undefined ? rest : rest.toSpliced(at, 0, fresh), fresh))) return;
  }
}

/** From the first segment on that is not much larger than all behind it. */
function chosen(refs: readonly SegmentRef[]): readonly SegmentRef[] {
  for (let first = Math.max(0, refs.length - TOGETHER); first < refs.length - 1; first++) {
    const behind = refs.slice(first + 1).reduce((sum, { bytes }) => sum + bytes, 0);
    const { bytes } = refs[first]!;
    if (bytes < FACTOR * behind && bytes + behind <= LARGEST) return refs.slice(first);
  }
  return [];
}

/** One segment of which much is gone, where there is one. */
async function halfGone(
  deps: IndexDeps,
  cache: ByteCache,
  refs: readonly SegmentRef[],
  state: State,
  present: ReadonlySet<number>,
): Promise<readonly SegmentRef[]> {
  for (const { ref, emails } of await openSegments(deps, cache, refs)) {
    let gone = 0;
    let released = 0;
    for (const email of emails) {
      if (present.has(email)) continue;
      gone += 1;
      if (state.threadOf(email) === undefined) released += 1;
    }
    if (gone > emails.length * GONE || released > emails.length * RELEASED) return [ref];
  }
  return [];
}
