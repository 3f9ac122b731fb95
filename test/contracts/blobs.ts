/** What every adapter of Blobs must do (mail/ports/blobs.ts). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BlobKind, type Blobs, NotFound } from '../../mail/ports/index.ts';
import { all, failure, pattern, type UnderTest } from './harness.ts';

export interface BlobsUnderTest extends UnderTest {
  readonly blobs: Blobs;
  /** What a new process finds when this one dies now. Absent where nothing outlives the process. */
  readonly crash?: () => Promise<Blobs>;
}

/** Around every border that an adapter may have: empty, small, packed or not, one part or several. */
const SIZES = [0, 1, 5000, 256 * 1024, 256 * 1024 + 1, 9 * 1024 * 1024];

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function joined(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  return Buffer.concat(await all(source));
}

const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

export function describeBlobs(name: string, make: () => Promise<BlobsUnderTest>): void {
  describe(`blobs: ${name}`, () => {
    let under: BlobsUnderTest;
    let blobs: Blobs;
    beforeAll(async () => {
      under = await make();
      blobs = under.blobs;
    });
    afterAll(() => under.close());

    async function listed(kind: BlobKind): Promise<Set<string>> {
      return new Set((await all(blobs.list(kind))).map((info) => info.name));
    }

    for (const size of SIZES) {
      test(`${size} bytes come back, from memory and from a stream, whole and by stream`, async () => {
        const bytes = pattern(size);
        const before = Date.now();
        const stored = [
          await blobs.put('raw', bytes, { owners: 3 }),
          await blobs.put('raw', inChunks(bytes, 64 * 1024), { owners: 3 }),
          await blobs.put('raw', inChunks(bytes, 77_777), { owners: 3 }),
        ];
        for (const one of stored) {
          expect(one.name).toMatch(/^[A-Za-z0-9/_.-]{1,120}$/);
          expect(one.size).toBe(size);
          expect(same(await blobs.get(one.name), bytes)).toBe(true);
          expect(same(await joined(blobs.stream(one.name)), bytes)).toBe(true);
          const info = await blobs.info(one.name);
          expect(info).toMatchObject({ name: one.name, size, owners: 3 });
          expect(Math.abs(info.written - before)).toBeLessThan(60_000);
        }
        expect(new Set(stored.map((one) => one.name)).size).toBe(3);
      });
    }

    for (const size of [10_000, 600_000]) {
      test(`ranges of ${size} bytes: half open, an end past the last byte means the last byte`, async () => {
        const bytes = pattern(size);
        const { name } = await blobs.put('raw', bytes, { owners: 1 });
        const ranges = [
          [0, 1],
          [17, 4711],
          [size - 10, size],
          [size - 10, size + 1000],
          [0, Number.MAX_SAFE_INTEGER],
        ] as const;
        for (const [start, end] of ranges) {
          const wanted = bytes.subarray(start, Math.min(end, size));
          expect(same(await blobs.get(name, { start, end }), wanted)).toBe(true);
          expect(same(await joined(blobs.stream(name, { start, end })), wanted)).toBe(true);
        }
        expect((await blobs.get(name, { start: 5, end: 5 })).length).toBe(0);
        expect((await blobs.get(name, { start: size, end: size + 5 })).length).toBe(0);
      });
    }

    test('many at once are all there', async () => {
      const stored = await Promise.all(
        Array.from({ length: 200 }, (_, n) => blobs.put('log', pattern(100 + n * 13, n), { owners: n })),
      );
      expect(new Set(stored.map((one) => one.name)).size).toBe(200);
      for (const [n, one] of stored.entries())
        expect(same(await blobs.get(one.name), pattern(100 + n * 13, n))).toBe(true);
      const infos = new Map((await all(blobs.list('log'))).map((info) => [info.name, info]));
      for (const [n, one] of stored.entries())
        expect(infos.get(one.name)).toMatchObject({ size: 100 + n * 13, owners: n });
    });

    test('many read at once: each is whole, each reader has its own bytes, and one that is gone harms no other', async () => {
      const sizes = Array.from({ length: 60 }, (_, n) => (n === 40 ? 300_000 : 500 + n * 700));
      const stored = await Promise.all(sizes.map((size, n) => blobs.put('raw', pattern(size, n), { owners: 1 })));
      const [gone] = stored.splice(20, 1);
      sizes.splice(20, 1);
      await blobs.delete(gone!.name);
      // By a new process, where there is one: it has nothing of them in memory.
      const reading = (await under.crash?.()) ?? blobs;
      const whole = stored.map(({ name }) => reading.get(name));
      const again = stored.map(({ name }) => reading.get(name));
      const parts = stored.map(({ name }, n) => reading.get(name, { start: 10, end: 20 + n }));
      const missing = failure(reading.get(gone!.name));
      const wanted = (n: number) => pattern(sizes[n]!, n < 20 ? n : n + 1);
      for (const [n, bytes] of (await Promise.all(whole)).entries()) {
        expect(same(bytes, wanted(n))).toBe(true);
        bytes.fill(0);
      }
      for (const [n, bytes] of (await Promise.all(again)).entries()) expect(same(bytes, wanted(n))).toBe(true);
      for (const [n, bytes] of (await Promise.all(parts)).entries()) {
        expect(same(bytes, wanted(n).subarray(10, 20 + n))).toBe(true);
      }
      expect(await missing).toBeInstanceOf(NotFound);
    });

    test('kinds are listed apart', async () => {
      const raw = await blobs.put('raw', pattern(10), { owners: 1 });
      for (const size of [10, 300_000]) {
        const segment = await blobs.put('index', pattern(size), { owners: 1 });
        expect(await listed('index')).toContain(segment.name);
        expect((await blobs.get(segment.name)).length).toBe(size);
      }
      const upload = await blobs.put('upload', pattern(10), { owners: 1 });
      const large = await blobs.put('upload', pattern(300_000), { owners: 1 });
      const uploads = await listed('upload');
      expect(uploads.has(upload.name)).toBe(true);
      expect(uploads.has(large.name)).toBe(true);
      expect(uploads.has(raw.name)).toBe(false);
      expect((await listed('raw')).has(raw.name)).toBe(true);
    });

    test('what is not there is NotFound', async () => {
      const { name: gone } = await blobs.put('raw', pattern(10), { owners: 1 });
      await blobs.delete(gone);
      for (const missing of [gone, 'raw/never-was', 'nonsense', '../../etc/passwd']) {
        expect(await failure(blobs.get(missing))).toBeInstanceOf(NotFound);
        expect(await failure(blobs.get(missing, { start: 0, end: 1 }))).toBeInstanceOf(NotFound);
        expect(await failure(blobs.info(missing))).toBeInstanceOf(NotFound);
        expect(await failure(joined(blobs.stream(missing)))).toBeInstanceOf(NotFound);
      }
    });

    for (const size of [500, 400_000]) {
      test(`of blobs of ${size} bytes only the deleted one goes`, async () => {
        const bytes = pattern(size);
        const stored = await Promise.all([1, 2, 3].map((owners) => blobs.put('log', bytes, { owners })));
        const [first, second, third] = stored.map((one) => one.name) as [string, string, string];
        await blobs.get(second);
        await blobs.delete(second);
        await blobs.delete(second);
        expect(await failure(blobs.get(second))).toBeInstanceOf(NotFound);
        const names = await listed('log');
        expect([first, second, third].map((one) => names.has(one))).toEqual([true, false, true]);
        expect(same(await blobs.get(first), bytes)).toBe(true);
        expect(same(await blobs.get(third), bytes)).toBe(true);
      });
    }

    for (const size of [1000, 700_000, 9_000_000]) {
      test(`a source that throws after ${size} bytes leaves no name`, async () => {
        const before = await listed('upload');
        const reason = new Error('the client has gone');
        async function* broken() {
          yield* inChunks(pattern(size), 50_000);
          throw reason;
        }
        expect(await failure(blobs.put('upload', broken(), { owners: 1 }))).toBe(reason);
        expect(await listed('upload')).toEqual(before);
      });
    }

    test('neither side can change a blob through its own bytes', async () => {
      const bytes = pattern(1000);
      const { name } = await blobs.put('raw', bytes, { owners: 1 });
      bytes.fill(0);
      (await blobs.get(name)).fill(0);
      for (const chunk of await all(blobs.stream(name))) chunk.fill(0);
      expect(same(await blobs.get(name), pattern(1000))).toBe(true);
    });

    test('a reader that stops early is not in the way', async () => {
      const { name } = await blobs.put('raw', pattern(3_000_000), { owners: 1 });
      for await (const chunk of blobs.stream(name)) {
        expect(chunk.length).toBeGreaterThan(0);
        break;
      }
      await blobs.delete(name);
      expect(await failure(blobs.get(name))).toBeInstanceOf(NotFound);
    });

    test('what was acknowledged outlives a crash', async ({ skip }) => {
      if (under.crash === undefined) skip();
      const sizes = [0, 700, 200_000, 500_000];
      const stored = await Promise.all(sizes.map((size) => blobs.put('raw', pattern(size), { owners: 2 })));
      const gone = await blobs.put('raw', pattern(900), { owners: 1 });
      await blobs.delete(gone.name);
      const after = await under.crash!();
      for (const [n, { name: kept }] of stored.entries()) {
        expect(same(await after.get(kept), pattern(sizes[n]!))).toBe(true);
        expect((await after.info(kept)).owners).toBe(2);
      }
      expect(await failure(after.get(gone.name))).toBeInstanceOf(NotFound);
    });
  });
}
