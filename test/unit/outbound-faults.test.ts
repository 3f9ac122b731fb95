import { describe, expect, it } from 'vitest';
import { inboundJob } from '../../mail/inbound/job.ts';
import { createSend } from '../../mail/outbound/send.ts';
import { submit } from '../../mail/outbound/submit.ts';
import { sweepQueue } from '../../mail/outbound/sweep.ts';
import { type Call, type Fault, failing } from '../support/failing.ts';
import { MESSAGE, outboundWorld, type World } from '../support/outbound.ts';

const MINUTE = 60_000;

/**
 * One message to two domains, of which one recipient is refused, while `decide` fails the first process. Then a second process
 * carries on in peace. Gives what came of it.
 */
async function history(decide: (call: Call, world: World) => Fault | undefined) {
  const world = outboundWorld();
  world.answer = (to) => (to === 'no@one.test' ? '550 5.1.1 no such user' : '250 2.0.0 ok');
  const outgoing = await world.message(['yes@one.test', 'no@one.test', 'b@two.test']);
  // Two owners: one entry a domain.
  const { name } = await world.ports.blobs.put('raw', Buffer.from(MESSAGE), { owners: 2 });
  const message = { ...outgoing, blob: name };

  const broken = failing(world.ports, { decide: (call) => decide(call, world), clock: world.clock });
  const first = world.on(broken);
  const attempt = (async () => {
    await submit(first, message);
    const handler = createSend(first);
    for (;;) {
      const jobs = await broken.queues.send.receive({ max: 10, visibility: 120, waitSeconds: 0 });
      if (jobs.length === 0) return;
      const failed = await handler(jobs);
      await broken.queues.send.delete(jobs.map((job) => job.handle).filter((handle) => !failed.includes(handle)));
    }
  })();
  await world.clock.run(attempt.catch(() => {}));
  broken.crash();
  // Who submitted it does not know whether it was taken, and does it again.
  await submit(world.deps, message);
  const end = world.clock.now() + 90 * MINUTE;
  while (world.clock.now() < end) {
    await world.work(world.clock.now() + 15 * MINUTE);
    await sweepQueue(world.deps);
  }
  return { world, outcome: await outcomeOf(world) };
}

async function outcomeOf(world: World) {
  const reports = new Map<string, string>();
  for (const job of await world.delivered()) {
    // A delivery id is filed once, however often the job comes.
    reports.set(job.id, Buffer.from(await world.ports.blobs.get(job.blob)).toString());
  }
  const times = (recipient: string): number => world.taken.filter((one) => one.recipient === recipient).length;
  return {
    yes: times('yes@one.test'),
    b: times('b@two.test'),
    reports: [...reports.values()],
    left: await world.entries(),
  };
}

/** How many calls an undisturbed first process makes. */
async function countCalls(): Promise<Call[]> {
  const calls: Call[] = [];
  const { outcome } = await history((call) => {
    calls.push(call);
    return undefined;
  });
  expect(outcome).toMatchObject({ yes: 1, b: 1, left: [] });
  expect(outcome.reports.length).toBe(1);
  return calls;
}

function check(outcome: Awaited<ReturnType<typeof outcomeOf>>, label: string, most: number): void {
  expect(outcome.left, label).toEqual([]);
  for (const times of [outcome.yes, outcome.b]) {
    expect(times, label).toBeGreaterThanOrEqual(1);
    expect(times, label).toBeLessThanOrEqual(most);
  }
  // One report of the refusal for each time that the remote server gave it, the same one when it is repeated.
  expect(new Set(outcome.reports).size, label).toBe(1);
  expect(outcome.reports[0], label).toContain('Final-Recipient: rfc822; no@one.test');
}

describe('a crash at each step', () => {
  it('loses nothing; it duplicates only between the remote 250 and the next write', async () => {
    const calls = await countCalls();
    let duplicates = 0;
    for (const { number } of calls) {
      for (const when of ['before', 'after'] as const) {
        const { world, outcome } = await history((call) =>
          call.number === number ? { kind: 'crash', when } : undefined,
        );
        const call = calls[number - 1]!;
        const label = `crash ${when} call ${number}: ${call.port}.${call.method} ${call.subject}`;
        expect(outcome.left, label).toEqual([]);
        // The report of an attempt that died before it was recorded is made by the attempt that repeats it.
        expect(outcome.reports.length, label).toBe(1);
        check(outcome, label, 2);
        if (outcome.yes + outcome.b > 2) {
          duplicates++;
          // The crash hit the write that records the outcome (or the other entry's attempt that ran beside it).
          expect(world.taken.length, label).toBeLessThanOrEqual(4);
        }
      }
    }
    // Of the 2 × calls histories, only those few in the gap that cannot be closed.
    expect(duplicates).toBeLessThan(calls.length / 2);
  }, 60_000);
});

describe('a store that fails at each step', () => {
  const faults: Fault[] = [
    { kind: 'unavailable' },
    { kind: 'unknown', effect: 'none' },
    { kind: 'unknown', effect: 'now' },
    { kind: 'unknown', effect: 'later', ms: 40_000 },
    { kind: 'twice' },
  ];
  for (const fault of faults) {
    it(`sends once and reports once: ${JSON.stringify(fault)}`, async () => {
      const calls = await countCalls();
      for (const { number } of calls) {
        const { outcome } = await history((call) => (call.number === number ? fault : undefined));
        const call = calls[number - 1]!;
        check(outcome, `call ${number}: ${call.port}.${call.method} ${call.subject}`, 1);
      }
    }, 60_000);
  }
});

it('sends once though the store refuses everything for a while after the server has taken the message', async () => {
  let since: number | undefined;
  const { outcome } = await history((_, { clock, taken }) => {
    if (taken.length > 0) since ??= clock.now();
    return since !== undefined && clock.now() < since + 20_000 ? { kind: 'unavailable' } : undefined;
  });
  check(outcome, 'throttled for 20 s', 1);
});

it('jobs made for deliver have the form that deliver reads', async () => {
  const world = outboundWorld();
  await submit(world.deps, await world.message(['bob@example.test']));
  const [job] = await world.delivered();
  expect(inboundJob.parse(job)).toEqual(job);
});
