/** A program of the system as a history sees it: stages of its own on the shared store, which can die, freeze and start again. */
import { CompactionRequests, compactionJob } from '../../mail/account/compaction-request.ts';
import { sweepReleased } from '../../mail/blobs/release.ts';
import { work } from '../../mail/inbound/work.ts';
import { type Clock, ConditionFailed, type Log, type ReceivedJob } from '../../mail/ports/index.ts';
import { createSmtpServer, type SmtpServer } from '../../mail/smtp/server.ts';
import { createMail, type Mail } from '../../mail/stages.ts';
import { type Call, type Fault, failing } from '../support/failing.ts';
import type { StorePorts } from '../support/ports.ts';
import { SimRandom } from '../support/simrandom.ts';
import { hanging, Life, mortalClock } from './life.ts';
import { outside } from './remote.ts';
import type { Simulation } from './simulation.ts';

export type Kind = 'ingress' | 'deliver' | 'access' | 'send' | 'compact';

export const HOSTNAME = 'mail.example.test';
const DAY = 86_400_000;
/** Tried again until the store answers: what a program does that cannot read its settings. */
const START_PAUSE = 1000;
/** Many times what a history needs: somebody is running in circles. */
const MOST_CALLS = 200_000;

export class SimProcess {
  readonly name: string;
  readonly kind: Kind;
  life: Life;
  mail!: Mail;
  smtp!: SmtpServer;
  ports!: StorePorts;
  clock!: Clock;
  random!: SimRandom;
  readonly #sim: Simulation;
  #starts = 0;
  #running = false;

  constructor(sim: Simulation, kind: Kind, name: string) {
    this.#sim = sim;
    this.kind = kind;
    this.name = name;
    this.life = new Life(sim.clock);
  }

  get running(): boolean {
    return this.#running && !this.life.dead;
  }

  async start(): Promise<void> {
    const sim = this.#sim;
    this.#starts += 1;
    const life = new Life(sim.clock);
    this.life = life;
    this.#running = false;
    this.clock = mortalClock(sim.clock, life);
    this.random = new SimRandom(sim.seed, `${this.name}.${this.#starts}`);
    const faults = new SimRandom(sim.seed, `faults ${this.name}.${this.#starts}`);
    const inner = failing(this.#sim.store.ports, {
      clock: sim.clock,
      decide: (call) => {
        const fault = this.#fault(faults, call);
        if (fault?.kind === 'crash') this.died(`in ${call.port}.${call.method} ${call.subject}`);
        return fault;
      },
    });
    life.onDeath(() => inner.crash());
    this.ports = this.#fair(hanging(inner, life));
    await this.#open(life);
    if (life.dead) return;
    this.#running = true;
    this.#begin(life);
  }

  async #open(life: Life): Promise<void> {
    const { clock, random } = this;
    const log = this.#log();
    for (;;) {
      try {
        this.mail = await createMail(
          { ...this.ports, clock, random, log },
          {
            hostname: HOSTNAME,
            writer: this.kind === 'access' ? 'person' : 'worker',
            exclusive: false,
            defaultRoutes: [{ kind: 'mx' }],
            onLongTail: new CompactionRequests({ queue: this.ports.queues.compact, clock, log }).ask,
          },
        );
        return;
      } catch (error) {
        if (life.dead) return;
        this.#sim.trace.add(this.name, `does not start: ${String(error)}`);
        await clock.sleep(START_PAUSE);
      }
    }
  }

  #begin(life: Life): void {
    const { clock, random, mail } = this;
    const log = this.#log();
    const ending = new AbortController();
    life.onDeath(() => ending.abort());
    const drive = (
      queue: 'deliver' | 'send' | 'compact',
      handler: (jobs: readonly ReceivedJob[]) => Promise<readonly string[]>,
    ) =>
      void work(this.ports.queues[queue], handler, {
        clock,
        log,
        signal: ending.signal,
        concurrency: 1 + random.int(2),
        batch: 1 + random.int(10),
        visibility: queue === 'send' ? 1200 : 30 + random.int(270),
      });
    if (this.kind === 'deliver') drive('deliver', mail.deliver);
    if (this.kind === 'send') {
      const { dns, relay } = outside(this.#sim, this, life);
      drive('send', mail.send({ dns, relay, config: { mxPort: 25 } }));
    }
    if (this.kind === 'compact') drive('compact', (jobs) => this.#compactJobs(jobs));
    this.smtp = createSmtpServer({
      profile: 'mx',
      hostname: HOSTNAME,
      directory: mail.directory,
      accept: mail.accept,
      clock,
      random,
      log,
    });
  }

  async #compactJobs(jobs: readonly ReceivedJob[]): Promise<readonly string[]> {
    const again: string[] = [];
    for (const { handle, body } of jobs) {
      if (!(await this.compact(compactionJob.parse(JSON.parse(body)).account))) again.push(handle);
    }
    return again;
  }

  /** False: the store did not answer. */
  async compact(account: string): Promise<boolean> {
    try {
      await this.mail.accounts.compact(account);
      return true;
    } catch (error) {
      this.#sim.unexpected(this.name, 'compact', error);
      return false;
    }
  }

  async sweepBlobs(): Promise<void> {
    try {
      const retention = (await this.mail.directory.setting('retention.days')) * DAY;
      const { deleted } = await sweepReleased(this.ports, this.clock.now(), retention);
      if (deleted > 0) this.#sim.trace.add(this.name, `swept ${deleted} blobs`);
    } catch (error) {
      this.#sim.unexpected(this.name, 'sweepReleased', error);
    }
  }

  async sweepQueue(): Promise<void> {
    try {
      await this.mail.sweepQueue();
    } catch (error) {
      this.#sim.unexpected(this.name, 'sweepQueue', error);
    }
  }

  /** It ends at once, and starts again after a while. */
  died(how: string): void {
    if (this.life.dead) return;
    const sim = this.#sim;
    sim.trace.add(this.name, `dies ${how}`);
    this.life.end();
    const after = sim.random.chance(0.1) ? sim.random.int(6 * 3_600_000) : 50 + sim.random.int(20_000);
    sim.clock.after(sim.calm ? 50 : after, () => {
      if (this.life.dead) void this.start();
    });
  }

  #log(): Log {
    const { trace } = this.#sim;
    const name = this.name;
    const add = (event: string, fields?: Readonly<Record<string, unknown>>) =>
      trace.add(name, `${event} ${fields === undefined ? '' : JSON.stringify(fields)}`);
    return {
      debug: () => {},
      info: (event, fields) => {
        add(event, fields);
        this.#sim.informed(event, fields ?? {});
      },
      warn: (event, fields) => {
        add(event, fields);
        this.#sim.warned(name, event, fields ?? {});
      },
      error: (event, fields) => {
        add(event, fields);
        this.#sim.erred(name, event, fields ?? {});
      },
    };
  }

  /** The store as the process has it, with an eye on how long a worker waits after a lost race. */
  #fair(ports: StorePorts): StorePorts {
    const { store, clock, trace } = this.#sim;
    const { records } = ports;
    if (this.kind === 'access') return ports;
    const lost = new Map<string, number>();
    return {
      ...ports,
      records: {
        ...records,
        put: async (item, expect) => {
          const entry = item.pk.startsWith('a/') && item.sk.startsWith('e/');
          const since = clock.now() - (lost.get(item.pk) ?? Number.NEGATIVE_INFINITY);
          if (entry && since < 10) {
            trace.fail('fairness', `${this.name} puts ${item.sk} of ${item.pk} ${since} ms after a lost race`);
          }
          try {
            await records.put(item, expect);
          } catch (error) {
            const refused = entry && error instanceof ConditionFailed;
            const there = refused ? await store.raw.records.get(item.pk, item.sk) : undefined;
            if (there !== undefined && Buffer.compare(there.body, item.body) !== 0) lost.set(item.pk, clock.now());
            throw error;
          }
        },
      },
    };
  }

  #fault(random: SimRandom, call: Call): Fault | undefined {
    const { profile, calm, clock, burstUntil, trace } = this.#sim;
    this.#sim.calls += 1;
    if (this.#sim.calls > MOST_CALLS) trace.fail('stuck', `${MOST_CALLS} calls, and no end`);
    const latency = profile.latency * random.number();
    const usual: Fault = { kind: 'delay', ms: latency, replyMs: profile.latency * random.number() };
    const chance = random.number();
    const which = random.number();
    const size = random.number();
    // An event may be lost at any time: nobody may rely on it.
    if (call.port === 'wakeups' && which < 0.4) return { kind: 'unavailable' };
    if (calm) return usual;
    if (clock.now() < burstUntil && chance < 0.7) return { kind: 'unavailable' };
    if (clock.now() < this.life.cutOffUntil) {
      return which < 0.1 ? { kind: 'unknown', effect: 'now' } : { kind: 'unavailable' };
    }
    const noted = (fault: Fault): Fault => {
      trace.add(this.name, `${call.port}.${call.method} ${call.subject}: ${JSON.stringify(fault)}`);
      return fault;
    };
    let left = chance;
    if ((left -= profile.crash) < 0) return noted({ kind: 'crash', when: which < 0.5 ? 'before' : 'after' });
    if ((left -= profile.unavailable) < 0) return noted({ kind: 'unavailable' });
    // The head is written seldom, and much hangs on it.
    const head = call.method === 'put' && call.subject.endsWith(' h');
    if ((left -= head ? 8 * profile.unknown : profile.unknown) < 0) {
      if (size < 0.3 || head) this.life.cutOff(20_000 * size);
      if (head) this.#sim.onUnknownHead(call.subject.slice(2, -2));
      if (which < 0.25) return noted({ kind: 'unknown', effect: 'none' });
      if (which < 0.6) return noted({ kind: 'unknown', effect: 'now' });
      // What was sent takes effect soon, or when the caller has long given up.
      const ms = which < 0.9 ? 500 * size : 240_000 * size;
      return noted({ kind: 'unknown', effect: 'later', ms });
    }
    if ((left -= profile.slow) < 0) return noted({ kind: 'delay', ms: 60_000 * size, replyMs: 100 });
    if ((left -= profile.twice) < 0 && call.port === 'queue' && call.method === 'send') return { kind: 'twice' };
    return usual;
  }
}
