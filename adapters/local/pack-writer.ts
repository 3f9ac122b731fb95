/**
 * Appends small blobs of one kind to pack files. All that gathers while one group is made durable is the next group:
 * one write and one fdatasync for it, however many they are.
 */
import { fdatasyncSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { Unavailable } from '../../mail/ports/index.ts';
import { Alone } from './alone.ts';
import { syncDirectory, writeFully, writeFullySync } from './files.ts';

/** A pack that has grown so far is not appended to any more. */
export const PACK_BYTES = 64 * 1024 * 1024;
/** What one group writes at most. */
const GROUP_BYTES = 8 * 1024 * 1024;
const GROUP_RECORDS = 400;
/**
 * Bytes by which a pack's file is made longer at once, with zeros: an fdatasync of bytes that lie within the file takes half the time of one that
 * must make its new length durable too. A crash leaves them behind the last record, where they are a torn tail like any other.
 */
const STEP = new Uint8Array(256 * 1024);

/** Where a record lies. */
export interface Place {
  readonly pack: string;
  readonly offset: number;
}

interface Waiting {
  readonly header: Uint8Array;
  readonly body: Uint8Array;
  resolve(place: Place): void;
  reject(error: Error): void;
}

interface Active {
  readonly pack: string;
  readonly handle: FileHandle;
  /** Up to here there are records. */
  size: number;
  /** Up to here there is a file. */
  length: number;
}

export class PackWriter {
  readonly #directory: string;
  readonly #newId: () => string;
  /** Told of each pack's growth, before anybody learns of a name in it. */
  readonly #grown: (pack: string, size: number) => void;
  readonly #waiting: Waiting[] = [];
  readonly #alone = new Alone();
  #active: Active | undefined;
  #running: Promise<void> | undefined;

  constructor(directory: string, newId: () => string, grown: (pack: string, size: number) => void) {
    this.#directory = directory;
    this.#newId = newId;
    this.#grown = grown;
  }

  /** The pack that may still grow. */
  get active(): string | undefined {
    return this.#active?.pack;
  }

  /** Resolves when the record is durable; rejects with Unavailable. */
  append(header: Uint8Array, body: Uint8Array): Promise<Place> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ header, body, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Ends the active pack: what comes next goes to a new one. */
  async roll(): Promise<void> {
    await this.#running;
    await this.#end();
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      // Whoever was woken in this turn of the event loop appends to the same group.
      await new Promise((resolve) => setImmediate(resolve));
      await this.#writeGroup(this.#takeGroup());
    }
    this.#running = undefined;
  }

  #takeGroup(): Waiting[] {
    let bytes = 0;
    let count = 0;
    while (count < this.#waiting.length && count < GROUP_RECORDS && bytes < GROUP_BYTES) {
      bytes += this.#waiting[count]!.header.length + this.#waiting[count]!.body.length;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #writeGroup(group: readonly Waiting[]): Promise<void> {
    try {
      const active = await this.#writable();
      const buffers = group.flatMap(({ header, body }) => (body.length === 0 ? [header] : [header, body]));
      const bytes = buffers.reduce((sum, { length }) => sum + length, 0);
      // A large group takes so long that the journal's time does not count.
      if (active.size + bytes > active.length && bytes <= STEP.length / 4) {
        buffers.push(STEP);
        active.length = active.size + bytes + STEP.length;
      }
      if (this.#alone.is(group.length, this.#waiting.length > 0) && bytes <= STEP.length) {
        this.#alone.run(() => {
          writeFullySync(active.handle.fd, buffers, active.size);
          fdatasyncSync(active.handle.fd);
        });
      } else {
        await writeFully(active.handle, buffers, active.size);
        await active.handle.datasync();
      }
      const places: Place[] = [];
      for (const { header, body } of group) {
        places.push({ pack: active.pack, offset: active.size });
        active.size += header.length + body.length;
      }
      this.#grown(active.pack, active.size);
      group.forEach((one, index) => {
        one.resolve(places[index]!);
      });
    } catch (error) {
      // What a failed fsync has left is not known: this pack ends here.
      const broken = this.#active;
      this.#active = undefined;
      await broken?.handle.close().catch(() => {});
      const reason = new Unavailable(`a blob was not written: ${(error as Error).message}`, { cause: error });
      for (const one of group) one.reject(reason);
    }
  }

  async #writable(): Promise<Active> {
    if (this.#active !== undefined && this.#active.size < PACK_BYTES) return this.#active;
    await this.#end();
    const pack = this.#newId();
    const handle = await open(join(this.#directory, `${pack}.pack`), 'wx', 0o600);
    this.#active = { pack, handle, size: 0, length: 0 };
    await syncDirectory(this.#directory);
    return this.#active;
  }

  /** Ends the active pack with its last record. */
  async #end(): Promise<void> {
    const active = this.#active;
    this.#active = undefined;
    if (active === undefined) return;
    await active.handle.truncate(active.size);
    await active.handle.close();
  }
}
