/**
 * Giving back what deleted blobs take: their bytes are overwritten, packs with nothing alive are unlinked, and packs that
 * are mostly dead are written anew without it. A crash at any point leaves every living blob readable under its name.
 */
import { open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type OpenFiles, readFully, syncDirectory, writeFully } from './files.ts';
import { HEADER_BYTES } from './pack-format.ts';
import type { Pack, Packs } from './packs.ts';
import type { Store, Write } from './store.ts';

/** Bytes written at once. */
const CHUNK_BYTES = 1024 * 1024;

export class Reclaimer {
  readonly #store: Store;
  readonly #packs: Packs;
  readonly #files: OpenFiles;
  readonly #asideDirectory: string;
  readonly #newId: () => string;

  constructor(store: Store, packs: Packs, files: OpenFiles, asideDirectory: string, newId: () => string) {
    this.#store = store;
    this.#packs = packs;
    this.#files = files;
    this.#asideDirectory = asideDirectory;
    this.#newId = newId;
  }

  /** Overwrites what is dead in the pack and was not overwritten yet. */
  async scrub(pack: Pack): Promise<void> {
    const dead = [...this.#packs.deadOf(pack)].filter(([, { scrubbed }]) => !scrubbed);
    if (dead.length === 0) return;
    const handle = await open(pack.path, 'r+');
    try {
      const zeros = new Uint8Array(Math.max(...dead.map(([, { length }]) => length)));
      for (const [offset, { length }] of dead)
        if (length > 0) await writeFully(handle, [zeros.subarray(0, length)], offset + HEADER_BYTES);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await Promise.all(dead.map(([offset]) => this.#store.write('deadScrubbed', pack.id, offset)));
  }

  /** Writes the living records of a pack that nobody appends to into a new one, and removes it. */
  async rewrite(pack: Pack): Promise<void> {
    const id = this.#newId();
    const aside = join(this.#asideDirectory, id);
    const { moves, size } = await this.#copyLiving(pack, aside, id);
    if (moves.length > 0) {
      const path = join(dirname(pack.path), `${id}.moved`);
      await rename(aside, path);
      await syncDirectory(dirname(path));
      // Together: a pack with some of its blobs in each of two places is a state that nobody needs to understand.
      await this.#store.writeAll([...moves, ['movedForget', pack.id]]);
      // Only now: until the database knows, the blobs are found in the old pack.
      this.#packs.add({ id, kind: pack.kind, path, moved: true, size });
    }
    await this.#packs.remove(pack);
  }

  async #copyLiving(
    pack: Pack,
    aside: string,
    id: string,
  ): Promise<{ readonly moves: Write[]; readonly size: number }> {
    const dead = this.#packs.deadOf(pack);
    const moves: Write[] = [];
    let size = 0;
    let gathered: Uint8Array[] = [];
    let gatheredBytes = 0;
    const target = await open(aside, 'w', 0o600);
    try {
      const flush = async () => {
        await writeFully(target, gathered, size - gatheredBytes);
        gathered = [];
        gatheredBytes = 0;
      };
      for await (const { offset, header } of this.#packs.walk(pack)) {
        const origin = this.#packs.origin(pack, offset);
        if (dead.has(offset) || origin === undefined) continue;
        // As it is: a record damaged on the disk stays what it is, and is reported to whoever reads it.
        const length = HEADER_BYTES + header.length;
        gathered.push(await this.#files.use(pack.path, (handle) => readFully(handle, offset, length)));
        moves.push(['moveTo', origin.pack, origin.offset, id, size]);
        size += length;
        gatheredBytes += length;
        if (gatheredBytes >= CHUNK_BYTES) await flush();
      }
      await flush();
      await target.datasync();
    } finally {
      await target.close();
    }
    return { moves, size };
  }
}
