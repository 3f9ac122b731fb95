import { beforeEach, describe, expect, test } from 'vitest';
import { OutcomeUnknown, Unavailable } from '../../mail/ports/index.ts';
import { failure } from '../contracts/harness.ts';
import { type Call, Crash, type FailingPorts, type Fault, failing } from '../support/failing.ts';
import { type MemoryPorts, memoryPorts } from '../support/memory.ts';
import { SimClock } from '../support/simclock.ts';
import { SimRandom } from '../support/simrandom.ts';

const body = new Uint8Array([1]);

describe('the failing adapter', () => {
  let clock: SimClock;
  let inner: MemoryPorts;
  let ports: FailingPorts;
  let next: Fault | undefined;
  let calls: Call[];

  const wrap = () =>
    failing(inner, {
      clock,
      decide: (call) => {
        calls.push(call);
        const fault = next;
        next = undefined;
        return fault;
      },
    });
  beforeEach(() => {
    clock = new SimClock();
    inner = memoryPorts({ clock, random: new SimRandom(1) });
    calls = [];
    next = undefined;
    ports = wrap();
  });
  const put = (sk = 'a') => ports.records.put({ pk: 'p', sk, body }, 'absent');
  const there = async (sk = 'a') => (await inner.records.get('p', sk)) !== undefined;

  test('tells what is called', async () => {
    await put();
    await ports.queues.send.send('job');
    expect(calls).toEqual([
      { port: 'records', method: 'put', subject: 'p a', number: 1 },
      { port: 'queue', method: 'send', subject: 'send', number: 2 },
    ]);
  });

  test('unavailable: nothing is written', async () => {
    next = { kind: 'unavailable' };
    expect(await failure(put())).toBeInstanceOf(Unavailable);
    expect(await there()).toBe(false);
    await put();
    expect(await there()).toBe(true);
  });

  test('unknown: without effect, with it, and with it later', async () => {
    next = { kind: 'unknown', effect: 'none' };
    expect(await failure(put('none'))).toBeInstanceOf(OutcomeUnknown);
    next = { kind: 'unknown', effect: 'now' };
    expect(await failure(put('now'))).toBeInstanceOf(OutcomeUnknown);
    next = { kind: 'unknown', effect: 'later', ms: 100 };
    expect(await failure(put('later'))).toBeInstanceOf(OutcomeUnknown);
    expect([await there('none'), await there('now'), await there('later')]).toEqual([false, true, false]);
    await clock.advance(100);
    expect([await there('none'), await there('now'), await there('later')]).toEqual([false, true, true]);
  });

  test('unknown: what comes late still obeys its condition, and carries the bytes of its call', async () => {
    const mine = new Uint8Array([7]);
    next = { kind: 'unknown', effect: 'later', ms: 100 };
    await failure(ports.records.put({ pk: 'p', sk: 'a', body: mine }, 'absent'));
    next = { kind: 'unknown', effect: 'later', ms: 200 };
    await failure(put());
    mine.fill(0);
    await clock.advance(300);
    expect((await inner.records.get('p', 'a'))!.body).toEqual(new Uint8Array([7]));
  });

  test('a read has no effect to be unknown', async () => {
    next = { kind: 'unknown', effect: 'now' };
    expect(await failure(ports.records.get('p', 'a'))).toBeInstanceOf(Unavailable);
    await inner.queues.send.send('job');
    next = { kind: 'unknown', effect: 'now' };
    const options = { max: 1, visibility: 30, waitSeconds: 0 };
    expect(await failure(ports.queues.send.receive(options))).toBeInstanceOf(Unavailable);
    expect(await ports.queues.send.receive(options)).toEqual([]);
    await clock.advance(30_000);
    expect(await ports.queues.send.receive(options)).toMatchObject([{ body: 'job', attempt: 2 }]);
  });

  test('delay: before the effect and before the reply', async () => {
    next = { kind: 'delay', ms: 50, replyMs: 50 };
    let replied = false;
    const writing = put().then(() => {
      replied = true;
    });
    await clock.advance(49);
    expect([await there(), replied]).toEqual([false, false]);
    await clock.advance(1);
    expect([await there(), replied]).toEqual([true, false]);
    await clock.run(writing);
    expect(replied).toBe(true);
  });

  test('twice: a job comes twice, a record is written once', async () => {
    next = { kind: 'twice' };
    await ports.queues.deliver.send('job');
    expect(inner.queues.deliver.size).toBe(2);
    next = { kind: 'twice' };
    await put();
    expect(await there()).toBe(true);
  });

  test('crash: before or after the effect, and nothing more from then on', async () => {
    next = { kind: 'crash', when: 'before' };
    expect(await failure(put())).toBeInstanceOf(Crash);
    expect(await there()).toBe(false);
    expect(ports.crashed).toBe(true);
    expect(await failure(ports.records.get('p', 'a'))).toBeInstanceOf(Crash);
    expect(await failure(ports.blobs.put('raw', body, { owners: 1 }))).toBeInstanceOf(Crash);
    expect(await failure(ports.queues.send.send('x'))).toBeInstanceOf(Crash);
    expect(await failure(ports.schedule.cancel('x'))).toBeInstanceOf(Crash);
    expect(await failure(ports.wakeups.publish('a', 1))).toBeInstanceOf(Crash);
    ports = wrap();
    next = { kind: 'crash', when: 'after' };
    expect(await failure(put())).toBeInstanceOf(Crash);
    expect(await there()).toBe(true);
  });

  test('crash: who waits learns nothing, leases nothing, hears nothing', async () => {
    const receiving = failure(ports.queues.send.receive({ max: 1, visibility: 30, waitSeconds: 20 }));
    const heard: number[] = [];
    ports.wakeups.subscribe('account', (seq) => heard.push(seq));
    next = { kind: 'delay', ms: 10 };
    const writing = failure(put());
    ports.crash();
    expect(await clock.run(receiving)).toBeInstanceOf(Crash);
    expect(await clock.run(writing)).toBeInstanceOf(Crash);
    await inner.queues.send.send('job');
    await inner.wakeups.publish('account', 1);
    await clock.advance(100);
    expect(await there()).toBe(false);
    expect(heard).toEqual([]);
    expect(await inner.queues.send.receive({ max: 1, visibility: 30, waitSeconds: 0 })).toHaveLength(1);
  });

  test('a lost event is not an error', async () => {
    const heard: number[] = [];
    ports.wakeups.subscribe('account', (seq) => heard.push(seq));
    next = { kind: 'unavailable' };
    await ports.wakeups.publish('account', 1);
    await ports.wakeups.publish('account', 2);
    await clock.advance(0);
    expect(heard).toEqual([2]);
  });

  test('a stream breaks off in its middle', async () => {
    const { name } = await ports.blobs.put('raw', new Uint8Array(200_000), { owners: 1 });
    let read = 0;
    const reading = (async () => {
      for await (const chunk of ports.blobs.stream(name)) {
        read += chunk.length;
        next = { kind: 'unavailable' };
      }
    })();
    expect(await failure(reading)).toBeInstanceOf(Unavailable);
    expect(read).toBeGreaterThan(0);
    expect(read).toBeLessThan(200_000);
  });
});
