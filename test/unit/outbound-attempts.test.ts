import { expect, it } from 'vitest';
import { type Attempt, type AttemptQuery, createAttempts } from '../../mail/outbound/attempts.ts';
import { submit } from '../../mail/outbound/submit.ts';
import { Unavailable } from '../../mail/ports/index.ts';
import { silentLog } from '../support/memory.ts';
import { outboundWorld } from '../support/outbound.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

/** A world whose sender records its attempts. */
function recording(options: Parameters<typeof outboundWorld>[0] = {}) {
  const world = outboundWorld(options);
  const attempts = createAttempts({ ...world.deps, log: silentLog });
  const find = async (query: AttemptQuery) => {
    const found: Attempt[] = [];
    for await (const attempt of attempts.find(query)) found.push(attempt);
    return found;
  };
  const work = (ms: number) => world.work(world.clock.now() + ms, { ...world.deps, attempts });
  return { ...world, world, attempts, find, work };
}

it('tells of each attempt what the server said for each recipient', async () => {
  const { world, find, work } = recording();
  let later = '451 4.2.0 busy';
  world.answer = (to) =>
    to.startsWith('no') ? '550 5.1.1 no such user' : to.startsWith('later') ? later : '250 2.0.0 ok';
  const outgoing = await world.message(['yes@one.test', 'no@one.test', 'later@one.test']);
  await submit(world.deps, outgoing);
  await work(MINUTE);
  const remote = 'mx.one.test[192.0.2.1]';
  const first = {
    job: outgoing.id,
    from: 'alice@example.test',
    attempt: 1,
    outcomes: [
      { recipient: 'yes@one.test', kind: 'delivered', code: 250, status: '2.0.0', text: 'ok', remote },
      { recipient: 'no@one.test', kind: 'failed', code: 550, status: '5.1.1', text: 'no such user', remote },
      { recipient: 'later@one.test', kind: 'deferred', code: 451, status: '4.2.0', text: 'busy', remote },
    ],
  };
  const byJob = await find({ ids: new Set([outgoing.id]) });
  expect(byJob).toMatchObject([first]);
  later = '250 2.0.0 ok';
  await work(16 * MINUTE);
  const second = {
    attempt: 2,
    outcomes: [{ recipient: 'later@one.test', kind: 'delivered', code: 250, status: '2.0.0', text: 'ok', remote }],
  };
  expect(await find({ ids: new Set([byJob[0]!.entry]) })).toMatchObject([first, second]);
  expect(await find({ to: 'LATER@one.test' })).toHaveLength(2);
  expect(await find({ to: 'no@one.test', from: 'Alice@example.test' })).toHaveLength(1);
  for (const none of [{ ids: new Set(['x']) }, { from: 'bob@example.test' }, { since: world.clock.now() + 1 }]) {
    expect(await find(none)).toEqual([]);
  }
});

it('says that it failed when the time is up', async () => {
  const { world, find, work } = recording({ config: { lifetime: 30 * MINUTE } });
  world.answer = () => '451 4.2.0 busy';
  const outgoing = await world.message(['a@one.test']);
  await submit(world.deps, outgoing);
  await work(3 * 60 * MINUTE);
  const kinds = (await find({ since: 0 })).map(({ outcomes }) => outcomes[0]!.kind);
  expect(kinds.length).toBeGreaterThan(1);
  expect(new Set(kinds.slice(0, -1))).toEqual(new Set(['deferred']));
  expect(kinds.at(-1)).toBe('failed');
});

it('finds what was sent on other days, for a month', async () => {
  const { world, find, work } = recording();
  for (let day = 0; day < 3; day++) {
    await submit(world.deps, await world.message([`day${day}@one.test`]));
    await work(DAY);
  }
  expect((await find({ since: 0 })).map(({ outcomes }) => outcomes[0]!.recipient)).toEqual([
    'day0@one.test',
    'day1@one.test',
    'day2@one.test',
  ]);
  expect(await find({})).toHaveLength(1);
  await work(31 * DAY);
  expect(await find({ since: 0 })).toEqual([]);
});

it('takes one write an attempt, and holds up no mail where that write fails', async () => {
  const world = outboundWorld();
  let writes = 0;
  const records = Object.assign(Object.create(world.ports.records), {
    async put() {
      writes++;
      throw new Unavailable('down');
    },
  });
  const attempts = createAttempts({ ...world.deps, records, log: silentLog });
  await submit(world.deps, await world.message(['a@one.test', 'b@one.test']));
  await world.work(world.clock.now() + MINUTE, { ...world.deps, attempts });
  expect(writes).toBe(1);
  expect(world.taken).toHaveLength(2);
  expect(await world.entries()).toEqual([]);
});
