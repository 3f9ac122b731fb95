import { expect, it } from 'vitest';
import { work } from '../../mail/inbound/work.ts';
import type { ReceivedJob } from '../../mail/ports/index.ts';
import { memoryPorts, silentLog } from '../support/memory.ts';
import { SimClock } from '../support/simclock.ts';
import { SimRandom } from '../support/simrandom.ts';

function rig(handler: (jobs: readonly ReceivedJob[]) => Promise<readonly string[]>, batch = 10, concurrency = 2) {
  const clock = new SimClock();
  const queue = memoryPorts({ clock, random: new SimRandom(1) }).queues.deliver;
  const stop = new AbortController();
  const working = work(queue, handler, { clock, log: silentLog, signal: stop.signal, batch, concurrency });
  return { clock, queue, stop, working };
}

it('works every job off, in batches, some at once', async () => {
  const done: string[] = [];
  let atOnce = 0;
  let most = 0;
  const { clock, queue, stop, working } = rig(async (jobs) => {
    atOnce++;
    most = Math.max(most, atOnce);
    expect(jobs.length).toBeLessThanOrEqual(10);
    await clock.sleep(100);
    done.push(...jobs.map((job) => job.body));
    atOnce--;
    return [];
  });
  for (let i = 0; i < 50; i++) await queue.send(String(i));
  await clock.advance(10_000);
  expect(done.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
  expect(most).toBe(2);
  await clock.advance(600_000);
  expect(done).toHaveLength(50);
  stop.abort();
  await clock.run(working);
});

it('has what failed come again, later and later', async () => {
  const tries: number[] = [];
  const { clock, queue, stop, working } = rig(async (jobs) => {
    tries.push(clock.now());
    if (tries.length === 2) throw new Error('bug');
    return tries.length < 4 ? jobs.map((job) => job.handle) : [];
  });
  await queue.send('x');
  await clock.advance(3_600_000);
  expect(tries).toHaveLength(4);
  const waits = tries.slice(1).map((at, i) => Math.round((at - tries[i]!) / 1000));
  expect(waits).toEqual([1, 2, 4]);
  stop.abort();
  await clock.run(working);
});

it('finishes the batch at hand when it is stopped', async () => {
  let finished = false;
  const { clock, queue, stop, working } = rig(async () => {
    await clock.sleep(5_000);
    finished = true;
    return [];
  });
  await queue.send('x');
  await clock.advance(1_000);
  stop.abort();
  await clock.run(working);
  expect(finished).toBe(true);
  expect(await queue.receive({ max: 1, visibility: 1, waitSeconds: 0 })).toEqual([]);
});
