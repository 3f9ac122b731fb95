/** The contract suites over the embedded store, and what it promises beyond them. */
import { appendFile, cp, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, test } from 'vitest';
import { type LocalStore, localLog, openLocalStore } from '../../adapters/local/index.ts';
import { NotFound, type QueueName } from '../../mail/ports/index.ts';
import { describeBlobs } from './blobs.ts';
import { all, failure, pattern } from './harness.ts';
import { describeQueue } from './queue.ts';
import { describeRecords } from './records.ts';
import { describeSchedule } from './schedule.ts';
import { describeWakeups } from './wakeups.ts';

const silent = localLog('error', () => {});

/** A store on a home of its own, and what a crash would leave of it. */
async function makeStore() {
  const root = await mkdtemp(join(tmpdir(), 'postern-contract-'));
  const home = join(root, 'home');
  const opened: LocalStore[] = [await openLocalStore({ home, log: silent })];
  return {
    home,
    store: opened[0]!,
    /** Opens a copy of the files as they are now: nothing that was only in memory is in them. */
    async crash(): Promise<LocalStore> {
      const copy = join(root, `crash-${opened.length}`);
      await cp(home, copy, { recursive: true });
      opened.push(await openLocalStore({ home: copy, log: silent }));
      return opened.at(-1)!;
    },
    /** Closes the home and opens it again. */
    async reopen(): Promise<LocalStore> {
      await Promise.all(opened.map((store) => store.close()));
      opened.push(await openLocalStore({ home, log: silent }));
      return opened.at(-1)!;
    },
    async close() {
      await Promise.all(opened.map((store) => store.close()));
      await rm(root, { recursive: true });
    },
  };
}

describeRecords('local', async () => {
  const { store, crash, close } = await makeStore();
  return { records: store.records, crash: async () => (await crash()).records, close };
});

describeBlobs('local', async () => {
  const { store, crash, close } = await makeStore();
  return { blobs: store.blobs, crash: async () => (await crash()).blobs, close };
});

describeQueue('local', async () => {
  const { store, crash, close } = await makeStore();
  return { queue: store.queues.send, crash: async () => (await crash()).queues.send, step: 250, close };
});

describeSchedule('local', async () => {
  const { store, crash, close } = await makeStore();
  const of = ({ schedule, queues }: LocalStore) => ({ schedule, queue: (name: QueueName) => queues[name] });
  return { ...of(store), crash: async () => of(await crash()), step: 400, close };
});

describeWakeups('local', async () => {
  const { store, close } = await makeStore();
  return { wakeups: store.wakeups, patience: 20, close };
});

/** Every byte under a directory. */
async function bytesUnder(directory: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) parts.push(await readFile(join(entry.parentPath, entry.name)));
  return Buffer.concat(parts);
}

describe('local: beyond the contract', () => {
  let made: Awaited<ReturnType<typeof makeStore>>;
  afterEach(() => made.close());

  test('keys with NUL and other odd characters stay what they are', async () => {
    made = await makeStore();
    const { records } = made.store;
    const sks = ['a', 'a\0', 'a\0b', 'a b', "a'b", 'a\u007f'];
    for (const sk of sks) await records.put({ pk: 'p\0q', sk, body: Buffer.from(sk) }, 'absent');
    expect((await records.query({ pk: 'p\0q' })).items.map(({ sk }) => sk)).toEqual(sks);
    expect(Buffer.from((await records.get('p\0q', 'a\0b'))!.body).toString()).toBe('a\0b');
    expect((await records.query({ pk: 'p' })).items).toEqual([]);
  });

  test('everything in the home is for its owner only', async () => {
    made = await makeStore();
    const { records, blobs } = made.store;
    await records.put({ pk: 'p', sk: 's', body: new Uint8Array(1) }, 'any');
    await blobs.put('raw', pattern(10), { owners: 1 });
    await blobs.put('raw', pattern(300_000), { owners: 1 });
    expect((await stat(made.home)).mode & 0o777).toBe(0o700);
    const entries = await readdir(made.home, { recursive: true });
    expect(entries.length).toBeGreaterThan(8);
    for (const entry of entries) {
      const info = await stat(join(made.home, entry));
      expect([entry, info.mode & 0o777]).toEqual([entry, info.isDirectory() ? 0o700 : 0o600]);
    }
  });

  test('a second process on the same home is turned away with one line', async () => {
    made = await makeStore();
    const error = (await failure(openLocalStore({ home: made.home, log: silent }))) as Error;
    expect(error.message).toMatch(/^another Postern is running on the home .*: stop it/);
    const again = await made.reopen();
    expect(await again.records.get('p', 's')).toBeUndefined();
  });

  test('a home that cannot be made is one line', async () => {
    made = await makeStore();
    const home = join(made.home, 'lock', 'below-a-file');
    const error = (await failure(openLocalStore({ home, log: silent }))) as Error;
    expect(error.message).toMatch(/^cannot write to the home .*below-a-file \(ENOTDIR\): make it writable/);
  });

  test('a home of a newer Postern is not touched', async () => {
    made = await makeStore();
    await made.store.close();
    const database = new DatabaseSync(join(made.home, 'postern.db'));
    database.exec('PRAGMA user_version = 9999');
    database.close();
    const error = (await failure(openLocalStore({ home: made.home, log: silent }))) as Error;
    expect(error.message).toMatch(/format 9999, .*: upgrade Postern$/);
    expect(error.message).not.toContain('\n');
  });

  test('expired items are dropped by the housekeeping, others stay', async () => {
    made = await makeStore();
    const { records } = made.store;
    const now = Math.floor(Date.now() / 1000);
    for (let n = 0; n < 600; n++)
      void records.put({ pk: 'old', sk: `${n}`, body: pattern(1), expires: now - 10 }, 'any');
    await records.put({ pk: 'p', sk: 'new', body: pattern(1), expires: now + 1000 }, 'any');
    await records.put({ pk: 'p', sk: 'ever', body: pattern(1) }, 'any');
    await made.store.housekeep();
    expect((await records.query({ pk: 'old' })).items).toEqual([]);
    expect((await records.query({ pk: 'p' })).items).toHaveLength(2);
  });

  test('jobs of one group do not hold up those of another', async () => {
    made = await makeStore();
    const { deliver } = made.store.queues;
    for (let n = 0; n < 50; n++) await deliver.send(`busy ${n}`, { group: 'busy' });
    await deliver.send('quiet', { group: 'quiet' });
    const jobs = await deliver.receive({ max: 4, visibility: 60, waitSeconds: 0 });
    expect(jobs.map(({ body }) => body)).toContain('quiet');
  });

  test('a send wakes a waiting receiver within milliseconds', async () => {
    made = await makeStore();
    const { deliver } = made.store.queues;
    await deliver.send('warm up');
    await deliver.receive({ max: 1, visibility: 60, waitSeconds: 0 });
    const times: number[] = [];
    for (let n = 0; n < 10; n++) {
      const waiting = deliver.receive({ max: 1, visibility: 60, waitSeconds: 10 });
      const at = performance.now();
      await deliver.send('job');
      await waiting;
      times.push(performance.now() - at);
    }
    expect(times.sort((a, b) => a - b)[5]).toBeLessThan(100);
  });

  test('a job that was in work when the process died does not look new', async () => {
    made = await makeStore();
    await made.store.queues.send.send('poison');
    const after = await made.crash();
    const [job] = await after.queues.send.receive({ max: 1, visibility: 60, waitSeconds: 1 });
    expect(job).toMatchObject({ body: 'poison', attempt: 2 });
    await after.queues.send.retry(job!.handle, 0);
    await made.store.queues.send.delete([
      (await made.store.queues.send.receive({ max: 1, visibility: 1, waitSeconds: 1 }))[0]!.handle,
    ]);
    const cleanly = await made.reopen();
    expect(await cleanly.queues.send.receive({ max: 1, visibility: 60, waitSeconds: 0 })).toEqual([]);
  });

  test('small blobs of one moment share one pack, and a name with a false token reaches nothing', async () => {
    made = await makeStore();
    const { blobs } = made.store;
    const stored = await Promise.all(
      Array.from({ length: 50 }, (_, n) => blobs.put('raw', pattern(100, n), { owners: 1 })),
    );
    expect(await readdir(join(made.home, 'blobs', 'raw', 'packs'))).toHaveLength(1);
    const { name } = stored[7]!;
    const forged = `${name.slice(0, -8)}aaaaaaaa`;
    expect(await failure(blobs.get(forged))).toBeInstanceOf(NotFound);
    await blobs.delete(forged);
    expect(Buffer.compare(await blobs.get(name), pattern(100, 7))).toBe(0);
  });

  test('a torn tail is not listed, and does not hide what was acknowledged', async () => {
    made = await makeStore();
    const stored = await Promise.all([1, 2, 3].map((n) => made.store.blobs.put('raw', pattern(500, n), { owners: 1 })));
    const packs = join(made.home, 'blobs', 'raw', 'packs');
    await made.store.close();
    const [file] = await readdir(packs);
    const whole = await readFile(join(packs, file!));
    // A header and half of the bytes that it announces.
    await appendFile(join(packs, file!), whole.subarray(0, 300));
    const after = await made.reopen();
    const names = (await all(after.blobs.list('raw'))).map((info) => info.name).sort();
    expect(names).toEqual(stored.map(({ name }) => name).sort());
  });

  test('reclaim: not a byte of a deleted blob is left, every other is read under its old name, across restarts', async () => {
    made = await makeStore();
    let store = made.store;
    const secret = (n: number) => Buffer.from(`secret ${n} `.repeat(40));
    const open = (n: number) => Buffer.from(`public ${n} `.repeat(40));
    const kept: string[] = [];
    const dropped: string[] = [];
    const fill = async (from: number, count: number) => {
      for (let n = from; n < from + count; n++) {
        kept.push((await store.blobs.put('raw', open(n), { owners: n })).name);
        dropped.push((await store.blobs.put('raw', secret(n), { owners: 1 })).name);
        dropped.push((await store.blobs.put('raw', secret(n), { owners: 1 })).name);
      }
    };
    const check = async () => {
      for (const [n, name] of kept.entries()) {
        expect(Buffer.from(await store.blobs.get(name)).toString()).toBe(open(n).toString());
        expect((await store.blobs.info(name)).owners).toBe(n);
      }
      for (const name of dropped) expect(await failure(store.blobs.get(name))).toBeInstanceOf(NotFound);
      const listed = (await all(store.blobs.list('raw'))).map((info) => info.name).sort();
      expect(listed).toEqual([...kept].sort());
      expect((await bytesUnder(join(made.home, 'blobs'))).includes('secret')).toBe(false);
      expect((await bytesUnder(join(made.home, 'blobs'))).includes('public')).toBe(kept.length > 0);
    };

    // In the pack that is still written to: overwritten.
    await fill(0, 10);
    await Promise.all(dropped.map((name) => store.blobs.delete(name)));
    await store.blobs.reclaim();
    await check();
    // In a pack that has ended: written anew.
    store = await made.reopen();
    await check();
    const size = async () => (await bytesUnder(join(made.home, 'blobs'))).length;
    const before = await size();
    await store.blobs.reclaim();
    expect(await size()).toBeLessThan(before / 2);
    await check();
    store = await made.reopen();
    await check();
    // A pack that was written anew before, mostly dead again.
    for (const name of kept.splice(3)) {
      await store.blobs.delete(name);
      dropped.push(name);
    }
    await store.blobs.reclaim();
    await check();
    store = await made.reopen();
    await check();
    // Nothing left at all: no pack either.
    for (const name of kept.splice(0)) {
      await store.blobs.delete(name);
      dropped.push(name);
    }
    await check();
    expect(await readdir(join(made.home, 'blobs', 'raw', 'packs'))).toEqual([]);
  });

  test('reclaim beside deletions and reads loses nothing and revives nothing', async () => {
    made = await makeStore();
    const names: string[] = [];
    for (let n = 0; n < 300; n++) names.push((await made.store.blobs.put('log', pattern(700, n), { owners: 1 })).name);
    const store = await made.reopen();
    const gone = new Set<string>();
    const deleteSome = async (share: number) => {
      for (const [n, name] of names.entries())
        if (n % 10 < share && !gone.has(name)) {
          await store.blobs.delete(name);
          gone.add(name);
        }
    };
    await deleteSome(6);
    const reading = (async () => {
      for (let round = 0; round < 3; round++)
        for (const [n, name] of names.entries())
          if (n % 10 >= 9) expect(Buffer.compare(await store.blobs.get(name), pattern(700, n))).toBe(0);
    })();
    await Promise.all([
      store.blobs.reclaim(),
      store.blobs.reclaim(),
      deleteSome(9),
      reading,
      all(store.blobs.list('log')),
    ]);
    await store.blobs.reclaim();
    for (const [n, name] of names.entries()) {
      if (gone.has(name)) expect(await failure(store.blobs.get(name))).toBeInstanceOf(NotFound);
      else expect(Buffer.compare(await store.blobs.get(name), pattern(700, n))).toBe(0);
    }
    expect(await all(store.blobs.list('log'))).toHaveLength(30);
  });
});
