import { describe, expect, test } from 'vitest';
import { failure } from '../contracts/harness.ts';
import { SimClock, Stuck } from '../support/simclock.ts';
import { SimRandom } from '../support/simrandom.ts';

describe('the simulated clock', () => {
  test('jumps from timer to timer, in order of time, then of setting', async () => {
    const clock = new SimClock(1000);
    const seen: string[] = [];
    const worker = async (name: string, ms: number) => {
      for (let n = 0; n < 2; n++) {
        await clock.sleep(ms);
        seen.push(`${name}${clock.now()}`);
      }
    };
    await clock.run(Promise.all([worker('a', 3_600_000), worker('b', 1_800_000), worker('c', 1_800_000)]));
    expect(seen).toEqual(['b1801000', 'c1801000', 'a3601000', 'b3601000', 'c3601000', 'a7201000']);
  });

  test('gives the outcome, good or bad', async () => {
    const clock = new SimClock();
    expect(await clock.run(clock.sleep(5).then(() => 'done'))).toBe('done');
    const reason = new Error('no');
    expect(await failure(clock.run(clock.sleep(5).then(() => Promise.reject(reason))))).toBe(reason);
  });

  test('says when nothing can happen any more, or too much does', async () => {
    const clock = new SimClock();
    expect(await failure(clock.run(new Promise(() => {})))).toBeInstanceOf(Stuck);
    expect(await failure(clock.run(clock.sleep(1000), 999))).toBeInstanceOf(Stuck);
    const tick = () => clock.after(10, tick);
    tick();
    expect(await failure(clock.runUntilIdle(10_000))).toBeInstanceOf(Stuck);
  });

  test('an aborted sleep rejects at once with the reason, a cancelled action never runs', async () => {
    const clock = new SimClock(0);
    const stop = new AbortController();
    const sleeping = failure(clock.sleep(1000, stop.signal));
    let ran = false;
    const cancel = clock.after(10, () => {
      ran = true;
    });
    cancel();
    clock.after(5, () => stop.abort('enough'));
    expect(await clock.run(sleeping)).toBe('enough');
    expect(clock.now()).toBe(5);
    expect(await failure(clock.sleep(1, stop.signal))).toBe('enough');
    await clock.runUntilIdle(2000);
    expect(ran).toBe(false);
  });

  test('advance lets exactly so much pass', async () => {
    const clock = new SimClock(0);
    const seen: number[] = [];
    const tick = () => {
      seen.push(clock.now());
      clock.after(10, tick);
    };
    tick();
    await clock.advance(35);
    expect(seen).toEqual([0, 10, 20, 30]);
    expect(clock.now()).toBe(35);
  });
});

describe('the simulated randomness', () => {
  test('a seed and label repeat, others differ', () => {
    const draw = (seed: number, label?: string) => Buffer.from(new SimRandom(seed, label).bytes(16)).toString('hex');
    expect(draw(7)).toBe(draw(7));
    expect(draw(7, 'a')).toBe(draw(7, 'a'));
    expect(new Set([draw(7), draw(8), draw(7, 'a'), draw(7, 'b'), draw(7 + 2 ** 32)]).size).toBe(5);
  });

  test('numbers are spread evenly over their range', () => {
    const random = new SimRandom(3);
    const counts = new Array<number>(10).fill(0);
    for (let n = 0; n < 10_000; n++) counts[random.int(10)]! += 1;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});
