import { describe, expect, it } from 'vitest';
import { CompactionRequests, compactionJob } from '../../mail/account/compaction-request.ts';
import type { Clock, Log, Queue } from '../../mail/ports/index.ts';

function requests(send: Queue['send']) {
  const time = { now: 1_000_000 };
  const warned: string[] = [];
  const clock = { now: () => time.now } as Clock;
  const log = { warn: (event: string) => warned.push(event) } as unknown as Log;
  return { time, warned, made: new CompactionRequests({ queue: { send } as Queue, clock, log }) };
}

describe('CompactionRequests', () => {
  it('asks once a minute for an account, however often its tail is found long', async () => {
    const sent: string[] = [];
    const { made, time } = requests(async (body) => void sent.push(compactionJob.parse(JSON.parse(body)).account));
    for (const account of ['a', 'a', 'b', 'a']) made.ask(account);
    await made.settled();
    expect(sent).toEqual(['a', 'b']);
    time.now += 59_000;
    made.ask('a');
    time.now += 2_000;
    made.ask('a');
    await made.settled();
    expect(sent).toEqual(['a', 'b', 'a']);
  });

  it('is settled only when every request has been sent', async () => {
    let release = () => {};
    const { made } = requests(
      () =>
        new Promise((resolve) => {
          release = resolve;
        }),
    );
    made.ask('a');
    let settled = false;
    const waiting = made.settled().then(() => {
      settled = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(settled).toBe(false);
    release();
    await waiting;
    expect(settled).toBe(true);
  });

  it('logs a request that could not be sent, and goes on', async () => {
    const { made, warned } = requests(() => Promise.reject(new Error('throttled')));
    made.ask('a');
    await made.settled();
    expect(warned).toEqual(['compaction.notAsked']);
  });

  it('remembers a bounded number of accounts', async () => {
    let sent = 0;
    const { made } = requests(async () => void sent++);
    for (let i = 0; i <= 10_000; i++) made.ask(`a${i}`);
    made.ask('a10000');
    made.ask('a0');
    await made.settled();
    expect(sent).toBe(10_002);
  });
});
