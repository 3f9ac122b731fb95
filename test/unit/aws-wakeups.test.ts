/** Wake-ups over AppSync Events: signatures, the registry, what is published and what is not, broken sockets. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Aws, openAws } from '../../adapters/aws/index.ts';
import { jsonLog } from '../../adapters/aws/log.ts';
import { WakeRegistry } from '../../adapters/aws/wake-registry.ts';
import { signatureProblem } from '../support/aws/sigv4.ts';
import { AwsFake } from '../support/aws-fake.ts';
import { SkippingClock } from '../support/skipping-clock.ts';

let clock: SkippingClock;
let fake: AwsFake;
let lines: string[];
let opened: Aws[];
beforeEach(() => {
  clock = new SkippingClock();
  fake = new AwsFake({ clock });
  lines = [];
  opened = [];
});
afterEach(async () => {
  for (const aws of opened) await aws.close();
  expect(fake.violations).toEqual([]);
});

/** A process that listens, or only publishes. */
function open(overrides: object = {}): Aws {
  const aws = openAws({ ...fake.config({ log: jsonLog({ write: (line) => lines.push(line) }) }), ...overrides });
  opened.push(aws);
  return aws;
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries > 300) throw new Error('it did not come to pass');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Subscribes, and waits until the registry says so. */
async function listen(aws: Aws, account: string): Promise<{ heard: number[]; stop: () => void }> {
  const heard: number[] = [];
  await aws.wakeups.start();
  const before = fake.dynamodb.size;
  const stop = aws.wakeups.subscribe(account, (seq) => heard.push(seq));
  await until(() => fake.dynamodb.size > before);
  return { heard, stop };
}

describe('publishing', () => {
  test('reaches the tasks that listen for the account, and no other', async () => {
    const [one, two, three, sender] = [open(), open(), open(), open()];
    const first = await listen(one, 'alice');
    const second = await listen(two, 'alice');
    const other = await listen(three, 'bob');
    await sender.wakeups.publish('alice', 42);
    await until(() => first.heard.length + second.heard.length === 2);
    expect([first.heard, second.heard, other.heard]).toEqual([[42], [42], []]);
    const channels = [one, two].map(({ wakeups }) => `/t/${wakeups.taskId}`).sort();
    expect(fake.appsync.published.map(({ channel }) => channel).sort()).toEqual(channels);
  });

  test('costs one query when nobody listens; one query and one event when somebody does; then one event', async () => {
    const [listener, sender] = [open(), open()];
    await sender.wakeups.publish('alice', 1);
    expect([...fake.calls]).toEqual([['dynamodb.Query', 1]]);
    await listen(listener, 'alice');
    fake.reset();
    await sender.wakeups.publish('alice', 2);
    expect(Object.fromEntries(fake.calls)).toEqual({ 'dynamodb.Query': 1, 'appsync.Publish': 1 });
    fake.reset();
    await sender.wakeups.publish('alice', 3);
    expect(Object.fromEntries(fake.calls)).toEqual({ 'appsync.Publish': 1 });
    await clock.skip(16_000);
    fake.reset();
    await sender.wakeups.publish('alice', 4);
    expect(Object.fromEntries(fake.calls)).toEqual({ 'dynamodb.Query': 1, 'appsync.Publish': 1 });
  });

  test('within the process needs no event', async () => {
    const aws = open();
    const { heard } = await listen(aws, 'alice');
    await aws.wakeups.publish('alice', 5);
    await until(() => heard.length > 0);
    expect(heard).toEqual([5]);
    expect(fake.appsync.published).toEqual([]);
  });

  test('in quick succession is gathered: the last seq is always told', async () => {
    const [listener, sender] = [open(), open()];
    const { heard } = await listen(listener, 'alice');
    fake.latencyMs = 5;
    await Promise.all(Array.from({ length: 200 }, (_, n) => sender.wakeups.publish('alice', n + 1)));
    await until(() => heard.includes(200));
    expect(fake.appsync.published.length).toBe(2);
  });

  test('never throws: what is lost is logged', async () => {
    const sender = open();
    await listen(open(), 'alice');
    for (const fault of ['throttle', 'lost', 'error', 'refused'] as const) {
      fake.failNext('appsync.Publish', fault);
      await sender.wakeups.publish('alice', 1);
    }
    fake.failNext('dynamodb.Query', 'error', 9);
    await sender.wakeups.publish('bob', 1);
    expect(lines.filter((line) => line.includes('wakeups.lost'))).toHaveLength(5);
  });

  test('with the wrong secret is refused', async () => {
    await listen(open(), 'alice');
    const thief = open({ credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'guessed' } });
    await thief.wakeups.publish('alice', 1);
    expect(fake.appsync.published).toEqual([]);
    expect(lines.at(-1)).toContain('the signature does not match');
    expect(lines.join()).not.toContain('guessed');
  });
});

describe('the registry', () => {
  test('forgets an account a minute after its last listener', async () => {
    const [listener, sender] = [open(), open()];
    const { stop } = await listen(listener, 'alice');
    stop();
    const again = listener.wakeups.subscribe('alice', () => undefined);
    await clock.skip(61_000);
    expect(fake.dynamodb.size).toBe(1);
    again();
    await clock.skip(61_000);
    await until(() => fake.dynamodb.size === 0);
    await sender.wakeups.publish('alice', 1);
    expect(fake.appsync.published).toEqual([]);
  });

  test('does not name a task whose lease has ended, and renews that of one that lives', async () => {
    const alive = open();
    await listen(alive, 'alice');
    const registry = new WakeRegistry(alive.records, clock);
    await registry.register('alice', 'deadtask');
    expect((await registry.tasksOf('alice')).toSorted()).toEqual(['deadtask', alive.wakeups.taskId].toSorted());
    const puts = fake.calls.get('dynamodb.PutItem') ?? 0;
    await clock.skip(1_801_000);
    await until(() => (fake.calls.get('dynamodb.PutItem') ?? 0) > puts);
    await clock.skip(1_801_000);
    expect(await registry.tasksOf('alice')).toEqual([alive.wakeups.taskId]);
  });

  test('is written again when the first write failed', async () => {
    const aws = open();
    await aws.wakeups.start();
    fake.failNext('dynamodb.PutItem', 'throttle');
    aws.wakeups.subscribe('alice', () => undefined);
    await until(() => lines.some((line) => line.includes('wakeups.unregistered')));
    expect(fake.dynamodb.size).toBe(0);
    await clock.skip(11_000);
    await until(() => fake.dynamodb.size === 1);
  });

  test('is empty after a clean end', async () => {
    const aws = open();
    await listen(aws, 'alice');
    await aws.close();
    expect(fake.dynamodb.size).toBe(0);
    expect(fake.appsync.sockets.size).toBe(0);
  });
});

describe('a socket', () => {
  test('that is cut is opened again, and the listeners are told that they may have missed something', async () => {
    const [listener, sender] = [open(), open()];
    const { heard } = await listen(listener, 'alice');
    fake.appsync.cutSockets();
    await sender.wakeups.publish('alice', 1);
    await clock.skip(1000);
    await until(() => heard.length > 0);
    expect(heard).toEqual([Number.POSITIVE_INFINITY]);
    await sender.wakeups.publish('alice', 2);
    await until(() => heard.length > 1);
    expect(heard.at(-1)).toBe(2);
  });

  test('that cannot be opened is tried again, ever more slowly', async () => {
    fake.appsync.refuseSockets = true;
    const aws = open();
    const started = aws.wakeups.start();
    const waits = () =>
      lines.filter((line) => line.includes('wakeups.disconnected')).map((line) => Number(JSON.parse(line).retryMs));
    for (let attempt = 1; attempt <= 9; attempt++) {
      await until(() => waits().length === attempt);
      if (attempt === 9) fake.appsync.refuseSockets = false;
      await clock.skip(60_000);
    }
    for (const [n, wait] of waits().entries()) {
      const longest = Math.min(60_000, 500 * 2 ** n);
      expect(wait).toBeGreaterThanOrEqual(longest / 2 - 1);
      expect(wait).toBeLessThanOrEqual(longest + 1);
    }
    await started;
  });

  test('that falls silent is given up; one that keeps alive is not', async () => {
    const { heard } = await listen(open(), 'alice');
    const [socket] = fake.appsync.sockets;
    await clock.skip(290_000);
    socket?.receive({ type: 'ka' });
    await clock.skip(290_000);
    expect(heard).toEqual([]);
    await clock.skip(11_000);
    expect(fake.appsync.sockets.has(socket!)).toBe(false);
    await clock.skip(1000);
    await until(() => heard.length === 1);
  });

  test('ignores what is not an event of ours', async () => {
    const { heard } = await listen(open(), 'alice');
    const [socket] = fake.appsync.sockets;
    for (const event of [
      '"text"',
      '{}',
      '{"account":1,"seq":2}',
      '{"account":"alice","seq":"7"}',
      'not json',
      'null',
    ]) {
      socket?.receive({ type: 'data', id: 'wakeups', event });
    }
    socket?.receive({ type: 'data', id: 'wakeups', event: ['{"account":"alice","seq":8}'] });
    socket?.receive({ type: 'something new' });
    expect(heard).toEqual([8]);
  });
});

describe('the check of signatures', () => {
  // The published example of Signature Version 4's test suite, "post-vanilla".
  const example = {
    method: 'POST',
    path: '/',
    headers: {
      host: 'example.amazonaws.com',
      'x-amz-date': '20150830T123600Z',
      authorization:
        'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, ' +
        'Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
    },
    body: '',
  };
  const key = { secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', region: 'us-east-1', service: 'service' };

  test('accepts the example, and nothing that differs from it', () => {
    expect(signatureProblem(example, key)).toBeUndefined();
    expect(signatureProblem({ ...example, body: 'x' }, key)).toBe('the signature does not match');
    expect(signatureProblem({ ...example, path: '/x' }, key)).toBe('the signature does not match');
    expect(signatureProblem(example, { ...key, secret: 'x' })).toBe('the signature does not match');
    expect(signatureProblem(example, { ...key, service: 'appsync' })).toBe('signed for service in us-east-1');
  });
});
