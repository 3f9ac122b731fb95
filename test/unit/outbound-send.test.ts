import { describe, expect, it } from 'vitest';
import { listReleased, sweepReleased } from '../../mail/blobs/release.ts';
import { createSend } from '../../mail/outbound/send.ts';
import { submit } from '../../mail/outbound/submit.ts';
import { sweepQueue } from '../../mail/outbound/sweep.ts';
import { type RelayAttempt, SesError } from '../../mail/ports/index.ts';
import { outboundWorld, relayError, type World } from '../support/outbound.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

async function send(world: World, to: readonly string[], change: Parameters<World['message']>[1] = {}) {
  const outgoing = await world.message(to, change);
  await submit(world.deps, outgoing);
  return outgoing;
}

async function dsnOf(world: World): Promise<string> {
  const [job] = await world.delivered();
  expect(job).toMatchObject({ from: '', via: 'local', deliveries: [{ account: 'alice' }] });
  return Buffer.from(await world.ports.blobs.get(job!.blob)).toString();
}

describe('delivery', () => {
  it('makes one entry a domain, sends each, and leaves nothing behind but the released blob', async () => {
    const world = outboundWorld();
    const { blob } = await send(world, ['a@one.test', 'b@two.test', 'c@one.test']);
    const entries = await world.entries();
    expect(entries.map((entry) => entry.domain).sort()).toEqual(['one.test', 'two.test']);
    await world.work(world.clock.now() + MINUTE);
    expect(world.attempts.map((attempt) => [attempt.host, attempt.to])).toContainEqual([
      'mx.one.test',
      ['a@one.test', 'c@one.test'],
    ]);
    expect(world.taken.map((one) => one.recipient).sort()).toEqual(['a@one.test', 'b@two.test', 'c@one.test']);
    expect(await world.entries()).toEqual([]);
    expect(world.ports.queues.send.size).toBe(0);
    const released = [];
    for await (const one of listReleased(world.ports.records)) released.push(one);
    expect(released).toMatchObject([{ blob, owners: entries.map((entry) => `q/${entry.id}`).sort() }]);
  });

  it('hands local recipients to deliver, with a blob of their own', async () => {
    const world = outboundWorld();
    const { blob } = await send(world, ['bob@example.test', 'a@one.test']);
    const [job] = await world.delivered();
    expect(job).toMatchObject({
      deliveries: [{ account: 'bob', recipient: 'bob@example.test' }],
      from: 'alice@example.test',
    });
    expect(job!.blob).not.toBe(blob);
    expect((await world.ports.blobs.info(job!.blob)).owners).toBe(1);
    expect((await world.entries()).map((entry) => entry.domain)).toEqual(['one.test']);
  });

  it('hands recipients of two tenants to deliver as two jobs, each with its own copy, and again as the same two', async () => {
    const world = outboundWorld({
      resolve: (address) => {
        const account = address.split('@')[0]!;
        const tenant = account === 'carol' ? 'other' : 'default';
        return { kind: 'local', tenant, deliveries: [{ account }], relay: [] };
      },
    });
    const outgoing = await send(world, ['bob@example.test', 'carol@other.test']);
    await submit(world.deps, outgoing);
    const jobs = await world.delivered();
    expect(jobs.map(({ tenant, deliveries }) => [tenant, deliveries.map(({ account }) => account)])).toEqual([
      ['default', ['bob']],
      ['other', ['carol']],
      ['default', ['bob']],
      ['other', ['carol']],
    ]);
    expect(new Set(jobs.map(({ id }) => id)).size).toBe(2);
    expect(new Set(jobs.map(({ blob }) => blob)).size).toBe(4);
  });

  it('reports an address of ours that does not exist', async () => {
    const world = outboundWorld();
    await send(world, ['nobody@example.test']);
    await world.work(world.clock.now() + MINUTE);
    const dsn = await dsnOf(world);
    expect(dsn).toContain('Final-Recipient: rfc822; nobody@example.test');
    expect(dsn).toContain('Status: 5.1.1');
    expect(world.attempts).toEqual([]);
    expect(await world.entries()).toEqual([]);
  });

  it('delivers some, tries the deferred again, and reports the refused at once', async () => {
    const world = outboundWorld();
    let later = '451 4.2.0 busy';
    world.answer = (to) =>
      to.startsWith('no') ? '550 5.1.1 no such user' : to.startsWith('later') ? later : '250 2.0.0 ok';
    await send(world, ['yes@one.test', 'no@one.test', 'later@one.test']);
    await world.work(world.clock.now() + MINUTE);
    expect(world.taken.map((one) => one.recipient)).toEqual(['yes@one.test']);
    expect((await world.entries())[0]).toMatchObject({
      state: 'deferred',
      attempts: 1,
      reports: 1,
      failed: [],
      recipients: [{ address: 'later@one.test', last: { code: 451, enhanced: '4.2.0', text: 'busy' } }],
    });
    const dsn = await dsnOf(world);
    expect(dsn).toContain('no@one.test');
    expect(dsn).not.toContain('later@one.test');
    later = '250 2.0.0 ok';
    await world.work(world.clock.now() + 16 * MINUTE);
    expect(world.attempts.map((attempt) => attempt.to)).toEqual([
      ['yes@one.test', 'no@one.test', 'later@one.test'],
      ['later@one.test'],
    ]);
    expect(await world.entries()).toEqual([]);
    expect(await world.delivered()).toEqual([]);
  });

  it('sends the rest soon when the server takes only so many recipients at a time', async () => {
    const world = outboundWorld();
    let left = 2;
    world.answer = () => (left-- > 0 ? '250 2.0.0 ok' : '452 4.5.3 too many recipients');
    await send(world, ['a@one.test', 'b@one.test', 'c@one.test', 'd@one.test']);
    const start = world.clock.now();
    const answer = world.answer;
    world.answer = (to, attempt) => {
      if (to === attempt.envelope.to[0]) left = 2;
      return answer(to, attempt);
    };
    await world.work(start + 2 * MINUTE);
    expect(world.taken.map((one) => one.recipient)).toEqual(['a@one.test', 'b@one.test', 'c@one.test', 'd@one.test']);
  });
});

describe('the schedule', () => {
  it('tries at 15 m, 30 m, 1 h, 2 h, then every 4 h to 5 days, then tells the sender', async () => {
    const world = outboundWorld();
    world.answer = () => '450 4.2.1 the mailbox is busy';
    const start = world.clock.now();
    await send(world, ['a@one.test']);
    await world.work(start + 6 * DAY);
    const gaps = world.attempts.slice(1).map((attempt, i) => (attempt.at - world.attempts[i]!.at) / MINUTE);
    const wanted = [15, 30, 60, 120];
    gaps.slice(0, -1).forEach((gap, i) => {
      const interval = wanted[i] ?? 240;
      expect(gap, `gap ${i}`).toBeGreaterThanOrEqual(interval * 0.94);
      expect(gap, `gap ${i}`).toBeLessThanOrEqual(interval + 1);
    });
    expect(world.attempts.length).toBeGreaterThan(30);
    const last = world.attempts.at(-1)!.at - start;
    expect(last).toBeGreaterThanOrEqual(5 * DAY);
    expect(last).toBeLessThanOrEqual(5 * DAY + MINUTE);
    const dsn = await dsnOf(world);
    expect(dsn).toContain('Status: 4.2.1');
    expect(dsn).toContain('Diagnostic-Code: smtp; 450 4.2.1 the mailbox is busy');
    expect(dsn).toContain('until its time was up');
    expect(await world.entries()).toEqual([]);
  });

  it('never reports to the null sender', async () => {
    const world = outboundWorld();
    world.answer = () => '550 5.1.1 no';
    await send(world, ['a@one.test'], { from: '' });
    await world.work(world.clock.now() + MINUTE);
    expect(await world.delivered()).toEqual([]);
    expect(await world.entries()).toEqual([]);
    expect(world.attempts.length).toBe(1);
  });

  it('reports to a sender elsewhere by the same way, once, from the null sender', async () => {
    const world = outboundWorld();
    world.answer = (to) => (to === 'a@one.test' ? '550 5.1.1 no' : '250 2.0.0 ok');
    await send(world, ['a@one.test'], { from: 'carol@two.test', via: 'mx' });
    await world.work(world.clock.now() + MINUTE);
    expect(world.taken).toMatchObject([{ recipient: 'carol@two.test', from: '' }]);
    expect(world.taken[0]!.bytes).toContain('multipart/report');
    expect(await world.entries()).toEqual([]);
  });
});

describe('repetition', () => {
  it('a repeated submission sends once, before and after the message is gone', async () => {
    const world = outboundWorld();
    const outgoing = await send(world, ['a@one.test']);
    await submit(world.deps, outgoing);
    await world.work(world.clock.now() + MINUTE);
    await submit(world.deps, outgoing);
    await world.work(world.clock.now() + MINUTE);
    expect(world.taken.length).toBe(1);
    expect(await world.entries()).toEqual([]);
  });

  it('two workers with the same wake-up send once; the loser looks again when the lease is over', async () => {
    const world = outboundWorld();
    await send(world, ['a@one.test']);
    const [job] = await world.ports.queues.send.receive({ max: 1, visibility: 60, waitSeconds: 0 });
    const first = createSend(world.deps);
    const second = createSend(world.deps);
    const failed = await world.clock.run(Promise.all([first([job!, job!]), second([job!])]));
    expect(failed.flat()).toEqual([]);
    expect(world.attempts.length).toBe(1);
  });

  it('takes over from a worker that died, when its lease is over', async () => {
    const world = outboundWorld();
    let dead = true;
    world.answer = () => (dead ? relayError() : '250 2.0.0 ok');
    await send(world, ['a@one.test']);
    const stuck = { ...world.deps, relay: { deliver: () => new Promise<never>(() => {}) } };
    const [job] = await world.ports.queues.send.receive({ max: 1, visibility: 60, waitSeconds: 0 });
    void createSend(stuck)([job!]);
    await world.clock.advance(1000);
    dead = false;
    expect((await world.entries())[0]?.state).toBe('sending');
    await world.work(world.clock.now() + 19 * MINUTE);
    expect(world.taken).toEqual([]);
    await world.work(world.clock.now() + 3 * MINUTE);
    expect(world.taken.length).toBe(1);
    expect(await world.entries()).toEqual([]);
  });

  it('gives the job back when the store does not answer, and counts no attempt', async () => {
    const world = outboundWorld();
    await send(world, ['a@one.test']);
    const broken = {
      ...world.deps,
      directory: { ...world.deps.directory, routes: () => Promise.reject(new Error('down')) },
    };
    const jobs = await world.ports.queues.send.receive({ max: 1, visibility: 60, waitSeconds: 0 });
    expect(await createSend(broken)(jobs)).toEqual([jobs[0]!.handle]);
    expect((await world.entries())[0]).toMatchObject({ state: 'ready', attempts: 0 });
  });

  it('holds an entry whose message is gone', async () => {
    const world = outboundWorld();
    const { blob } = await send(world, ['a@one.test']);
    await world.ports.blobs.delete(blob);
    await world.work(world.clock.now() + MINUTE);
    expect((await world.entries())[0]).toMatchObject({ state: 'held', reason: 'The stored message is missing' });
    expect(world.logged.some((line) => line.event === 'outbound.blob-missing')).toBe(true);
  });
});

describe('stopping', () => {
  it('puts what nobody has answered for back at once, and keeps what a server may have taken', async () => {
    for (const opened of [false, true]) {
      const stop = new AbortController();
      const world = outboundWorld({ config: { stop: stop.signal } });
      const hanging = {
        ...world.deps,
        relay: {
          deliver: (attempt: RelayAttempt) =>
            new Promise<never>((_resolve, reject) => {
              const stage = opened ? 'sent' : 'greeting';
              attempt.signal?.addEventListener('abort', () => reject(relayError({ stage, enhanced: '4.4.2' })));
            }),
        },
      };
      await send(world, ['a@one.test']);
      const jobs = await world.ports.queues.send.receive({ max: 1, visibility: 60, waitSeconds: 0 });
      const handler = createSend(hanging);
      const running = handler(jobs);
      await world.clock.advance(1000);
      stop.abort();
      expect(await world.clock.run(running)).toEqual(opened ? [] : [jobs[0]!.handle]);
      expect((await world.entries())[0]).toMatchObject(
        opened ? { state: 'deferred', attempts: 1 } : { state: 'ready', attempts: 0 },
      );
      expect(await handler(jobs)).toEqual(opened ? [] : [jobs[0]!.handle]);
    }
  });
});

describe('the sweeper', () => {
  it('takes back at once what a dead process was sending, where there is no other', async () => {
    const world = outboundWorld();
    await send(world, ['a@one.test']);
    const jobs = await world.ports.queues.send.receive({ max: 1, visibility: 60, waitSeconds: 0 });
    void createSend({ ...world.deps, relay: { deliver: () => new Promise<never>(() => {}) } })(jobs);
    await world.clock.advance(1000);
    expect(await sweepQueue(world.deps, { grace: 0 })).toMatchObject({ woken: 0 });
    expect(await sweepQueue(world.deps, { grace: 0, alone: true })).toMatchObject({ woken: 1 });
    await world.work(world.clock.now() + 1000);
    expect(world.taken.length).toBe(1);
  });

  it('finds an entry whose wake-up was lost', async () => {
    const world = outboundWorld();
    await send(world, ['a@one.test']);
    const jobs = await world.ports.queues.send.receive({ max: 10, visibility: 60, waitSeconds: 0 });
    await world.ports.queues.send.delete(jobs.map((job) => job.handle));
    expect(await sweepQueue(world.deps)).toEqual({ seen: 1, woken: 0, unknown: 0 });
    await world.clock.advance(11 * MINUTE);
    expect(await sweepQueue(world.deps)).toEqual({ seen: 1, woken: 1, unknown: 0 });
    await world.work(world.clock.now() + MINUTE);
    expect(world.taken.length).toBe(1);
  });

  it('leaves an entry of a later format alone and says so', async () => {
    const world = outboundWorld();
    await world.ports.records.put({ pk: 'q/3', sk: 'abc', body: Buffer.from('{"v":2}') }, 'absent');
    await world.clock.advance(DAY);
    expect(await sweepQueue(world.deps)).toEqual({ seen: 1, woken: 0, unknown: 1 });
  });

  it('deletes a blob when all have released it and the retention is over', async () => {
    const world = outboundWorld();
    const { blob } = await send(world, ['a@one.test', 'b@two.test']);
    world.answer = (to) => (to === 'a@one.test' ? '250 2.0.0 ok' : '450 4.0.0 later');
    await world.work(world.clock.now() + MINUTE);
    await world.clock.advance(DAY);
    expect(await sweepReleased(world.deps, world.clock.now(), HOUR)).toEqual({ deleted: 0 });
    world.answer = () => '250 2.0.0 ok';
    await world.work(world.clock.now() + MINUTE);
    expect(await sweepReleased(world.deps, world.clock.now(), HOUR)).toEqual({ deleted: 0 });
    await world.clock.advance(HOUR);
    expect(await sweepReleased(world.deps, world.clock.now(), HOUR)).toEqual({ deleted: 1 });
    await expect(world.ports.blobs.info(blob)).rejects.toThrow();
    for await (const left of listReleased(world.ports.records)) expect(left).toBeUndefined();
  });
});

describe('destinations', () => {
  it('limits deliveries to one destination without holding up another', async () => {
    const world = outboundWorld({ config: { destinations: { concurrency: 2, firstPause: 1000, longestPause: 1000 } } });
    let active = 0;
    let most = 0;
    const slow = { deliver: world.deps.relay.deliver };
    const deps = {
      ...world.deps,
      relay: {
        async deliver(attempt: Parameters<typeof slow.deliver>[0]) {
          if (!attempt.host.endsWith('slow.test')) return slow.deliver(attempt);
          most = Math.max(most, ++active);
          await world.clock.sleep(10_000);
          active--;
          return slow.deliver(attempt);
        },
      },
    };
    for (let i = 0; i < 6; i++) await send(world, [`a${i}@slow.test`]);
    await send(world, ['b@fast.test']);
    const handler = createSend(deps);
    const jobs = await world.ports.queues.send.receive({ max: 10, visibility: 60, waitSeconds: 0 });
    expect(jobs.length).toBe(7);
    const start = world.clock.now();
    const running = jobs.map((job) => handler([job]));
    await world.clock.advance(1);
    expect(world.taken.map((one) => one.recipient)).toEqual(['b@fast.test']);
    await world.clock.run(Promise.all(running));
    await world.ports.queues.send.delete(jobs.map((job) => job.handle));
    expect(most).toBe(2);
    await world.work(start + 5 * MINUTE, deps);
    expect(world.taken.length).toBe(7);
    expect(most).toBeLessThanOrEqual(2);
  });

  it('does not call a dead destination for every message, and calls again after a pause', async () => {
    const world = outboundWorld();
    world.answer = () => relayError();
    for (let i = 0; i < 20; i++) await send(world, [`a${i}@dead.test`]);
    const handler = createSend(world.deps);
    for (let i = 0; i < 20; i++) {
      const jobs = await world.ports.queues.send.receive({ max: 1, visibility: 60, waitSeconds: 0 });
      await world.clock.run(handler(jobs));
      await world.ports.queues.send.delete(jobs.map((job) => job.handle));
    }
    expect(world.attempts.length).toBe(1);
    world.answer = () => '250 2.0.0 ok';
    await world.work(world.clock.now() + 20 * MINUTE);
    expect(world.taken.length).toBe(20);
  });
});

describe('routes', () => {
  const smarthost = {
    kind: 'smarthost',
    host: 'relay.test',
    port: 587,
    tls: 'required',
    user: 'u',
    password: 'p',
  } as const;

  it('waits for a route where none is configured', async () => {
    const world = outboundWorld({ routes: [] });
    await send(world, ['a@one.test']);
    await world.work(world.clock.now() + MINUTE);
    expect((await world.entries())[0]).toMatchObject({
      state: 'deferred',
      recipients: [{ last: { enhanced: '4.3.5' } }],
    });
  });

  it('goes on to the next route when one cannot be reached, in order', async () => {
    const world = outboundWorld({ routes: [{ kind: 'mx' }, smarthost] });
    world.answer = (_to, attempt) => (attempt.host === 'relay.test' ? '250 2.0.0 ok' : relayError());
    await send(world, ['a@one.test']);
    await world.work(world.clock.now() + MINUTE);
    expect(world.attempts.map((attempt) => attempt.host)).toEqual(['mx.one.test', 'relay.test']);
    expect(world.taken.length).toBe(1);
  });

  it('asks nobody else once the server may have the message, or has refused the recipient', async () => {
    for (const answer of [relayError({ stage: 'sent', enhanced: '4.4.2' }), '550 5.1.1 no', '450 4.2.0 greylisted']) {
      const world = outboundWorld({ routes: [{ kind: 'mx' }, smarthost] });
      world.answer = () => answer;
      await send(world, ['a@one.test'], { from: '' });
      await world.work(world.clock.now() + MINUTE);
      expect(world.attempts.map((attempt) => attempt.host)).toEqual(['mx.one.test']);
    }
  });

  it('gives a smarthost what it needs', async () => {
    const world = outboundWorld({ routes: [smarthost] });
    let seen: unknown;
    world.answer = (_to, attempt) => {
      seen = attempt;
      return '250 2.0.0 ok';
    };
    await send(world, ['a@one.test']);
    await world.work(world.clock.now() + MINUTE);
    expect(seen).toMatchObject({
      host: 'relay.test',
      port: 587,
      tls: 'required',
      auth: { user: 'u', password: 'p' },
      heloName: 'mail.example.test',
      envelope: { from: 'alice@example.test', to: ['a@one.test'] },
    });
  });

  it('sends by SES, and tells its errors apart', async () => {
    const sent: unknown[] = [];
    let failure: SesError | undefined;
    const ses = {
      async send(from: string, to: readonly string[], bytes: Uint8Array) {
        if (failure !== undefined) throw failure;
        sent.push([from, to, bytes.length]);
        return { id: 'ses-1' };
      },
    };
    const world = outboundWorld({ routes: [{ kind: 'ses' }], ses });
    failure = new SesError({ permanent: false, code: '4.3.2', text: 'throttled' });
    await send(world, ['a@one.test', 'b@one.test']);
    await world.work(world.clock.now() + MINUTE);
    expect((await world.entries())[0]?.state).toBe('deferred');
    failure = undefined;
    await world.work(world.clock.now() + 16 * MINUTE);
    expect(sent).toEqual([['alice@example.test', ['a@one.test', 'b@one.test'], expect.any(Number)]]);
    failure = new SesError({ permanent: true, code: '5.6.0', text: 'The address is not verified' });
    await send(world, ['a@one.test']);
    await world.work(world.clock.now() + MINUTE);
    expect(await dsnOf(world)).toContain('The address is not verified');
  });

  it('asks for SMTPUTF8 only where addresses or header need it', async () => {
    const needs: boolean[] = [];
    const world = outboundWorld();
    world.answer = (_to, attempt) => {
      needs.push(attempt.envelope.smtputf8);
      return '250 2.0.0 ok';
    };
    await send(world, ['a@one.test'], { smtputf8: true });
    await world.work(world.clock.now() + MINUTE);
    await send(world, ['bj\u00f6rn@one.test'], { smtputf8: true });
    await world.work(world.clock.now() + MINUTE);
    const { name, size } = await world.ports.blobs.put('raw', Buffer.from('Subject: \u00e4\r\n\r\n'), { owners: 1 });
    await submit(world.deps, { ...(await world.message(['a@one.test'], { smtputf8: true })), blob: name, size });
    await world.work(world.clock.now() + MINUTE);
    expect(needs).toEqual([false, true, true]);
  });
});
