/** How fast the embedded store makes things durable, 20 callers at once. `node test/bench/store.ts`, or `run()`. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalStore, localLog, openLocalStore } from '../../adapters/local/index.ts';

const CALLERS = 20;
const ENTRY_BYTES = 1500;
const MESSAGE_BYTES = 5 * 1024;

interface Result {
  readonly what: string;
  readonly perSecond: number;
  readonly median: number;
  readonly p99: number;
  readonly longest: number;
}

/** Calls `once` `count` times from CALLERS callers, each waiting for its own; times in milliseconds. */
async function measure(
  what: string,
  count: number,
  once: (caller: number, n: number) => Promise<void>,
): Promise<Result> {
  const times: number[] = [];
  let started = 0;
  const begin = performance.now();
  await Promise.all(
    Array.from({ length: CALLERS }, async (_, caller) => {
      while (started < count) {
        const n = started++;
        const at = performance.now();
        await once(caller, n);
        times.push(performance.now() - at);
      }
    }),
  );
  const perSecond = (count * 1000) / (performance.now() - begin);
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(share * (times.length - 1))]!;
  return { what, perSecond, median: at(0.5), p99: at(0.99), longest: at(1) };
}

async function measureAll(store: LocalStore): Promise<Result[]> {
  const body = new Uint8Array(ENTRY_BYTES).map((_, i) => i * 7);
  const message = new Uint8Array(MESSAGE_BYTES).map((_, i) => i * 11);
  const key = (n: number) => String(n).padStart(12, '0');
  const names: string[] = [];
  const results = [
    await measure('records: conditional put, 1.5 KB', 40_000, (caller, n) =>
      store.records.put({ pk: `account-${caller}`, sk: key(n), body }, 'absent'),
    ),
    await measure('records: get', 40_000, async (caller, n) => {
      await store.records.get(`account-${caller}`, key(n));
    }),
    await measure('blobs: put, 5 KB', 20_000, async () => {
      names.push((await store.blobs.put('raw', message, { owners: 1 })).name);
    }),
    await measure('blobs: get, 5 KB', 20_000, async (_, n) => {
      await store.blobs.get(names[n]!);
    }),
    await measure('queue: send', 20_000, () => store.queues.compact.send(key(1))),
  ];
  let delivered = 0;
  results.push(
    await measure('blob, job, receive, append, delete', 20_000, async () => {
      const { name } = await store.blobs.put('raw', message, { owners: 1 });
      await store.queues.deliver.send(name);
      const [job] = await store.queues.deliver.receive({ max: 1, visibility: 60, waitSeconds: 5 });
      await store.blobs.get(job!.body);
      const n = delivered++;
      await store.records.put({ pk: `box-${n % 10}`, sk: key(n), body }, 'absent');
      await store.queues.deliver.delete([job!.handle]);
    }),
  );
  return results;
}

/** Measures on a home of its own, which it removes, and prints a table. */
export async function run(): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'postern-bench-'));
  const store = await openLocalStore({ home, log: localLog('warn') });
  try {
    console.log(`${CALLERS} callers, every write durable`);
    console.table(
      (await measureAll(store)).map(({ what, perSecond, median, p99, longest }) => ({
        what,
        'per second': Math.round(perSecond),
        'median ms': Number(median.toFixed(2)),
        'p99 ms': Number(p99.toFixed(2)),
        'longest ms': Number(longest.toFixed(1)),
      })),
    );
  } finally {
    await store.close();
    await rm(home, { recursive: true });
  }
}

if (import.meta.main) await run();
