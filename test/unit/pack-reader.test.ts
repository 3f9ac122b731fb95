import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OpenFiles } from '../../adapters/local/files.ts';
import { PackReader } from '../../adapters/local/pack-reader.ts';

const BYTES = Uint8Array.from({ length: 2_000_000 }, (_, i) => (i * 31) >> 3);

/** Counts how often a file is read. */
class CountingFiles extends OpenFiles {
  count = 0;

  override use<T>(...args: Parameters<typeof OpenFiles.prototype.use<T>>): Promise<T> {
    this.count++;
    return super.use(...args);
  }
}

describe('records read out of packs', () => {
  let directory: string;
  let paths: string[];
  const files = new CountingFiles(4);
  const reader = new PackReader(files);
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'postern-pack-'));
    paths = ['a', 'b'].map((name) => join(directory, name));
    for (const path of paths) await writeFile(path, BYTES);
  });
  afterAll(async () => {
    files.close();
    await rm(directory, { recursive: true });
  });

  /** Reads so at once, checks what comes, and gives how many reads it took. */
  async function reads(asked: readonly (readonly [file: number, offset: number, length: number])[]): Promise<number> {
    const before = files.count;
    const pieces = await Promise.all(asked.map(([file, offset, length]) => reader.read(paths[file]!, offset, length)));
    for (const [n, { bytes }] of pieces.entries()) {
      const [, offset, length] = asked[n]!;
      expect(Buffer.compare(bytes, BYTES.subarray(offset, offset + length))).toBe(0);
    }
    return files.count - before;
  }

  test('neighbours come with one read, in whatever order they are asked for', async () => {
    const records = Array.from({ length: 50 }, (_, n) => [0, n * 7_040, 7_000] as const);
    expect(await reads([...records].reverse())).toBe(1);
  });

  test('what lies far from each other, or in another file, is read by itself', async () => {
    expect(
      await reads([
        [0, 0, 100],
        [0, 1_000_000, 100],
        [1, 0, 100],
      ]),
    ).toBe(3);
  });

  test('no more than half a megabyte is read at once, but for one that is longer', async () => {
    expect(await reads(Array.from({ length: 20 }, (_, n) => [0, n * 100_000, 100_000] as const))).toBe(4);
    expect(await reads([[0, 10, 1_500_000]])).toBe(1);
  });

  test('what the file does not have is left out', async () => {
    const { bytes, alone } = await reader.read(paths[0]!, BYTES.length - 10, 100);
    expect(bytes.length).toBe(10);
    expect(alone).toBe(true);
  });

  test('a file that is not there fails those who asked for it, and no others', async () => {
    const missing = reader.read(join(directory, 'none'), 0, 10);
    const there = reader.read(paths[0]!, 0, 10);
    await expect(missing).rejects.toThrow('ENOENT');
    expect((await there).bytes.length).toBe(10);
  });
});
