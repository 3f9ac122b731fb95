/** Files made so that a crash cannot lose them, and handles kept open for reading. */
import { writevSync } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { NotFound, Unavailable } from '../../mail/ports/index.ts';

/** Makes the names in a directory durable: those made, renamed or removed before the call. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the directory, and its parents, durably; what is there already is left as it is. */
export async function makeDirectory(path: string): Promise<void> {
  const first = (await mkdir(path, { recursive: true, mode: 0o700 })) ?? path;
  // Also when it was there: whoever made it may have died before this.
  for (let made = path; made.length >= first.length; made = dirname(made)) await syncDirectory(dirname(made));
}

/** Writes all of `buffers` at `position`, however often the system writes less than asked. */
export async function writeFully(handle: FileHandle, buffers: readonly Uint8Array[], position: number): Promise<void> {
  let left = [...buffers];
  let at = position;
  while (left.length > 0) {
    let { bytesWritten } = await handle.writev(left, at);
    at += bytesWritten;
    while (left.length > 0 && bytesWritten >= left[0]!.length) bytesWritten -= left.shift()!.length;
    if (bytesWritten > 0) left = [left[0]!.subarray(bytesWritten), ...left.slice(1)];
  }
}

/** The same, here and now. */
export function writeFullySync(file: number, buffers: readonly Uint8Array[], position: number): void {
  for (let at = position, left = [...buffers]; left.length > 0; ) {
    let bytesWritten = writevSync(file, left, at);
    at += bytesWritten;
    while (left.length > 0 && bytesWritten >= left[0]!.length) bytesWritten -= left.shift()!.length;
    if (bytesWritten > 0) left = [left[0]!.subarray(bytesWritten), ...left.slice(1)];
  }
}

/** Up to `length` bytes from `position`; fewer only at the end of the file. */
export async function readFully(handle: FileHandle, position: number, length: number): Promise<Uint8Array> {
  // Not zeroed first. No Buffer: its `slice` would be no copy.
  const bytes = new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, position + filled);
    if (bytesRead === 0) return bytes.subarray(0, filled);
    filled += bytesRead;
  }
  return bytes;
}

export function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

/** Runs work on files; what the system refuses becomes the port's error: NotFound for a missing file, else Unavailable. */
export async function onDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isMissing(error)) throw new NotFound('no such blob', { cause: error });
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw new Unavailable(`the disk refuses: ${(error as Error).message}`, { cause: error });
  }
}

interface Opened {
  readonly handle: Promise<FileHandle>;
  users: number;
  dropped: boolean;
}

/** Read handles by path, the least recently used closed first. A handle in use is closed when its last user is done. */
export class OpenFiles {
  readonly #limit: number;
  readonly #files = new Map<string, Opened>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  async use<T>(path: string, action: (handle: FileHandle) => Promise<T>): Promise<T> {
    const file = this.#files.get(path) ?? { handle: open(path, 'r'), users: 0, dropped: false };
    this.#files.delete(path);
    this.#files.set(path, file);
    file.users += 1;
    try {
      return await action(await file.handle);
    } catch (error) {
      if (isMissing(error)) this.drop(path);
      throw error;
    } finally {
      file.users -= 1;
      this.#closeIfDone(file);
      for (const oldest of this.#files.keys()) {
        if (this.#files.size <= this.#limit) break;
        this.drop(oldest);
      }
    }
  }

  drop(path: string): void {
    const file = this.#files.get(path);
    if (file === undefined) return;
    this.#files.delete(path);
    file.dropped = true;
    this.#closeIfDone(file);
  }

  close(): void {
    for (const path of [...this.#files.keys()]) this.drop(path);
  }

  #closeIfDone(file: Opened): void {
    if (!file.dropped || file.users > 0) return;
    file.handle.then(
      (handle) => handle.close(),
      () => {},
    );
  }
}
