/** What every adapter of Queue must do (mail/ports/queue.ts). Each test has a queue of its own, empty. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { JOB_LIMIT, type Queue, type ReceivedJob, TooLarge } from '../../mail/ports/index.ts';
import { failure, sleep, type UnderTest } from './harness.ts';

export interface QueueUnderTest extends UnderTest {
  readonly queue: Queue;
  /** What a new process finds when this one dies now. Absent where nothing outlives the process. */
  readonly crash?: () => Promise<Queue>;
}

const LONG = 60;

export function describeQueue(name: string, make: () => Promise<QueueUnderTest>): void {
  describe(`queue: ${name}`, () => {
    let under: QueueUnderTest;
    let queue: Queue;
    beforeEach(async () => {
      under = await make();
      queue = under.queue;
    });
    afterEach(() => under.close());

    /** The shortest time that the store can tell, in seconds. */
    const step = () => (under.step ?? 1000) / 1000;
    /** Lets a little more than so many steps pass. */
    const pass = (steps: number) => (under.pass ?? sleep)((steps + 0.2) * step() * 1000);
    const receive = (from: Queue = queue, max = 10) => from.receive({ max, visibility: LONG, waitSeconds: 0 });

    /** Receives until `count` jobs have come; a store may give fewer at a time than it has. */
    async function collect(count: number, from: Queue = queue): Promise<ReceivedJob[]> {
      const jobs: ReceivedJob[] = [];
      for (let tries = 0; jobs.length < count && tries < count + 10; tries++)
        jobs.push(...(await from.receive({ max: 10, visibility: LONG, waitSeconds: step() })));
      return jobs;
    }

    const bodies = (jobs: readonly ReceivedJob[]) => jobs.map(({ body }) => body).sort();

    test('a job is received with its body, once while it is hidden, never after it is deleted', async () => {
      await queue.send('{"hello":"wörld ☃"}');
      const [job] = await collect(1);
      expect(job).toMatchObject({ body: '{"hello":"wörld ☃"}', attempt: 1 });
      expect(await receive()).toEqual([]);
      await queue.delete([job!.handle]);
      await pass(1);
      expect(await receive()).toEqual([]);
    });

    test('a job that is not deleted comes again when its visibility is over, and counts', async () => {
      await queue.send('again');
      const [first] = await queue.receive({ max: 1, visibility: step(), waitSeconds: step() });
      expect(first!.attempt).toBe(1);
      expect(await receive()).toEqual([]);
      await pass(1);
      const [second] = await collect(1);
      expect(second).toMatchObject({ body: 'again', attempt: 2 });
      await queue.delete([second!.handle]);
    });

    test('retry brings a job back at once, or after its delay', async () => {
      await queue.send('one');
      const [first] = await collect(1);
      await queue.retry(first!.handle, 0);
      const [second] = await collect(1);
      expect(second).toMatchObject({ body: 'one', attempt: 2 });
      await queue.retry(second!.handle, step());
      expect(await receive()).toEqual([]);
      await pass(1);
      expect((await collect(1))[0]).toMatchObject({ body: 'one', attempt: 3 });
    });

    test('a delayed job comes when its delay is over, not before; others are not held up', async () => {
      await queue.send('later', { delaySeconds: step() });
      await queue.send('now');
      expect(bodies(await collect(1))).toEqual(['now']);
      expect(await receive()).toEqual([]);
      await pass(1);
      expect(bodies(await collect(1))).toEqual(['later']);
    });

    test('no more than asked for', async () => {
      for (let n = 0; n < 5; n++) await queue.send(`job ${n}`);
      const jobs = await receive(queue, 2);
      expect(jobs.length).toBeGreaterThan(0);
      expect(jobs.length).toBeLessThanOrEqual(2);
    });

    test('every job goes to one of many workers', async () => {
      const sent = Array.from({ length: 60 }, (_, n) => `job ${n}`).sort();
      await Promise.all(sent.map((body, n) => queue.send(body, n % 3 === 0 ? { group: `g${n % 2}` } : {})));
      const received: ReceivedJob[] = [];
      await Promise.all(
        Array.from({ length: 5 }, async () => {
          while (received.length < sent.length) {
            const jobs = await queue.receive({ max: 7, visibility: LONG, waitSeconds: 0 });
            received.push(...jobs);
            if (jobs.length === 0) await sleep(5);
          }
        }),
      );
      expect(bodies(received)).toEqual(sent);
      await queue.delete(received.map(({ handle }) => handle));
      await pass(1);
      expect(await receive()).toEqual([]);
    });

    test('a waiting receiver gets what is sent meanwhile', async () => {
      const waiting = queue.receive({ max: 1, visibility: LONG, waitSeconds: 10 });
      await sleep(30);
      await queue.send('news');
      expect(bodies(await waiting)).toEqual(['news']);
    });

    test('a receiver that waited in vain gets nothing', async () => {
      expect(await queue.receive({ max: 1, visibility: LONG, waitSeconds: step() })).toEqual([]);
    });

    test('an aborted receiver ends at once and takes nothing with it', async () => {
      const stop = new AbortController();
      const waiting = queue.receive({ max: 1, visibility: LONG, waitSeconds: 20, signal: stop.signal });
      await sleep(30);
      const at = Date.now();
      stop.abort();
      expect(await waiting).toEqual([]);
      expect(Date.now() - at).toBeLessThan(1000);
      expect(await queue.receive({ max: 1, visibility: LONG, waitSeconds: 20, signal: stop.signal })).toEqual([]);
      await queue.send('still here');
      expect(bodies(await collect(1))).toEqual(['still here']);
    });

    test('a body up to the limit is taken, one over it refused', async () => {
      const large = 'ü'.repeat(JOB_LIMIT / 2 - 1000);
      await queue.send(large);
      expect((await collect(1))[0]!.body).toBe(large);
      expect(await failure(queue.send('ü'.repeat(JOB_LIMIT / 2 + 1)))).toBeInstanceOf(TooLarge);
      expect(await receive()).toEqual([]);
    });

    test('after a crash every job that was not deleted comes, those in work too', async ({ skip }) => {
      if (under.crash === undefined) skip();
      for (const body of ['waiting', 'in work', 'also in work']) await queue.send(body);
      await queue.send('not yet', { delaySeconds: 60 });
      await queue.receive({ max: 2, visibility: LONG, waitSeconds: 1 });
      const after = await under.crash!();
      expect(bodies(await collect(3, after))).toEqual(['also in work', 'in work', 'waiting']);
      expect(await receive(after)).toEqual([]);
    });
  });
}
