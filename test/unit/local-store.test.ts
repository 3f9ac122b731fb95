/** Parts of the embedded store on their own. */
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Heap } from '../../adapters/local/heap.ts';
import { type LocalStore, localClock, localLog, openLocalStore } from '../../adapters/local/index.ts';
import { ByteCache } from '../../adapters/local/lru.ts';
import { Store } from '../../adapters/local/store.ts';
import { Unavailable } from '../../mail/ports/index.ts';
import { failure, pattern } from '../contracts/harness.ts';

const silent = localLog('error', () => {});
let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'postern-store-'));
});
afterEach(() => rm(root, { recursive: true }));

describe('the database', () => {
  test('a statement that fails fails alone; what is tied is written whole or not at all', async () => {
    const lines: string[] = [];
    const store = Store.open(
      join(root, 'postern.db'),
      localLog('error', (line) => lines.push(line)),
      0,
    );
    const body = new Uint8Array(1);
    const outcomes = await Promise.all([
      failure(store.write('putAbsent', 'p', 'a', body, 0, null)),
      failure(store.write('putAbsent', 'p', 'bad', null, 0, null)),
      failure(
        store.writeAll([
          ['putAbsent', 'p', 'tied', body, 0, null],
          ['putAbsent', 'p', 'bad', null, 0, null],
        ]),
      ),
      failure(store.write('putAbsent', 'p', 'b', body, 0, null)),
    ]);
    expect(outcomes.map((error) => error instanceof Unavailable)).toEqual([false, true, true, false]);
    expect(outcomes.map((error) => error === undefined)).toEqual([true, false, false, true]);
    expect(store.prepareRead('SELECT sk FROM records ORDER BY sk').all()).toEqual([{ sk: 'a' }, { sk: 'b' }]);
    expect(lines.join('')).toContain('NOT NULL constraint failed');
    await store.close();
    expect(await failure(store.write('deleteAny', 'p', 'a'))).toBeInstanceOf(Unavailable);
  });

  test('what nobody waits for is written soon, and at the latest by the close', async () => {
    const file = join(root, 'postern.db');
    let store = Store.open(file, silent, 0);
    const count = () => store.prepareRead('SELECT COUNT(*) AS n FROM records').get()!.n;
    store.defer('putAbsent', 'p', 'a', new Uint8Array(1), 0, null);
    for (let tries = 0; count() === 0 && tries < 200; tries++) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(count()).toBe(1);
    store.defer('putAbsent', 'p', 'b', new Uint8Array(1), 0, null);
    await store.close();
    store = Store.open(file, silent, 0);
    expect(count()).toBe(2);
    await store.close();
  });
});

describe('blobs on a disk that fails', () => {
  let store: LocalStore;
  beforeEach(async () => {
    store = await openLocalStore({ home: join(root, 'home'), log: silent });
  });
  afterEach(() => store.close());
  const packs = () => join(root, 'home', 'blobs', 'raw', 'packs');

  test('a put that cannot be written is Unavailable, and the next one works again', async () => {
    await rename(packs(), join(root, 'away'));
    expect(await failure(store.blobs.put('raw', pattern(10), { owners: 1 }))).toBeInstanceOf(Unavailable);
    await rename(join(root, 'away'), packs());
    const { name } = await store.blobs.put('raw', pattern(10), { owners: 1 });
    expect(Buffer.from(await store.blobs.get(name))).toEqual(Buffer.from(pattern(10)));
  });

  test('a damaged blob is told from a good one', async () => {
    const put = (seed: number) => store.blobs.put('raw', pattern(1000, seed), { owners: 1 });
    const [good, bad] = await Promise.all([put(1), put(2)]);
    await store.close();
    const file = join(packs(), (await readdir(packs()))[0]!);
    const bytes = await readFile(file);
    const at = bytes.indexOf(Buffer.from(pattern(1000, 2)));
    bytes[at + 500]! ^= 1;
    await writeFile(file, bytes);
    store = await openLocalStore({ home: join(root, 'home'), log: silent });
    expect(await failure(store.blobs.get(bad!.name))).toMatchObject({ message: expect.stringContaining('damaged') });
    expect(Buffer.from(await store.blobs.get(good!.name))).toEqual(Buffer.from(pattern(1000, 1)));
  });
});

test('kill -9: everything that was acknowledged is there, and the home opens at once', async () => {
  const home = join(root, 'home');
  for (const [round, killAfter] of [40, 150, 90].entries()) {
    const child = spawn(process.execPath, [join(import.meta.dirname, '../support/crash-writer.ts'), home, `${round}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    const died = new Promise((resolve) => child.once('close', resolve));
    child.stdout.on('data', (chunk: Buffer) => {
      if (output === '') setTimeout(() => child.kill('SIGKILL'), killAfter);
      output += chunk;
    });
    await died;
    const lines = output.split('\n').slice(0, -1);
    const acknowledged = lines.map((line) => JSON.parse(line) as { sk: string; name: string; size: number });
    expect(acknowledged.length).toBeGreaterThan(0);

    const store = await openLocalStore({ home, log: silent });
    const queued = new Set<string>();
    for (;;) {
      const jobs = await store.queues.deliver.receive({ max: 100, visibility: 60, waitSeconds: 0 });
      if (jobs.length === 0) break;
      for (const { body } of jobs) queued.add(body);
    }
    for (const { sk, name, size } of acknowledged) {
      expect(Buffer.from((await store.records.get(`run-${round}`, sk))!.body).toString()).toBe(name);
      const text = Buffer.from(await store.blobs.get(name)).toString();
      expect(text === sk.repeat(size / sk.length)).toBe(true);
      expect(queued.has(name)).toBe(true);
    }
    await store.close();
  }
});

describe('small parts', () => {
  test('the cache gives up what was used longest ago, by bytes', () => {
    const cache = new ByteCache(100);
    cache.set('a', pattern(40));
    cache.set('b', pattern(40));
    cache.get('a');
    cache.set('c', pattern(40));
    expect(['a', 'b', 'c'].map((name) => cache.get(name) !== undefined)).toEqual([true, false, true]);
    cache.set('a', pattern(10));
    cache.set('d', pattern(50));
    expect(['a', 'c', 'd'].map((name) => cache.get(name) !== undefined)).toEqual([true, true, true]);
    cache.set('huge', pattern(101));
    expect(cache.get('huge')).toBeUndefined();
  });

  test('the heap gives its items in order', () => {
    const heap = new Heap<number>((a, b) => a - b);
    const numbers = Array.from({ length: 500 }, (_, n) => (n * 7919) % 503);
    const out: number[] = [];
    for (const [n, number] of numbers.entries()) {
      heap.push(number);
      if (n % 5 === 4) out.push(heap.pop()!);
    }
    const rest = Array.from({ length: heap.size }, () => heap.pop()!);
    expect(rest).toEqual([...rest].sort((a, b) => a - b));
    expect([...out, ...rest].sort((a, b) => a - b)).toEqual([...numbers].sort((a, b) => a - b));
    expect(heap.pop()).toBeUndefined();
  });

  test('the log writes one JSON object a line, from its level on, errors with their place', () => {
    const lines: string[] = [];
    const log = localLog('warn', (line) => lines.push(line));
    log.info('left.out');
    log.error('broken', { error: new Error('two\nlines'), count: 3n });
    expect(lines).toHaveLength(1);
    expect(lines[0]!.match(/\n/g)).toHaveLength(1);
    const entry = JSON.parse(lines[0]!);
    expect(entry).toMatchObject({ level: 'error', event: 'broken', count: '3' });
    expect(entry.error).toContain('Error: two\nlines\n    at ');
  });

  test('the clock sleeps, and stops sleeping when told to', async () => {
    const at = performance.now();
    await localClock.sleep(20);
    expect(performance.now() - at).toBeGreaterThan(15);
    const stop = new AbortController();
    const sleeping = failure(localClock.sleep(60_000, stop.signal));
    stop.abort('enough');
    expect(await sleeping).toBe('enough');
    let ran = 0;
    localClock.after(5, () => {
      ran += 1;
    })();
    localClock.after(5, () => {
      ran += 10;
    });
    // Longer than a timer of Node can be: it must not fire at once.
    const cancel = localClock.after(2 ** 33, () => {
      ran += 100;
    });
    await localClock.sleep(30);
    cancel();
    expect(ran).toBe(10);
  });
});
