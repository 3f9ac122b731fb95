/** The queue on SQS and the schedule on EventBridge, where the services have their own ideas. */
import { beforeEach, describe, expect, test } from 'vitest';
import { type Aws, openAws } from '../../adapters/aws/index.ts';
import { JOB_LIMIT, OutcomeUnknown, type Queue, Unavailable } from '../../mail/ports/index.ts';
import { AwsFake } from '../support/aws-fake.ts';
import { SkippingClock } from '../support/skipping-clock.ts';

let clock: SkippingClock;
let fake: AwsFake;
let aws: Aws;
let queue: Queue;
beforeEach(() => {
  clock = new SkippingClock();
  fake = new AwsFake({ clock });
  aws = openAws(fake.config());
  queue = aws.queues.deliver;
});

const take = (max = 10) => queue.receive({ max, visibility: 60, waitSeconds: 0 });

async function handles(count: number): Promise<string[]> {
  for (let n = 0; n < count; n++) await queue.send(`{"n":${n}}`);
  const found: string[] = [];
  while (found.length < count) found.push(...(await take()).map(({ handle }) => handle));
  return found;
}

describe('delete', () => {
  test('goes in tens', async () => {
    await queue.delete(await handles(25));
    expect(fake.calls.get('sqs.DeleteMessageBatch')).toBe(3);
    await clock.skip(61_000);
    expect(await take()).toEqual([]);
  });

  test('of nothing makes no call', async () => {
    await queue.delete([]);
    expect(fake.total).toBe(0);
  });

  test('tries again what failed of a batch, and only that', async () => {
    const found = await handles(10);
    fake.sqs.failDeletes = 4;
    await queue.delete(found);
    expect(fake.calls.get('sqs.DeleteMessageBatch')).toBe(2);
    await clock.skip(61_000);
    expect(await take()).toEqual([]);
  });

  test('says so when it does not succeed', async () => {
    const found = await handles(2);
    fake.sqs.failDeletes = 99;
    await expect(queue.delete(found)).rejects.toBeInstanceOf(OutcomeUnknown);
  });

  test('with a handle that is no handle does not hold up the others', async () => {
    const found = await handles(1);
    await queue.delete(['nonsense', ...found]);
    await clock.skip(61_000);
    expect(await take()).toEqual([]);
  });
});

describe('retry', () => {
  test('of what is deleted, or visible already, changes nothing and succeeds', async () => {
    const [handle = ''] = await handles(1);
    await clock.skip(61_000);
    await queue.retry(handle, 5);
    const [again] = await take();
    await queue.delete([again?.handle ?? '']);
    await queue.retry(again?.handle ?? '', 5);
    await queue.retry('nonsense', 5);
    expect(await take()).toEqual([]);
  });
});

describe('send', () => {
  test('keeps characters that SQS would replace: as JSON they mean the same', async () => {
    const job = { text: 'a\u0000b\u001fc\ufffed\uffff\ud800 😀 \u007f\u0085' };
    await queue.send(JSON.stringify(job));
    const [received] = await take();
    expect(JSON.parse(received?.body ?? '')).toEqual(job);
  });

  test('of a body at the limit is within that of SQS', async () => {
    await queue.send('x'.repeat(JOB_LIMIT), { group: 'tenant' });
    expect((await take())[0]?.body.length).toBe(JOB_LIMIT);
  });

  test('with a delay that a queue cannot keep is a fault of the caller', async () => {
    await expect(queue.send('{}', { delaySeconds: 901 })).rejects.toBeInstanceOf(RangeError);
    await expect(queue.send('{}', { delaySeconds: Number.NaN })).rejects.toBeInstanceOf(RangeError);
    expect(fake.total).toBe(0);
  });

  test('throttled for good is Unavailable; its answer lost for good is unknown', async () => {
    fake.failNext('sqs.SendMessage', 'throttle', 9);
    await expect(queue.send('{}')).rejects.toBeInstanceOf(Unavailable);
    fake.fault = () => 'timeout-after';
    await expect(queue.send('{}')).rejects.toBeInstanceOf(OutcomeUnknown);
  });

  test('a busy group does not hold up a quiet one', async () => {
    for (let n = 0; n < 30; n++) await queue.send(`busy ${n}`, { group: 'busy' });
    await queue.send('quiet', { group: 'quiet' });
    expect((await take(2)).map(({ body }) => body)).toContain('quiet');
  });
});

describe('schedule', () => {
  const scheduled = () => [...fake.scheduler.schedules.entries()];

  test('is never early: to the next whole second', async () => {
    const at = Math.ceil((clock.now() + 600_000) / 1000) * 1000 + 1;
    await aws.schedule.at('a', at, 'send', 'wake');
    expect(scheduled()).toMatchObject([['a', { at: at + 999, input: 'wake' }]]);
  });

  test('for a moment that has passed is for one soon', async () => {
    await aws.schedule.at('a', 0, 'send', 'wake');
    const soon = (scheduled()[0]?.[1].at ?? 0) - clock.now();
    expect(soon).toBeGreaterThan(20_000);
    expect(soon).toBeLessThanOrEqual(60_000);
  });

  test('that fires between finding and replacing it is made anew', async () => {
    await aws.schedule.at('a', clock.now() + 600_000, 'send', 'first');
    fake.fault = ({ operation }) => {
      // The one that is there fires after the conflict and before the update.
      if (operation === 'scheduler.UpdateSchedule') void clock.skip(601_000);
      return undefined;
    };
    await aws.schedule.at('a', clock.now() + 900_000, 'send', 'second');
    expect(fake.calls.get('scheduler.CreateSchedule')).toBe(3);
    expect(scheduled()).toMatchObject([['a', { input: 'second' }]]);
  });

  test('whose answer is lost is repeated by the SDK and stands once', async () => {
    fake.failNext('scheduler.CreateSchedule', 'timeout-after');
    await aws.schedule.at('a', clock.now() + 600_000, 'send', 'wake');
    expect(scheduled()).toHaveLength(1);
  });

  test('wants an id that EventBridge takes', async () => {
    await expect(aws.schedule.at('not/an id', 0, 'send', 'x')).rejects.toBeInstanceOf(TypeError);
    expect(fake.total).toBe(0);
  });
});
