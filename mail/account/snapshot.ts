import type { Blobs } from '../ports/index.ts';
import { bytesToString, pack, stringToBytes, unpack } from './bytes.ts';
import { type Head, UnknownFormat } from './codec.ts';
import { EMAIL, PLACEMENT } from './columns.ts';
import { FlagTable } from './flags.ts';
import { Known } from './known.ts';
import { PART_EMAILS, Part, type PartCache, type PartRef } from './parts.ts';
import { Pieces } from './pieces.ts';
import { readRanges } from './ranges.ts';
import type { Fields, Gone, MailboxState } from './state.ts';
import { type Chunk, type ColumnType, decodeChunk, encodeChunk, type StoredAt, Table } from './table.ts';
import type { Mailbox, StoredEmail } from './types.ts';
import { UidSet } from './uidset.ts';

/**
 * A snapshot is one new blob: manifest, core (known deliveries and threads, tombstones, objects), the chunks that changed,
 * the summaries that are new. The manifest names these and what it takes over from earlier blobs.
 *
 *     parts of summaries ... | chunks ... | core | manifest
 *
 * Opening reads head and tail, then the core and the chunks: neighbours in one call, from at most three blobs. A blob's
 * name is known only once it is written, so inside it '' stands for its own.
 */
const FORMAT = 1;
/** As 1, and the core says who besides the owner has read what, and when objects and mailboxes came, changed and went. */
const WITH_CHANGES = 2;

/** Time between two snapshots that are kept for history. */
const KEEP_EVERY_MS = 86_400_000;

/** Blobs that the chunks of one snapshot may be spread over, the new one included. */
const CHUNK_BLOBS = 3;

/** A stored chunk: blob (index in `blobs`), offset, length, rows. */
type ChunkRef = readonly [blob: number, offset: number, length: number, rows: number];

interface StoredMailbox extends Mailbox {
  readonly chunks: readonly ChunkRef[];
  readonly goneFloor: number;
}

export interface KeptSnapshot {
  readonly seq: number;
  readonly time: number;
  /** Absent for the empty account before its first entry. */
  readonly stored?: { readonly at: StoredAt; readonly core: StoredAt };
}

export interface Manifest {
  readonly v: number;
  readonly seq: number;
  readonly time: number;
  readonly epoch: number;
  readonly bytes: number;
  readonly emails: number;
  readonly uidvalidity: number;
  readonly mailboxes: readonly StoredMailbox[];
  readonly subscriptions: readonly string[];
  readonly typeSeqs: readonly (readonly [string, number])[];
  readonly flags: readonly (readonly string[])[];
  readonly blobs: readonly string[];
  readonly emailChunks: readonly ChunkRef[];
  readonly parts: readonly PartRef[];
  /** Blobs that no snapshot needs from `seq` on; deleted when the floor has reached it. */
  readonly retired: readonly { readonly blob: string; readonly seq: number }[];
  /** Earlier states from which history can be folded, oldest first; the first one's seq is the floor. */
  readonly kept: readonly KeptSnapshot[];
  /** Nothing that this snapshot or a kept one names holds content that an entry up to this seq erased. */
  readonly erased?: number;
}

interface Core {
  /** Absent in format 1. */
  readonly changes?: {
    readonly floor: number;
    readonly mailboxes: readonly (readonly [id: string, gone: number])[];
    readonly objects: readonly (readonly [
      type: string,
      seqs: readonly (readonly [id: string, created: number, changed: number, gone: number])[],
    ])[];
    /** Absent where there were none. */
    readonly shifts?: readonly (readonly [seq: number, hid: readonly number[], back: readonly number[]])[];
  };
  readonly seen?: readonly (readonly [mailbox: string, actor: string, uids: string])[];
  readonly gone: readonly (readonly [
    mailbox: string,
    gone: readonly (readonly [seq: number, uids: string, emails?: readonly number[]])[],
  ])[];
  readonly objects: readonly (readonly [type: string, objects: readonly (readonly [id: string, value: unknown])[]])[];
  /** Length of the packed `Known` behind this JSON. */
  readonly known: number;
}

/** The state of a snapshot; its tables only where `withTables`. */
export async function readSnapshot(
  blobs: Blobs,
  head: Pick<Head, 'manifest' | 'at' | 'core'>,
  withTables: boolean,
): Promise<{ readonly fields: Fields; readonly manifest: Manifest }> {
  const inline = head.manifest as Manifest | undefined;
  const [first, second] = inline === undefined ? await readRanges(blobs, [head.at, head.core]) : [undefined, undefined];
  const manifest = named(inline ?? (JSON.parse(bytesToString(unpack(first!))) as Manifest), head.at.blob);
  const refs = withTables ? [...manifest.emailChunks, ...manifest.mailboxes.flatMap(({ chunks }) => chunks)] : [];
  const ranges = refs.map((ref) => located(manifest, ref));
  const read = await readRanges(blobs, second === undefined ? [head.core, ...ranges] : ranges);
  const core = second ?? read.shift()!;
  const chunkBytes = new Map(refs.map((ref, i) => [ref, read[i]!] as const));
  const table = (types: readonly ColumnType[], chunks: readonly ChunkRef[]) =>
    withTables
      ? Table.of(
          types,
          chunks.map((ref) => decodeChunk(types, unpack(chunkBytes.get(ref)!), ref[3], located(manifest, ref))),
        )
      : undefined;
  const { gone, seen, objects, changes, known } = decodeCore(core);
  const mailboxes = new Map<string, MailboxState>();
  for (const { chunks, ...mailbox } of manifest.mailboxes) {
    mailboxes.set(mailbox.id, {
      ...mailbox,
      role: mailbox.role,
      described: mailbox.described ?? mailbox.modseq,
      rows: table(PLACEMENT, chunks),
      gone: gone.get(mailbox.id) ?? [],
      seen: seen.get(mailbox.id) ?? new Map(),
    });
  }
  const fields: Fields = {
    seq: manifest.seq,
    time: manifest.time,
    epoch: manifest.epoch,
    bytes: manifest.bytes,
    emails: manifest.emails,
    uidvalidity: manifest.uidvalidity,
    mailboxes,
    subscriptions: new Set(manifest.subscriptions),
    objectTypes: objects,
    typeSeqs: new Map(manifest.typeSeqs),
    objectSeqs: new Map(changes?.objects.map(([type, seqs]) => [type, new Map(seqs.map(objectSeq))] as const)),
    goneMailboxes: new Map(changes?.mailboxes),
    shifts: (changes?.shifts ?? []).map(([seq, hid, back]) => ({ seq, hid, back })),
    // A snapshot of format 1 does not say: what came before it is forgotten.
    changesFloor: changes?.floor ?? manifest.seq,
    flagTable: new FlagTable(manifest.flags),
    emailTable: table(EMAIL, manifest.emailChunks),
    known,
  };
  return { fields, manifest };
}

export interface SnapshotSource {
  readonly fields: Fields;
  /** The snapshot that is replaced, where there is one. */
  readonly before: { readonly manifest: Manifest; readonly head: Head } | undefined;
  /** Emails added since then, ascending. */
  readonly added: readonly StoredEmail[];
  /** Emails released since then: their summaries are left out. */
  readonly released: ReadonlySet<number>;
  readonly now: number;
  readonly retentionMs: number;
  /** To share no blob with earlier snapshots, so that all of those can go: the history, and what is not needed, to write instead. */
  readonly anew?: Required<Pick<Manifest, 'kept' | 'retired' | 'erased'>>;
}

/**
 * Writes a snapshot's blob. Nothing refers to it until its head is set. Gives the head to set, and what to call when
 * it is in use: from then on the chunks of this state count as stored.
 */
export async function writeSnapshot(
  blobs: Blobs,
  cache: PartCache,
  source: SnapshotSource,
): Promise<{ readonly head: Omit<Head, 'rev'>; readonly manifest: Manifest; readonly inUse: () => void }> {
  const { fields, before, anew } = source;
  const pieces = new Pieces();
  const { kept, fresh } = await summaryParts(cache, source);
  const parts = anew === undefined ? [...kept] : await copiedParts(blobs, kept, pieces);
  for (const part of fresh) {
    const { numbers } = part;
    parts.push({ at: pieces.add(part.encode()), count: numbers.length, first: numbers[0]!, last: numbers.at(-1)! });
  }
  parts.sort((a, b) => a.first - b.first);
  const tables: (readonly [readonly ColumnType[], Table])[] = [[EMAIL, fields.emailTable!]];
  for (const mailbox of fields.mailboxes.values()) tables.push([PLACEMENT, mailbox.rows!]);
  const reusable = reusableBlobs(
    tables.flatMap(([, table]) => table.chunks),
    new Set(anew === undefined ? before?.manifest.blobs : []),
  );
  const written = new Map<Chunk, StoredAt>();
  for (const [types, table] of tables) {
    for (const chunk of table.chunks) {
      if (chunk.stored === undefined || !reusable.has(chunk.stored.blob)) {
        written.set(chunk, pieces.add(pack(encodeChunk(types, chunk))));
      }
    }
  }
  const names = ['', ...reusable];
  const chunkRef = (chunk: Chunk): ChunkRef => {
    const at = written.get(chunk) ?? chunk.stored!;
    return [names.indexOf(at.blob), at.offset, at.length, chunk.rows];
  };
  const keptSnapshots = anew?.kept ?? historyAfter(source);
  const erased = anew?.erased ?? before?.manifest.erased;
  const floor = keptSnapshots[0]!.seq;
  const core = pieces.add(encodeCore(fields, floor));
  const manifest: Manifest = {
    v: WITH_CHANGES,
    seq: fields.seq,
    time: fields.time,
    epoch: fields.epoch,
    bytes: fields.bytes,
    emails: fields.emails,
    uidvalidity: fields.uidvalidity,
    mailboxes: [...fields.mailboxes.values()].map(({ rows, gone: _, seen: __, ...mailbox }) => ({
      ...mailbox,
      goneFloor: Math.max(mailbox.goneFloor, floor),
      chunks: rows!.chunks.map(chunkRef),
    })),
    subscriptions: [...fields.subscriptions],
    typeSeqs: [...fields.typeSeqs],
    flags: fields.flagTable.toJSON(),
    blobs: names,
    emailChunks: fields.emailTable!.chunks.map(chunkRef),
    parts,
    retired: anew?.retired ?? retiredBy(before, new Set([...names, ...parts.map(({ at }) => at.blob)]), fields.seq),
    kept: keptSnapshots,
    ...(erased === undefined ? {} : { erased }),
  };
  const at = pieces.add(pack(stringToBytes(JSON.stringify(manifest))));
  const { name } = await blobs.put('log', pieces.joined(), { owners: 1 });
  return {
    head: { seq: fields.seq, floor, manifest, at: { ...at, blob: name }, core: { ...core, blob: name } },
    manifest: named(manifest, name),
    inUse: () => {
      for (const [chunk, stored] of written) chunk.stored = { ...stored, blob: name };
    },
  };
}

/** What a snapshot names, without its state. */
export async function readManifest(blobs: Blobs, { manifest, at }: Pick<Head, 'manifest' | 'at'>): Promise<Manifest> {
  const whole = manifest ?? JSON.parse(bytesToString(unpack((await readRanges(blobs, [at]))[0]!)));
  return named(whole as Manifest, at.blob);
}

/**
 * A kept snapshot written anew, in a blob of its own and without summaries: history is folded from the rest of it, and the summaries
 * of what can be restored are in the snapshot in use.
 */
export async function rewriteKept(blobs: Blobs, kept: KeptSnapshot): Promise<KeptSnapshot> {
  if (kept.stored === undefined) return kept;
  const manifest = await readManifest(blobs, kept.stored);
  const refs = [...manifest.emailChunks, ...manifest.mailboxes.flatMap(({ chunks }) => chunks)];
  const wanted = [kept.stored.core, ...refs.map((ref) => located(manifest, ref))];
  const [core, ...chunks] = await readRanges(blobs, wanted);
  const pieces = new Pieces();
  const moved = new Map(
    refs.map((ref, i): [ChunkRef, ChunkRef] => {
      const { offset, length } = pieces.add(chunks[i]!);
      return [ref, [0, offset, length, ref[3]]];
    }),
  );
  const there = (ref: ChunkRef) => moved.get(ref)!;
  const rewritten: Manifest = {
    ...manifest,
    mailboxes: manifest.mailboxes.map((mailbox) => ({ ...mailbox, chunks: mailbox.chunks.map(there) })),
    blobs: [''],
    emailChunks: manifest.emailChunks.map(there),
    parts: [],
    retired: [],
    kept: [],
  };
  const coreAt = pieces.add(core!);
  const at = pieces.add(pack(stringToBytes(JSON.stringify(rewritten))));
  const { name } = await blobs.put('log', pieces.joined(), { owners: 1 });
  return { ...kept, stored: { at: { ...at, blob: name }, core: { ...coreAt, blob: name } } };
}

/** Blobs that a manifest refers to. */
export function blobsOf(manifest: Manifest): Set<string> {
  return new Set([...manifest.blobs, ...manifest.parts.map(({ at }) => at.blob)]);
}

/**
 * The blobs whose chunks stay where they are: known to the snapshot in use, and few, so that opening stays a handful of calls.
 * Those with the fewest bytes are written anew.
 */
function reusableBlobs(chunks: readonly Chunk[], inUse: ReadonlySet<string>): Set<string> {
  const bytes = new Map<string, number>();
  for (const { stored } of chunks) {
    if (stored !== undefined && inUse.has(stored.blob)) {
      bytes.set(stored.blob, (bytes.get(stored.blob) ?? 0) + stored.length);
    }
  }
  const largest = [...bytes].sort((a, b) => b[1] - a[1]).slice(0, CHUNK_BLOBS - 1);
  return new Set(largest.map(([blob]) => blob));
}

/**
 * The parts that stay as they are, and the new ones: the added emails behind those of the last part while that is not full, and
 * every part that held a released email without it.
 */
async function summaryParts(
  cache: PartCache,
  { before, added, released }: SnapshotSource,
): Promise<{ readonly kept: readonly PartRef[]; readonly fresh: readonly Part[] }> {
  const parts = before?.manifest.parts ?? [];
  const held = [...released];
  const stays = (part: PartRef, i: number) =>
    !held.some((email) => part.first <= email && email <= part.last) &&
    (part.count >= PART_EMAILS || i < parts.length - 1 || added.length === 0);
  const kept = parts.filter(stays);
  const emails: StoredEmail[] = [];
  for (const part of parts.filter((part, i) => !stays(part, i))) {
    emails.push(...(await cache.get(part.at)).all());
  }
  const alive = [...emails, ...added].filter(({ email }) => !released.has(email)).sort((a, b) => a.email - b.email);
  const fresh: Part[] = [];
  const firsts = kept.map(({ first }) => first).sort((a, b) => a - b);
  let run: StoredEmail[] = [];
  const close = () => {
    if (run.length > 0) fresh.push(Part.of(run));
    run = [];
  };
  for (const email of alive) {
    const previous = run.at(-1);
    const crosses = previous !== undefined && firsts.some((first) => previous.email < first && first < email.email);
    if (crosses || run.length >= PART_EMAILS) close();
    run.push(email);
  }
  close();
  return { kept, fresh };
}

async function copiedParts(blobs: Blobs, parts: readonly PartRef[], into: Pieces): Promise<PartRef[]> {
  const bytes = await readRanges(
    blobs,
    parts.map(({ at }) => at),
  );
  return parts.map((part, i) => ({ ...part, at: into.add(bytes[i]!) }));
}

/** The earlier snapshots to keep: one a day, so that every moment of the retention can be folded from one of them. */
function historyAfter({ before, now, retentionMs }: SnapshotSource): Manifest['kept'] {
  if (before === undefined) return [{ seq: 0, time: 0 }];
  const { manifest, head } = before;
  const last = manifest.kept.at(-1);
  const kept = [...manifest.kept];
  if (last === undefined || manifest.time - last.time >= KEEP_EVERY_MS) {
    kept.push({ seq: manifest.seq, time: manifest.time, stored: { at: head.at, core: head.core } });
  }
  while (kept.length > 1 && kept[1]!.time <= now - retentionMs) kept.shift();
  return kept;
}

/**
 * The blobs that history still needs and the snapshot in use does not. Those that the floor in use has passed are not
 * listed again: whoever compacts has deleted them before (so that a crash in between deletes them twice, not never).
 */
function retiredBy(before: SnapshotSource['before'], inUse: ReadonlySet<string>, seq: number): Manifest['retired'] {
  if (before === undefined) return [];
  const waiting = before.manifest.retired.filter((retired) => retired.seq > before.head.floor);
  const known = new Set(waiting.map(({ blob }) => blob));
  const fresh = [...blobsOf(before.manifest)].filter((blob) => !inUse.has(blob) && !known.has(blob));
  return [...waiting, ...fresh.map((blob) => ({ blob, seq }))];
}

function encodeCore(fields: Fields, floor: number): Uint8Array {
  const known = fields.known.encode(fields.time);
  const seen = seenOf(fields);
  const core: Core = {
    gone: [...fields.mailboxes.values()].map(({ id, gone }) => [
      id,
      gone
        .filter(({ seq }) => seq > floor)
        .map(({ seq, uids, emails }) => {
          const text = uids.toString();
          return emails === undefined ? ([seq, text] as const) : ([seq, text, emails] as const);
        }),
    ]),
    ...(seen.length === 0 ? {} : { seen }),
    changes: changesAbove(fields, Math.max(fields.changesFloor, floor)),
    objects: [...fields.objectTypes].map(([type, objects]) => [type, [...objects]]),
    known: known.length,
  };
  const json = stringToBytes(JSON.stringify(core));
  const bytes = new Uint8Array(4 + json.length + known.length);
  new DataView(bytes.buffer).setUint32(0, json.length, true);
  bytes.set(json, 4);
  bytes.set(known, 4 + json.length);
  return pack(bytes);
}

/** What went at or below the floor is forgotten. */
function changesAbove(fields: Fields, floor: number): NonNullable<Core['changes']> {
  const shifts = fields.shifts.filter(({ seq }) => seq > floor).map(({ seq, hid, back }) => [seq, hid, back] as const);
  return {
    floor,
    mailboxes: [...fields.goneMailboxes].filter(([, gone]) => gone > floor),
    ...(shifts.length === 0 ? {} : { shifts }),
    objects: [...fields.objectSeqs].map(([type, seqs]) => [
      type,
      [...seqs]
        .filter(([, { gone }]) => gone === 0 || gone > floor)
        .map(([id, { created, changed, gone }]) => [id, created, changed, gone] as const),
    ]),
  };
}

function objectSeq([id, created, changed, gone]: readonly [string, number, number, number]) {
  return [id, { created, changed, gone }] as const;
}

function seenOf(fields: Fields): NonNullable<Core['seen']> {
  return [...fields.mailboxes.values()].flatMap(({ id, seen }) =>
    [...seen].map(([actor, uids]) => [id, actor, uids.toString()] as const),
  );
}

function decodeCore(packed: Uint8Array): {
  readonly seen: ReadonlyMap<string, ReadonlyMap<string, UidSet>>;
  readonly gone: ReadonlyMap<string, readonly Gone[]>;
  readonly objects: ReadonlyMap<string, ReadonlyMap<string, unknown>>;
  readonly changes: Core['changes'];
  readonly known: Known;
} {
  const bytes = unpack(packed);
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
  const core = JSON.parse(bytesToString(bytes.subarray(4, 4 + length))) as Core;
  const seen = new Map<string, Map<string, UidSet>>();
  for (const [mailbox, actor, uids] of core.seen ?? []) {
    const actors = seen.get(mailbox) ?? new Map<string, UidSet>();
    seen.set(mailbox, actors.set(actor, UidSet.parse(uids)));
  }
  return {
    seen,
    gone: new Map(
      core.gone.map(
        ([id, gone]) => [id, gone.map(([seq, uids, emails]) => ({ seq, uids: UidSet.parse(uids), emails }))] as const,
      ),
    ),
    objects: new Map(core.objects.map(([type, objects]) => [type, new Map(objects)] as const)),
    changes: core.changes,
    known: Known.from(bytes.subarray(4 + length)),
  };
}

/** The manifest with its own blob's name where it says ''. */
function named(manifest: Manifest, blob: string): Manifest {
  if (manifest.v !== FORMAT && manifest.v !== WITH_CHANGES)
    throw new UnknownFormat(`the snapshot is of format ${manifest.v}: upgrade Postern`);
  const at = (stored: StoredAt) => (stored.blob === '' ? { ...stored, blob } : stored);
  return {
    ...manifest,
    blobs: manifest.blobs.map((name) => (name === '' ? blob : name)),
    parts: manifest.parts.map((part) => ({ ...part, at: at(part.at) })),
  };
}

function located(manifest: Manifest, [blob, offset, length]: ChunkRef): StoredAt {
  return { blob: manifest.blobs[blob]!, offset, length };
}
