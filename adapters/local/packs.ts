/** Which packs there are, what in them is dead, and where the blobs of rewritten ones lie now. */
import type { FileHandle } from 'node:fs/promises';
import { readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { StatementSync } from 'node:sqlite';
import type { BlobKind } from '../../mail/ports/index.ts';
import { isMissing, type OpenFiles, readFully, syncDirectory } from './files.ts';
import { decodeHeader, HEADER_BYTES, KINDS, type RecordHeader } from './pack-format.ts';
import type { Place } from './pack-writer.ts';
import type { Store } from './store.ts';

/** Bytes read at once by a walk through a pack. */
const WALK_BYTES = 256 * 1024;

export interface Pack {
  readonly id: string;
  readonly kind: BlobKind;
  readonly path: string;
  /** Written by a reclaim: its blobs' names tell other places, `moved` knows them. */
  readonly moved: boolean;
  size: number;
  /** Bytes of deleted records, headers included. */
  dead: number;
  /** Deletions on their way to the database. */
  deleting: number;
  /** Set while it is being rewritten or removed. */
  leaving?: Promise<void>;
}

export class Packs {
  readonly #store: Store;
  readonly #files: OpenFiles;
  readonly #packs = new Map<string, Pack>();
  readonly #isDead: StatementSync;
  readonly #deadOf: StatementSync;
  readonly #target: StatementSync;
  readonly #origin: StatementSync;
  readonly #directoryOf: (kind: BlobKind) => string;

  constructor(store: Store, files: OpenFiles, directoryOf: (kind: BlobKind) => string) {
    this.#store = store;
    this.#files = files;
    this.#directoryOf = directoryOf;
    this.#isDead = store.prepareRead('SELECT 1 FROM dead WHERE pack = ?1 AND offset = ?2');
    this.#deadOf = store.prepareRead('SELECT offset, length, scrubbed FROM dead WHERE pack = ?1');
    this.#target = store.prepareRead('SELECT to_pack, to_offset FROM moved WHERE pack = ?1 AND offset = ?2');
    this.#origin = store.prepareRead('SELECT pack, offset FROM moved WHERE to_pack = ?1 AND to_offset = ?2');
  }

  /** Learns what is on the disk, and finishes the reclaims that a crash has cut short. */
  async load(): Promise<void> {
    const isTarget = this.#store.prepareRead('SELECT 1 FROM moved WHERE to_pack = ?1 LIMIT 1');
    const isOrigin = this.#store.prepareRead('SELECT 1 FROM moved WHERE pack = ?1 LIMIT 1');
    for (const kind of KINDS) {
      const directory = this.#directoryOf(kind);
      for (const file of await readdir(directory)) {
        const [id, extension] = file.split('.') as [string, string];
        const moved = extension === 'moved';
        const path = join(directory, file);
        const { size } = await stat(path);
        // Either never taken into use, or replaced, or nothing was ever written.
        const needless = moved ? isTarget.get(id) === undefined : isOrigin.get(id) !== undefined;
        if (needless || size === 0) await unlink(path);
        else this.#packs.set(id, { id, kind, path, moved, size, dead: 0, deleting: 0 });
      }
      await syncDirectory(directory);
    }
    const dead = this.#store.prepareRead(`SELECT pack, SUM(length + ${HEADER_BYTES}) AS bytes FROM dead GROUP BY pack`);
    for (const row of dead.all()) {
      const pack = this.#packs.get(String(row.pack));
      if (pack === undefined) this.#store.defer('deadForget', String(row.pack));
      else pack.dead = Number(row.bytes);
    }
  }

  holds(pack: Pack): boolean {
    return this.#packs.get(pack.id) === pack;
  }

  all(): Pack[] {
    return [...this.#packs.values()];
  }

  /** A pack that the writer has made or made longer. */
  grown(kind: BlobKind, id: string, size: number): void {
    const known = this.#packs.get(id);
    if (known !== undefined) known.size = size;
    else this.add({ id, kind, path: join(this.#directoryOf(kind), `${id}.pack`), moved: false, size });
  }

  add(pack: Pick<Pack, 'id' | 'kind' | 'path' | 'moved' | 'size'>): void {
    this.#packs.set(pack.id, { ...pack, dead: 0, deleting: 0 });
  }

  /** Where the blob that was first written at `first` lies now; undefined when it was deleted. */
  locate(first: Place): { readonly pack: Pack; readonly offset: number } | undefined {
    let { offset } = first;
    let pack = this.#packs.get(first.pack);
    if (pack === undefined) {
      const row = this.#target.get(first.pack, first.offset);
      if (row === undefined) return undefined;
      pack = this.#packs.get(String(row.to_pack));
      offset = Number(row.to_offset);
    }
    if (pack === undefined) return undefined;
    // Most packs hold nothing dead: the database need not be asked.
    const someDead = pack.dead > 0 || pack.deleting > 0;
    return someDead && this.#isDead.get(pack.id, offset) !== undefined ? undefined : { pack, offset };
  }

  /** The place that the name of a record tells. */
  origin(pack: Pack, offset: number): Place | undefined {
    if (!pack.moved) return { pack: pack.id, offset };
    const row = this.#origin.get(pack.id, offset);
    return row === undefined ? undefined : { pack: String(row.pack), offset: Number(row.offset) };
  }

  /** The deleted records of a pack: by their offset the length of the bytes, and whether they are overwritten. */
  deadOf(pack: Pack): Map<number, { readonly length: number; readonly scrubbed: boolean }> {
    return new Map(
      this.#deadOf
        .all(pack.id)
        .map((row) => [Number(row.offset), { length: Number(row.length), scrubbed: row.scrubbed === 1 }]),
    );
  }

  /** Marks a record dead, durably. */
  async kill(pack: Pack, offset: number, length: number): Promise<void> {
    pack.deleting += 1;
    try {
      if ((await this.#store.write('deadAdd', pack.id, offset, length)) === 1) pack.dead += HEADER_BYTES + length;
    } finally {
      pack.deleting -= 1;
    }
  }

  /** Unlinks a pack in which nothing lives any more. */
  async remove(pack: Pack): Promise<void> {
    this.#packs.delete(pack.id);
    this.#files.drop(pack.path);
    await unlink(pack.path).catch((error) => {
      if (!isMissing(error)) throw error;
    });
    await syncDirectory(this.#directoryOf(pack.kind));
    this.#store.defer('deadForget', pack.id);
    this.#store.defer('movedForget', pack.id);
  }

  /** Every record of a pack, dead ones included, up to where it ends or is torn. */
  walk(pack: Pack): AsyncGenerator<{ readonly offset: number; readonly header: RecordHeader }> {
    const files = this.#files;
    // A generator cannot hold a handle across its yields by `use`, so each window is read by its own.
    const read = (at: number) => files.use(pack.path, (handle: FileHandle) => readFully(handle, at, WALK_BYTES));
    return walkRecords(pack, read);
  }
}

async function* walkRecords(pack: Pack, read: (at: number) => Promise<Uint8Array>) {
  let windowAt = 0;
  let window = new Uint8Array(0);
  for (let offset = 0; offset + HEADER_BYTES <= pack.size; ) {
    if (offset + HEADER_BYTES > windowAt + window.length) {
      windowAt = offset;
      window = new Uint8Array(await read(offset));
    }
    const header = decodeHeader(window.subarray(offset - windowAt));
    if (header === undefined || offset + HEADER_BYTES + header.length > pack.size) return;
    yield { offset, header };
    offset += HEADER_BYTES + header.length;
  }
}
