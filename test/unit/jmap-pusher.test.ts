/** Of several processes of one store one pushes to devices; functions that hold no connections create the subscriptions. */
import { afterEach, expect, test } from 'vitest';
import { localRandom } from '../../adapters/local/index.ts';
import { createJmap, type Jmap } from '../../mail/jmap/http.ts';
import { Lease } from '../../mail/jmap/push/lease.ts';
import { OutcomeUnknown, type PushServices, type Records } from '../../mail/ports/index.ts';
import { type JmapWorld, type Json, jmapWorld, lines, NOBODY } from '../support/jmap.ts';
import { memoryPorts, silentLog } from '../support/memory.ts';
import { SkippingClock } from '../support/skipping-clock.ts';

const MESSAGE = lines('From: a@example.com', 'Subject: News', '', 'Text');

class Task implements PushServices {
  readonly posts: Json[] = [];
  readonly jmap: Jmap;
  #isDead = false;

  constructor(own: JmapWorld) {
    const { records } = own.ports;
    const alive = <T>(call: () => Promise<T>) => (this.#isDead ? Promise.reject(new Error('no answer')) : call());
    const mine: Records = {
      get: (...args) => alive(() => records.get(...args)),
      put: (...args) => alive(() => records.put(...args)),
      delete: (...args) => alive(() => records.delete(...args)),
      query: (...args) => alive(() => records.query(...args)),
    };
    this.jmap = createJmap({
      ...own,
      ...own.ports,
      records: mine,
      random: localRandom,
      log: silentLog,
      hostname: 'mail.example.test',
      pushServices: this,
      sharesPushing: true,
      directory: NOBODY,
    });
  }

  async post(_url: string, _headers: unknown, body: Uint8Array) {
    this.posts.push(JSON.parse(Buffer.from(body).toString()));
    return { status: 201 };
  }

  /** The store answers it no more. */
  die(): void {
    this.#isDead = true;
  }
}

const open: Jmap[] = [];
afterEach(() => {
  for (const jmap of open.splice(0)) jmap.stop();
});

/** A function that answers methods, and tasks. */
async function world(tasks: number) {
  const own = await jmapWorld({ sharesPushing: true });
  const made: Task[] = [];
  for (let i = 0; i < tasks; i++) {
    made.push(new Task(own));
    await settled();
  }
  open.push(own.jmap, ...made.map(({ jmap }) => jmap));
  const ask = async (args: Json): Promise<Json> => (await own.request([['PushSubscription/set', args]]))[0]![1];
  /** So much time passes, in steps shorter than any timer. */
  async function pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 1_000) {
      await own.clock.skip(1_000);
      await settled();
    }
  }
  /** A device whose subscription is verified by what was pushed to it. */
  async function subscribe(): Promise<string> {
    const create = { a: { deviceClientId: 'd', url: 'https://example.com/push', types: ['Email'] } };
    const { created } = await ask({ create });
    await pass(11_000);
    const posts = made.flatMap((task) => task.posts.splice(0));
    expect(posts).toEqual([
      { '@type': 'PushVerification', pushSubscriptionId: created.a.id, verificationCode: expect.any(String) },
    ]);
    await ask({ update: { [created.a.id]: { verificationCode: posts[0]!.verificationCode } } });
    await pass(11_000);
    return created.a.id;
  }
  const pushed = () => made.map((task) => task.posts.splice(0).map((post) => post['@type']));
  return { ...own, made, ask, pass, subscribe, pushed };
}

async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}

test('one task verifies and pushes what a function was asked for; the others do nothing', async () => {
  const own = await world(3);
  const id = await own.subscribe();
  expect(own.pushed().flat()).toEqual([]);
  await own.file(MESSAGE);
  await own.pass(2_000);
  expect(own.pushed()).toEqual([['StateChange'], [], []]);
  await own.ask({ destroy: [id] });
  await own.pass(11_000);
  await own.file(MESSAGE);
  await own.pass(2_000);
  expect(own.pushed().flat()).toEqual([]);
});

test('another goes on where the one stops, and tells what came meanwhile', async () => {
  const own = await world(2);
  await own.subscribe();
  own.made[0]!.jmap.stop();
  await own.file(MESSAGE);
  await own.pass(12_000);
  expect(own.pushed()).toEqual([[], ['StateChange']]);
  await own.file(MESSAGE);
  await own.pass(2_000);
  expect(own.pushed()).toEqual([[], ['StateChange']]);
});

test('one that the store does not answer pushes for half a minute at most, and another within one: never both', async () => {
  const own = await world(2);
  await own.subscribe();
  own.made[0]!.die();
  await own.pass(41_000);
  await own.file(MESSAGE);
  await own.pass(2_000);
  expect(own.pushed()).toEqual([[], []]);
  await own.pass(22_000);
  expect(own.pushed()).toEqual([[], ['StateChange']]);
});

test('an account creates 20 subscriptions in an hour, whichever process it asks', async () => {
  const own = await world(0);
  const create = { a: { deviceClientId: 'd', url: 'https://example.com/push', types: null } };
  for (let i = 0; i < 20; i++) {
    const { created } = await own.ask({ create });
    await own.ask({ destroy: [created.a.id] });
  }
  expect((await own.ask({ create })).notCreated.a.type).toBe('rateLimit');
  await own.pass(0);
  await own.clock.skip(3_600_000);
  expect((await own.ask({ create })).created).toHaveProperty('a');
});

test('a lease is held by one of many at a time, though writes are lost and answers come late', async () => {
  const clock = new SkippingClock();
  const { records } = memoryPorts({ clock, random: localRandom });
  let calls = 0;
  // Each third write takes effect, and its answer gets lost; each seventh call fails.
  const failing: Records = {
    ...records,
    get: (...args) => (++calls % 7 === 0 ? Promise.reject(new Error('no answer')) : records.get(...args)),
    delete: (...args) => records.delete(...args),
    query: (...args) => records.query(...args),
    async put(...args) {
      if (++calls % 7 === 0) throw new Error('no answer');
      await records.put(...args);
      if (calls % 3 === 0) throw new OutcomeUnknown('lost');
    },
  };
  let taken = 0;
  const on = { taken: () => void taken++, lost: () => undefined };
  const leases = Array.from(
    { length: 5 },
    () => new Lease({ records: failing, clock, random: localRandom, log: silentLog }, 'x', on),
  );
  let held = 0;
  for (let second = 0; second < 1_200; second++) {
    await clock.skip(1_000);
    await new Promise((resolve) => setImmediate(resolve));
    const holders = leases.filter((lease) => lease.isHeld);
    expect(holders.length).toBeLessThanOrEqual(1);
    held += holders.length;
    if (second % 200 === 199) await holders[0]?.stop();
  }
  expect(taken).toBeGreaterThan(1);
  // Somebody has it most of the time.
  expect(held).toBeGreaterThan(600);
  for (const lease of leases) await lease.stop();
});
