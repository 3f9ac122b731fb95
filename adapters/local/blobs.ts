/**
 * Immutable byte strings on the disk: small ones in packs, many made durable by one fdatasync; large ones each in a file
 * that is written aside, synced and renamed.
 *
 *   HOME/blobs/KIND/packs/ID.pack, ID.moved      HOME/blobs/KIND/files/XX/TOKEN-OWNERS      HOME/blobs/aside/
 */
import { type FileHandle, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import {
  type BlobInfo,
  type BlobKind,
  type Blobs,
  type ByteRange,
  type Clock,
  type Log,
  NotFound,
  type Random,
  randomName,
  Unavailable,
} from '../../mail/ports/index.ts';
import { concat, joined, resume } from './chunks.ts';
import { isMissing, makeDirectory, OpenFiles, onDisk, readFully, syncDirectory, writeFully } from './files.ts';
import { ByteCache } from './lru.ts';
import {
  decodeHeader,
  encodeHeader,
  type FileName,
  formatName,
  HEADER_BYTES,
  KINDS,
  type PackName,
  parseName,
  type RecordHeader,
  TOKEN_CHARS,
} from './pack-format.ts';
import { PackReader, type Piece } from './pack-reader.ts';
import { PackWriter } from './pack-writer.ts';
import { type Pack, Packs } from './packs.ts';
import { Reclaimer } from './reclaim.ts';
import type { Store } from './store.ts';

/** A blob up to this size goes to a pack. */
export const SMALL_BYTES = 256 * 1024;
/** What `stream` reads, and what a streamed `put` writes, at once. */
const CHUNK_BYTES = 256 * 1024;
/** Small blobs kept in memory after they were written or read. */
const CACHE_BYTES = 64 * 1024 * 1024;
const OPEN_FILES = 64;
const FILE_TOKEN_CHARS = 20;

export interface LocalBlobsOptions {
  /** Directory of all blobs; made when it is not there. */
  readonly directory: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export class LocalBlobs implements Blobs {
  readonly #directory: string;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Log;
  readonly #cache = new ByteCache(CACHE_BYTES);
  readonly #files = new OpenFiles(OPEN_FILES);
  readonly #packs: Packs;
  readonly #reader = new PackReader(this.#files);
  readonly #writers: ReadonlyMap<BlobKind, PackWriter>;
  readonly #reclaimer: Reclaimer;
  readonly #known = new Set<string>();

  private constructor({ directory, store, clock, random, log }: LocalBlobsOptions) {
    this.#directory = directory;
    this.#clock = clock;
    this.#random = random;
    this.#log = log;
    const newId = () => `${clock.now().toString(36)}${randomName(random, 6)}`;
    this.#packs = new Packs(store, this.#files, (kind) => join(directory, kind, 'packs'));
    this.#writers = new Map(
      KINDS.map((kind) => [
        kind,
        new PackWriter(join(directory, kind, 'packs'), newId, (pack, size) => this.#packs.grown(kind, pack, size)),
      ]),
    );
    this.#reclaimer = new Reclaimer(store, this.#packs, this.#files, this.#aside(), newId);
  }

  static async open(options: LocalBlobsOptions): Promise<LocalBlobs> {
    const blobs = new LocalBlobs(options);
    await makeDirectory(blobs.#aside());
    for (const kind of KINDS) {
      await makeDirectory(join(options.directory, kind, 'packs'));
      await makeDirectory(join(options.directory, kind, 'files'));
    }
    // Nobody knows the name of what a crash has left here.
    for (const file of await readdir(blobs.#aside())) await unlink(join(blobs.#aside(), file));
    await blobs.#packs.load();
    return blobs;
  }

  async put(
    kind: BlobKind,
    source: Uint8Array | AsyncIterable<Uint8Array>,
    { owners }: { readonly owners: number },
  ): Promise<{ readonly name: string; readonly size: number }> {
    if (source instanceof Uint8Array)
      return source.length <= SMALL_BYTES
        ? // A copy in memory of its own (a Buffer's slice is none): the cache must not keep the pool that it was cut from.
          this.#putSmall(kind, new Uint8Array(source), owners)
        : this.#putLarge(kind, [source], owners);
    const iterator = source[Symbol.asyncIterator]();
    const gathered: Uint8Array[] = [];
    for (let size = 0; size <= SMALL_BYTES; ) {
      const next = await iterator.next();
      if (next.done) return this.#putSmall(kind, concat(gathered, size), owners);
      gathered.push(next.value);
      size += next.value.length;
    }
    return this.#putLarge(kind, resume(gathered, iterator), owners);
  }

  async get(name: string, range?: ByteRange): Promise<Uint8Array> {
    const parsed = parse(name);
    if (parsed.where === 'pack') {
      const bytes = this.#cache.get(name);
      if (bytes === undefined) return (await this.#readSmall(name, parsed)).subarray(range?.start ?? 0, range?.end);
      // A copy: the next reader must not see what this one does to it.
      return bytes.slice(range?.start ?? 0, range?.end);
    }
    return this.#onFile(parsed, async (handle) => {
      const { start, end } = within(range, (await handle.stat()).size);
      return readFully(handle, start, end - start);
    });
  }

  async *stream(name: string, range?: ByteRange): AsyncGenerator<Uint8Array> {
    const parsed = parse(name);
    if (parsed.where === 'pack') {
      const bytes = await this.get(name, range);
      if (bytes.length > 0) yield bytes;
      return;
    }
    const handle = await onDisk(() => open(this.#filePath(parsed), 'r'));
    try {
      const { start, end } = within(range, (await handle.stat()).size);
      for (let at = start; at < end; at += CHUNK_BYTES)
        yield await onDisk(() => readFully(handle, at, Math.min(CHUNK_BYTES, end - at)));
    } finally {
      await handle.close();
    }
  }

  async info(name: string): Promise<BlobInfo> {
    const parsed = parse(name);
    if (parsed.where === 'file') return onDisk(() => this.#fileInfo(parsed));
    const { header } = await this.#readRecord(name, parsed, 0);
    return { name, size: parsed.length, owners: parsed.owners, written: header.written };
  }

  async delete(name: string): Promise<void> {
    const parsed = parseName(name);
    if (parsed === undefined) return;
    if (parsed.where === 'pack') await this.#deleteSmall(name, parsed);
    else await onDisk(() => this.#deleteFile(parsed));
  }

  async *list(kind: BlobKind): AsyncGenerator<BlobInfo> {
    const seen = new Set<string>();
    // Again for the packs that were written anew meanwhile: what was moved must not be missed.
    for (;;) {
      const packs = this.#packs.all().filter((pack) => pack.kind === kind && !seen.has(pack.id));
      if (packs.length === 0) break;
      for (const pack of packs) {
        seen.add(pack.id);
        yield* this.#listPack(pack);
      }
    }
    yield* this.#listFiles(kind);
  }

  /**
   * Gives back the room of deleted blobs, and overwrites what cannot be given back yet: after it no byte of a blob that
   * was deleted before the call is left. A pack is written anew when more than `deadShare` of it is dead.
   */
  async reclaim({ deadShare = 0.5 }: { readonly deadShare?: number } = {}): Promise<void> {
    for (const pack of this.#packs.all()) {
      if (pack.leaving !== undefined) await pack.leaving;
      if (pack.dead === 0 || !this.#packs.holds(pack)) continue;
      if (this.#writers.get(pack.kind)!.active === pack.id || pack.deleting > 0 || pack.dead <= deadShare * pack.size)
        await onDisk(() => this.#reclaimer.scrub(pack));
      else await onDisk(() => this.#leave(pack, () => this.#reclaimer.rewrite(pack)));
    }
  }

  async close(): Promise<void> {
    for (const writer of this.#writers.values()) await writer.roll();
    this.#files.close();
  }

  async #putSmall(kind: BlobKind, bytes: Uint8Array, owners: number) {
    const token = randomName(this.#random, TOKEN_CHARS);
    const written = this.#clock.now();
    const header = encodeHeader({ kind, length: bytes.length, owners, written, token, crc: crc32(bytes) });
    const place = await this.#writers.get(kind)!.append(header, bytes);
    const name = formatName({ where: 'pack', kind, ...place, length: bytes.length, owners, token });
    this.#cache.set(name, bytes);
    return { name, size: bytes.length };
  }

  async #putLarge(kind: BlobKind, source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, owners: number) {
    const name: FileName = { where: 'file', kind, token: randomName(this.#random, FILE_TOKEN_CHARS), owners };
    const aside = join(this.#aside(), name.token);
    const path = this.#filePath(name);
    const handle = await onDisk(() => open(aside, 'wx', 0o600));
    let size = 0;
    try {
      try {
        for await (const chunk of joined(source, CHUNK_BYTES)) {
          await onDisk(() => writeFully(handle, [chunk], size));
          size += chunk.length;
        }
        await onDisk(() => handle.sync());
      } finally {
        await handle.close();
      }
      await onDisk(() => this.#moveIn(aside, path));
    } catch (error) {
      await unlink(aside).catch(() => {});
      throw error;
    }
    return { name: formatName(name), size };
  }

  async #moveIn(aside: string, path: string): Promise<void> {
    const directory = dirname(path);
    if (!this.#known.has(directory)) {
      await makeDirectory(directory);
      this.#known.add(directory);
    }
    await rename(aside, path);
    await syncDirectory(directory);
  }

  async #readSmall(name: string, parsed: PackName): Promise<Uint8Array> {
    const { header, bytes, alone } = await this.#readRecord(name, parsed, parsed.length);
    if (bytes.length !== parsed.length || crc32(bytes) !== header.crc) {
      // Deleted, and overwritten, while it was read?
      if (this.#packs.locate(parsed) === undefined) throw new NotFound(`no blob ${name}`);
      this.#log.error('blobs.damaged', { name });
      throw new Unavailable(`the blob ${name} is damaged on the disk`);
    }
    // What is read with others is not kept: whoever goes through a mailbox would push out all that others need.
    if (alone) this.#cache.set(name, bytes.slice());
    return bytes;
  }

  /** A record's header and the first `length` of its bytes. */
  async #readRecord(
    name: string,
    parsed: PackName,
    length: number,
  ): Promise<Piece & { readonly header: RecordHeader }> {
    for (;;) {
      const place = this.#packs.locate(parsed);
      if (place === undefined) throw new NotFound(`no blob ${name}`);
      const { path } = place.pack;
      const record = await onDisk(() => this.#reader.read(path, place.offset, HEADER_BYTES + length)).catch((error) => {
        // The pack was written anew between the two steps.
        if (error instanceof NotFound && this.#packs.locate(parsed)?.pack.path !== path) return undefined;
        throw error;
      });
      if (record === undefined) continue;
      const header = decodeHeader(record.bytes);
      if (header === undefined || header.token !== parsed.token || header.length !== parsed.length)
        throw new NotFound(`no blob ${name}`);
      return { header, bytes: record.bytes.subarray(HEADER_BYTES), alone: record.alone };
    }
  }

  async #deleteSmall(name: string, parsed: PackName): Promise<void> {
    try {
      // That the token fits: a made-up name must not kill what lies at its place.
      await this.#readRecord(name, parsed, 0);
    } catch (error) {
      if (error instanceof NotFound) return;
      throw error;
    }
    for (let place = this.#packs.locate(parsed); place !== undefined; place = this.#packs.locate(parsed)) {
      const { pack, offset } = place;
      if (pack.leaving !== undefined) {
        await pack.leaving;
        continue;
      }
      await this.#packs.kill(pack, offset, parsed.length);
      this.#cache.delete(name);
      const over = pack.dead === pack.size && pack.deleting === 0 && pack.leaving === undefined;
      if (over && this.#writers.get(pack.kind)!.active !== pack.id)
        await onDisk(() => this.#leave(pack, () => this.#packs.remove(pack)));
      return;
    }
  }

  /** Runs what takes a pack away, keeping deletions out of it meanwhile. */
  async #leave(pack: Pack, work: () => Promise<void>): Promise<void> {
    if (pack.leaving !== undefined) return pack.leaving;
    const running = work();
    // Who waits for it only wants to know that it is over.
    pack.leaving = running.catch(() => {});
    try {
      await running;
    } finally {
      delete pack.leaving;
    }
  }

  async #deleteFile(name: FileName): Promise<void> {
    const path = this.#filePath(name);
    try {
      await unlink(path);
    } catch (error) {
      if (isMissing(error)) return;
      throw error;
    }
    this.#files.drop(path);
    await syncDirectory(dirname(path));
  }

  async *#listPack(pack: Pack): AsyncGenerator<BlobInfo> {
    const dead = this.#packs.deadOf(pack);
    try {
      for await (const { offset, header } of this.#packs.walk(pack)) {
        const origin = dead.has(offset) ? undefined : this.#packs.origin(pack, offset);
        if (origin === undefined) continue;
        const { kind, length, owners, token, written } = header;
        const name = formatName({ where: 'pack', kind, ...origin, length, owners, token });
        yield { name, size: length, owners, written };
      }
    } catch (error) {
      // Written anew or removed while it was listed: what lives in it is met in its new pack.
      if (!isMissing(error)) throw error;
    }
  }

  async *#listFiles(kind: BlobKind): AsyncGenerator<BlobInfo> {
    const root = join(this.#directory, kind, 'files');
    for (const directory of await readdir(root))
      for (const file of await readdir(join(root, directory))) {
        const parsed = parseName(`${kind}/f-${file}`);
        if (parsed?.where !== 'file') continue;
        try {
          yield await this.#fileInfo(parsed);
        } catch (error) {
          if (!isMissing(error)) throw error;
        }
      }
  }

  async #fileInfo(name: FileName): Promise<BlobInfo> {
    const { size, mtimeMs } = await stat(this.#filePath(name));
    return { name: formatName(name), size, owners: name.owners, written: Math.floor(mtimeMs) };
  }

  #onFile<T>(name: FileName, action: (handle: FileHandle) => Promise<T>): Promise<T> {
    return onDisk(() => this.#files.use(this.#filePath(name), action));
  }

  #filePath({ kind, token, owners }: FileName): string {
    return join(this.#directory, kind, 'files', token.slice(0, 2), `${token}-${owners.toString(36)}`);
  }

  #aside(): string {
    return join(this.#directory, 'aside');
  }
}

function parse(name: string): PackName | FileName {
  const parsed = parseName(name);
  if (parsed === undefined) throw new NotFound(`no blob ${name}`);
  return parsed;
}

/** A range within `size` bytes. */
function within(range: ByteRange | undefined, size: number): ByteRange {
  const start = Math.min(range?.start ?? 0, size);
  return { start, end: Math.max(start, Math.min(range?.end ?? size, size)) };
}
