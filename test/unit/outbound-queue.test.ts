import { describe, expect, it } from 'vitest';
import { createQueueAdmin } from '../../mail/outbound/queue-admin.ts';
import { encodeEntry, partition, RECIPIENTS_PER_ENTRY } from '../../mail/outbound/queue-entry.ts';
import { groupRecipients, wireAddress } from '../../mail/outbound/recipients.ts';
import { LIFETIME, nextAttempt } from '../../mail/outbound/retry.ts';
import { create, load, replace } from '../../mail/outbound/store.ts';
import { submit } from '../../mail/outbound/submit.ts';
import { ITEM_LIMIT } from '../../mail/ports/index.ts';
import { Refused } from '../../mail/refused.ts';
import { type Fault, failing } from '../support/failing.ts';
import { outboundWorld, relayError, type World } from '../support/outbound.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

async function queued(world: World, to: readonly string[], change: Parameters<World['message']>[1] = {}) {
  return (await submit(world.deps, await world.message(to, change))).entries[0]!;
}

async function refusal(promise: Promise<unknown>): Promise<string | undefined> {
  return promise.then(
    () => undefined,
    (error: unknown) => (error instanceof Refused ? error.code : String(error)),
  );
}

describe('what an operator does', () => {
  it('lists and shows, page by page, by tenant', async () => {
    const world = outboundWorld();
    const admin = createQueueAdmin(world.deps);
    const ids = new Set<string>();
    for (let i = 0; i < 25; i++) ids.add(await queued(world, [`a@d${i}.test`], { tenant: i < 5 ? 'small' : 'big' }));
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await admin.list({ limit: 10, ...(after === undefined ? {} : { after }) });
      expect(page.entries.length).toBeLessThanOrEqual(10);
      seen.push(...page.entries.map((entry) => entry.id));
      after = page.next;
    } while (after !== undefined);
    expect(seen.length).toBe(25);
    expect(new Set(seen)).toEqual(ids);
    expect((await admin.list({ tenant: 'small' })).entries.length).toBe(5);
    expect(await admin.show(seen[0]!)).toMatchObject({ id: seen[0], state: 'ready', from: 'alice@example.test' });
    expect(await refusal(admin.show('nothing'))).toBe('nonexistent');
    expect(await refusal(admin.list({ after: 'rubbish' }))).toBe('invalid');
    expect(await admin.counts()).toMatchObject({ ready: 25, held: 0 });
  });

  it('retries at once, even where the destination was found dead a moment ago', async () => {
    const world = outboundWorld();
    const admin = createQueueAdmin(world.deps);
    world.answer = () => relayError();
    const id = await queued(world, ['a@one.test']);
    await world.work(world.clock.now() + MINUTE);
    expect((await admin.show(id)).state).toBe('deferred');
    world.answer = () => '250 2.0.0 ok';
    await admin.retry(id);
    await world.work(world.clock.now() + 1000);
    expect(world.taken.length).toBe(1);
    expect(await refusal(admin.retry(id))).toBe('nonexistent');
  });

  it('holds and releases', async () => {
    const world = outboundWorld();
    const admin = createQueueAdmin(world.deps);
    const id = await queued(world, ['a@one.test']);
    expect(await refusal(admin.release(id))).toBe('cannot');
    await admin.hold(id, 'looks odd');
    await world.work(world.clock.now() + HOUR);
    expect(await admin.show(id)).toMatchObject({ state: 'held', reason: 'looks odd' });
    expect(await refusal(admin.retry(id))).toBe('cannot');
    await admin.release(id);
    await world.work(world.clock.now() + MINUTE);
    expect(world.taken.length).toBe(1);
  });

  it('a submission can be queued held', async () => {
    const world = outboundWorld();
    const id = await queued(world, ['a@one.test'], { hold: 'not yet logged' });
    await world.work(world.clock.now() + HOUR);
    expect(world.taken).toEqual([]);
    await createQueueAdmin(world.deps).release(id);
    await world.work(world.clock.now() + MINUTE);
    expect(world.taken.length).toBe(1);
  });

  it('bounces with a report, removes without', async () => {
    const world = outboundWorld();
    const admin = createQueueAdmin(world.deps);
    await admin.bounce(await queued(world, ['a@one.test']));
    await admin.remove(await queued(world, ['b@one.test']));
    await world.work(world.clock.now() + MINUTE);
    const jobs = await world.delivered();
    // Two wake-ups may report at once: the same report, which an account files once.
    expect(new Set(jobs.map((job) => job.id)).size).toBe(1);
    const dsn = Buffer.from(await world.ports.blobs.get(jobs[0]!.blob)).toString();
    expect(dsn).toContain('ended by an administrator');
    expect(dsn).toContain('Status: 5.7.1');
    expect(world.taken).toEqual([]);
    expect(await world.entries()).toEqual([]);
  });

  it('cleans all, but not under the hands of who is sending', async () => {
    const world = outboundWorld();
    const admin = createQueueAdmin(world.deps);
    const busy = await queued(world, ['a@one.test']);
    for (let i = 0; i < 5; i++) await queued(world, [`b@d${i}.test`]);
    const stored = (await load(world.deps.records, busy))!;
    await replace(world.deps.records, world.random, stored, { state: 'sending', until: world.clock.now() + HOUR });
    for (const refused of [admin.retry(busy), admin.hold(busy), admin.bounce(busy), admin.remove(busy)]) {
      expect(await refusal(refused)).toBe('unavailable');
    }
    expect(await admin.clean()).toBe(5);
    expect((await world.entries()).map((entry) => entry.id)).toEqual([busy]);
  });
});

describe('the store', () => {
  const faulty = (world: World, fault: Fault) => {
    let calls = 0;
    const decide = (call: { readonly method: string }) => (call.method === 'put' && ++calls === 1 ? fault : undefined);
    return failing(world.ports, { clock: world.clock, decide }).records;
  };

  it('knows its own write of unknown outcome from another’s', async () => {
    for (const effect of ['none', 'now'] as const) {
      const world = outboundWorld();
      const stored = (await load(world.deps.records, await queued(world, ['a@one.test'])))!;
      const mine = await replace(faulty(world, { kind: 'unknown', effect }), world.random, stored, { state: 'held' });
      expect(mine, effect).toMatchObject({ rev: 1, entry: { state: 'held' } });
      expect(await load(world.deps.records, stored.entry.id)).toEqual(mine);
      expect(await replace(world.deps.records, world.random, stored, { state: 'ready' })).toBeUndefined();
      const late = await replace(faulty(world, { kind: 'unknown', effect: 'none' }), world.random, stored, {});
      expect(late, 'another has written meanwhile').toBeUndefined();
    }
  });

  it('creates once', async () => {
    const world = outboundWorld();
    const { entry } = (await load(world.deps.records, await queued(world, ['a@one.test'])))!;
    expect(await create(world.deps.records, entry)).toBe(false);
    expect(await create(faulty(world, { kind: 'unknown', effect: 'none' }), { ...entry, id: 'other' })).toBe(true);
  });

  it('keeps the largest entry far below the limit of an item', async () => {
    const world = outboundWorld();
    const long = (i: number): string =>
      `${'a'.repeat(60)}${i}@${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(60)}.test`;
    const to = Array.from({ length: RECIPIENTS_PER_ENTRY }, (_, i) => long(i));
    world.answer = () => `450 4.0.0 ${'\u20ac'.repeat(2000)}`;
    const id = await queued(world, to);
    await world.work(world.clock.now() + MINUTE);
    const { entry } = (await load(world.deps.records, id))!;
    expect(entry.recipients.length).toBe(RECIPIENTS_PER_ENTRY);
    expect(encodeEntry(entry).length).toBeLessThan(ITEM_LIMIT / 2);
    expect(partition(id)).toMatch(/^q\/\d{1,2}$/);
  });
});

describe('recipients', () => {
  it('are grouped the same way each time: by domain whatever its case, in slices', () => {
    const many = Array.from({ length: 120 }, (_, i) => `u${i}@Big.Test`);
    const groups = groupRecipients('job', [...many, 'a@one.test', 'a@one.test', 'b@ONE.test.']);
    expect(groups.map((group) => [group.domain, group.recipients.length])).toEqual([
      ['big.test', 50],
      ['big.test', 50],
      ['big.test', 20],
      ['one.test', 2],
    ]);
    expect(new Set(groups.map((group) => group.id)).size).toBe(4);
    expect(groupRecipients('job', [...many, 'a@one.test', 'b@ONE.test.'])).toEqual(groups);
    expect(groupRecipients('other', many)[0]!.id).not.toBe(groups[0]!.id);
  });

  it('go on the wire with A-labels where that saves SMTPUTF8', () => {
    expect(wireAddress('info@b\u00fccher.test')).toBe('info@xn--bcher-kva.test');
    expect(wireAddress('bj\u00f6rn@b\u00fccher.test')).toBe('bj\u00f6rn@b\u00fccher.test');
    expect(wireAddress('a@one.test')).toBe('a@one.test');
  });
});

it('the last attempt is at the end of the lifetime, and none after it', () => {
  const random = { bytes: () => new Uint8Array(), number: () => 0 };
  expect(nextAttempt({ arrived: 0, attempts: 1 }, 0, random)).toBe(15 * MINUTE);
  expect(nextAttempt({ arrived: 0, attempts: 99 }, LIFETIME - MINUTE, random)).toBe(LIFETIME);
  expect(nextAttempt({ arrived: 0, attempts: 99 }, LIFETIME, random)).toBeUndefined();
});
