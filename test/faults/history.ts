/** One history from its seed: people, clients and programs at work, faults, long silences; then rest, and the checks. */
import { encodeEntry } from '../../mail/account/codec.ts';
import { foldEntry } from '../../mail/account/fold.ts';
import { entryKey } from '../../mail/account/log.ts';
import { Stuck } from '../support/simclock.ts';
import { checkGone, checkHistory, checkMail, checkRest, checkView } from './checks.ts';
import { sendMessage } from './clients.ts';
import { fillDirectory, openMailboxes } from './directory.ts';
import { type Kind, SimProcess } from './process.ts';
import { Simulation, stackOf } from './simulation.ts';
import type { Failure } from './trace.ts';
import { checkWatching, observe, throwAllAway, use } from './users.ts';

export interface Outcome {
  readonly seed: number;
  readonly failure: Failure | undefined;
  /** The last events, oldest first. */
  readonly trace: readonly string[];
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Simulated time in which every history ends. */
const LIMIT = 400 * DAY;
const EVENTS_SHOWN = 120;

export async function runHistory(seed: number): Promise<Outcome> {
  const sim = new Simulation(seed);
  try {
    await sim.clock.run(Promise.race([live(sim), sim.trace.broken]), LIMIT);
  } catch (error) {
    sim.trace.fail(error instanceof Stuck ? 'stuck' : 'bug', stackOf(error));
  }
  return { seed, failure: sim.trace.failure, trace: sim.trace.last(EVENTS_SHOWN) };
}

/** Of a snapshot nobody knows whether it is in use: another process goes on from it, or from the one before. */
function provoke(sim: Simulation, account: string): void {
  const { clock } = sim;
  clock.after(150, () => use(sim, account));
  for (const after of [400, 500]) {
    clock.after(after, () => maintain(sim, 'compact', (process) => process.compact(account)));
  }
}

async function live(sim: Simulation): Promise<void> {
  sim.onUnknownHead = (account) => provoke(sim, account);
  await begin(sim);
  const { random, profile } = sim;
  sim.calm = false;
  const sealAt = profile.upgrade ? random.int(profile.phases) : -1;
  for (let phase = 0; phase < profile.phases; phase++) {
    if (phase === sealAt) await laterRelease(sim);
    await activity(sim);
    await silence(sim);
  }
  await rest(sim);
  for (const id of sim.people.accounts) {
    await checkHistory(sim, id);
    for (const process of sim.of('access')) await checkView(sim, process, id);
  }
  await checkWatching(sim, random.pick(sim.people.accounts));
  await checkRest(sim);
  checkMail(sim);
  if (profile.ages && sim.trace.failure === undefined) await age(sim);
}

async function begin(sim: Simulation): Promise<void> {
  const { profile, random } = sim;
  sim.people = await fillDirectory(sim.store.raw.records, profile.accounts, profile.retentionDays);
  const kinds: readonly (readonly [Kind, number])[] = [
    ['ingress', 2],
    ['deliver', 2 + random.int(2)],
    ['access', 2],
    ['send', 1 + random.int(2)],
    ['compact', 1 + random.int(2)],
  ];
  for (const [kind, count] of kinds) {
    for (let n = 1; n <= count; n++) sim.processes.push(new SimProcess(sim, kind, `${kind}${n}`));
  }
  await Promise.all(sim.processes.map((process) => process.start()));
  await openMailboxes(sim.of('access')[0]!.mail, sim.people.accounts, sim.clock);
}

/** A minute or so in which much happens at once. */
async function activity(sim: Simulation): Promise<void> {
  const { random, profile, clock } = sim;
  const pace = random.pick([5, 100, 1000, 4000]);
  for (let n = 0; n < profile.events; n++) {
    if (random.chance(profile.burst)) sim.burstUntil = clock.now() + 1000 + random.int(2000);
    event(sim);
    if (sim.trace.failure !== undefined) return;
    await clock.sleep(pace * random.number());
  }
}

function event(sim: Simulation): void {
  const { random } = sim;
  const kind = random.number();
  if (kind < 0.38) sendMessage(sim);
  else if (kind < 0.82) use(sim);
  else if (kind < 0.87) compactSome(sim);
  else if (kind < 0.92) repeatJob(sim);
  else if (kind < 0.94) freeze(sim);
  else if (kind < 0.96) {
    if (sim.profile.crash > 0) random.pick(sim.processes).died('by a signal');
  } else if (kind < 0.98) maintain(sim, 'send', (process) => process.sweepQueue());
  else maintain(sim, 'compact', (process) => process.sweepBlobs());
}

function maintain(sim: Simulation, kind: Kind, work: (process: SimProcess) => Promise<unknown>): void {
  const process = sim.running(kind);
  if (process !== undefined)
    sim.spawn(process, async () => {
      await work(process);
    });
}

function compactSome(sim: Simulation): void {
  const account = sim.random.pick(sim.people.accounts);
  // Now and then two come to it at once.
  for (let times = sim.random.chance(0.4) ? 2 : 1; times > 0; times--) {
    maintain(sim, sim.random.chance(0.6) ? 'compact' : 'access', (process) => process.compact(account));
  }
}

/** A job comes once more, soon or after weeks. */
function repeatJob(sim: Simulation): void {
  const { random, store, clock } = sim;
  if (store.jobs.length === 0) return;
  const body = random.pick(store.jobs);
  const job = JSON.parse(body) as { id: string; blob: string };
  sim.replayed.add(job.id);
  sim.replayed.add(job.blob);
  const after = random.pick([0, 1000, HOUR, 3 * DAY, 44 * DAY, 60 * DAY]);
  clock.after(after, () => {
    if (sim.calm) return;
    sim.trace.add('queue', `repeats the job ${job.id}`);
    void store.raw.queues.deliver.send(body);
  });
}

function freeze(sim: Simulation): void {
  const process = sim.random.pick(sim.processes.filter(({ kind }) => kind !== 'send'));
  const ms = sim.random.pick([SECOND, MINUTE, 10 * MINUTE, 5 * HOUR, 30 * HOUR]);
  sim.trace.add(process.name, `freezes for ${ms / SECOND} s`);
  process.life.freeze(ms);
}

/** Hours, days or weeks in which little happens, but what is done every day is done. */
async function silence(sim: Simulation): Promise<void> {
  const { random, clock } = sim;
  const kind = random.number();
  if (kind < 0.2) return;
  await clock.sleep(15 * MINUTE);
  maintain(sim, 'send', (process) => process.sweepQueue());
  if (kind < 0.45) {
    await clock.sleep(HOUR * (0.5 + 5 * random.number()));
    return;
  }
  const days = kind < 0.8 ? 1 + random.int(5) : 8 + random.int(50);
  const step = Math.max(1.02, days / 9);
  // Somebody may sleep through it all, and write at its end what it decides on its old view.
  const quiet = random.pick(sim.people.accounts);
  for (let day = 0; day < days; day += step) {
    if (sim.trace.failure !== undefined) return;
    await clock.sleep(step * DAY);
    maintain(sim, 'send', (process) => process.sweepQueue());
    maintain(sim, 'compact', (process) => process.sweepBlobs());
    for (const account of sim.people.accounts) {
      if (random.chance(0.3)) sendMessage(sim);
      if (random.chance(0.5) && account !== quiet) use(sim, account);
      if (random.chance(0.8)) maintain(sim, 'compact', (process) => process.compact(account));
    }
    await clock.sleep(MINUTE * random.int(60));
  }
}

/**
 * A later release, whose operations the programs of today do not know, writes to one account, and some time later the programs
 * are upgraded (which the history plays by taking that entry for one that they know).
 */
async function laterRelease(sim: Simulation): Promise<void> {
  const { store, clock, random, trace } = sim;
  const log = store.log(random.pick(sim.people.accounts));
  const entry = { nonce: 'later', time: clock.now(), operations: [{ op: 'sparkle', brightness: 3 }] };
  const key = { pk: `a/${log.id}`, sk: entryKey(log.seq + 1) };
  const body = await encodeEntry(store.raw.blobs, entry as never);
  await store.raw.records.put({ ...key, body }, 'absent');
  log.sealed = true;
  trace.add('later', `writes entry ${log.seq + 1} of ${log.id} with an operation of its own`);
  clock.after(random.int(2 * HOUR), () => void upgrade(sim, log.id));
}

async function upgrade(sim: Simulation, account: string): Promise<void> {
  const log = sim.store.log(account);
  if (!log.sealed) return;
  const operations = [{ op: 'put', type: 'sparkle', id: 's', value: {} }] as const;
  const entry = { nonce: 'later', time: sim.clock.now(), operations };
  const body = await encodeEntry(sim.store.raw.blobs, entry);
  const seq = log.seq + 1;
  for (const process of sim.processes) process.died('to be upgraded');
  await sim.store.raw.records.put({ pk: `a/${account}`, sk: entryKey(seq), body }, 'any');
  log.sealed = false;
  log.entries.push({ ...entry, seq, size: body.length });
  log.versions.push(foldEntry(log.versions.at(-1)!, log.entries.at(-1)!));
  sim.trace.add('later', `is what runs now: ${account} goes on`);
}

/** Faults stop, everybody is up, and everything comes to its end. */
async function rest(sim: Simulation): Promise<void> {
  const { clock, store, trace } = sim;
  sim.calm = true;
  trace.add('calm', 'no more faults');
  for (const { id, sealed } of store.logs.values()) if (sealed) await upgrade(sim, id);
  for (const process of sim.processes) process.life.thaw();
  await clock.sleep(10 * MINUTE);
  for (const process of sim.processes) {
    process.life.thaw();
    if (!process.running) await process.start();
  }
  const queues = Object.values(store.raw.queues);
  for (const wait of [...Array<number>(6).fill(15 * MINUTE), ...Array<number>(48).fill(6 * HOUR)]) {
    await clock.sleep(wait);
    if (sim.trace.failure !== undefined) return;
    if (queues.every(({ size }) => size === 0) && store.sending.length === 0 && sim.pending === 0) break;
    maintain(sim, 'send', (process) => process.sweepQueue());
    await clock.sleep(MINUTE);
  }
}

/** Everything is thrown away, and its time passes. */
async function age(sim: Simulation): Promise<void> {
  const { clock, people } = sim;
  const access = sim.of('access')[0]!;
  for (const id of people.accounts) await throwAllAway(await access.mail.accounts.open(id));
  for (let day = 0; day < 2 * sim.profile.retentionDays + 3; day++) {
    for (const id of people.accounts) {
      await observe(sim, access, id);
      await sim.of('compact')[0]!.compact(id);
    }
    await sim.of('compact')[0]!.sweepBlobs();
    await clock.sleep(DAY + MINUTE);
  }
  for (const id of people.accounts) await checkHistory(sim, id);
  await checkGone(sim);
}
