/** One history's world: the clock, the shared store, the processes on it, and what an all-knowing onlooker has noted. */
import { UnknownFormat } from '../../mail/account/codec.ts';
import { isTransient } from '../../mail/ports/index.ts';
import { Refused } from '../../mail/refused.ts';
import { SimClock } from '../support/simclock.ts';
import { SimRandom } from '../support/simrandom.ts';
import type { People } from './directory.ts';
import { failuresIn, isReport, midOf } from './messages.ts';
import { Observations } from './observe.ts';
import type { Kind, SimProcess } from './process.ts';
import { type Profile, profileOf } from './profile.ts';
import type { Taken } from './remote.ts';
import { SharedStore } from './store.ts';
import { Trace } from './trace.ts';

const DAY = 86_400_000;

/** What a client knows of a message that it has handed over. `unknown`: it got no answer. */
export type Answer = 'pending' | 'taken' | 'refused' | 'unknown';

export interface Attempt {
  readonly mid: string;
  readonly from: string;
  /** Ids of the accounts, and addresses elsewhere, that it is for. */
  readonly accounts: readonly string[];
  readonly remote: readonly string[];
  readonly references: readonly string[];
  answer: Answer;
}

/** One write of a user that left its mark in the account. */
export interface Mark {
  readonly id: string;
  readonly account: string;
  answer: Answer;
}

export class Simulation {
  readonly seed: number;
  readonly random: SimRandom;
  readonly profile: Profile;
  readonly clock = new SimClock();
  readonly trace: Trace;
  readonly store: SharedStore;
  readonly observations: Observations;
  readonly processes: SimProcess[] = [];
  people: People = { accounts: [], addresses: [] };
  /** Nothing fails any more, except that events are lost. */
  calm = true;
  burstUntil = 0;
  /** Called when the reply to the write of an account's head is lost. */
  onUnknownHead: (account: string) => void = () => {};
  /** Calls of all processes so far. */
  calls = 0;
  readonly attempts: Attempt[] = [];
  readonly marks: Mark[] = [];
  readonly taken: Taken[] = [];
  /** Message and recipient of what was given up and told to nobody, because it, or the report of it, has no sender. */
  readonly untold = new Set<string>();
  /** How often a server elsewhere was asked to take a message for a recipient. */
  readonly tries = new Map<string, number>();
  /** Jobs that were sent again after they had been done. */
  readonly replayed = new Set<string>();
  #pending = 0;

  constructor(seed: number) {
    this.seed = seed;
    this.random = new SimRandom(seed, 'history');
    this.profile = profileOf(this.random);
    this.trace = new Trace(this.clock);
    this.store = new SharedStore(this.clock, new SimRandom(seed, 'store'), this.trace, {
      expiryLag: this.profile.expiryLag,
      retentionMs: this.profile.retentionDays * DAY,
    });
    this.observations = new Observations(this.trace);
  }

  get retentionMs(): number {
    return this.profile.retentionDays * DAY;
  }

  /** Actions that have not come to an end. */
  get pending(): number {
    return this.#pending;
  }

  of(kind: Kind): readonly SimProcess[] {
    return this.processes.filter((one) => one.kind === kind);
  }

  /** One that runs, or undefined. */
  running(kind: Kind): SimProcess | undefined {
    const running = this.of(kind).filter((one) => one.running);
    return running.length === 0 ? undefined : this.random.pick(running);
  }

  /** Lets something happen beside everything else; it ends with its process. */
  spawn(process: SimProcess, action: () => Promise<void>): void {
    this.#pending += 1;
    const { death } = process.life;
    void Promise.race([
      death,
      action().catch((error: unknown) => this.trace.fail('bug', `${process.name}: ${stackOf(error)}`)),
    ]).then(() => {
      this.#pending -= 1;
    });
  }

  /** An error of a call that may fail for the store's sake only. */
  unexpected(who: string, what: string, error: unknown): void {
    this.trace.add(who, `${what} fails: ${String(error)}`);
    if (isTransient(error) || (error instanceof Refused && error.temporary)) return;
    if (error instanceof UnknownFormat && [...this.store.logs.values()].some(({ sealed }) => sealed)) return;
    this.trace.fail('bug', `${who} ${what}: ${stackOf(error)}`);
  }

  /** Mail from the null sender that was given up is told to nobody but the log. */
  informed(event: string, fields: Readonly<Record<string, unknown>>): void {
    if (event !== 'outbound.not-reported') return;
    const blob = this.store.blobs.get(this.store.queued.get(String(fields.entry))?.blob ?? '');
    const text = Buffer.from(blob?.bytes ?? []).toString('latin1');
    const lost = isReport(text) ? failuresIn(text) : (fields.recipients as string[]);
    for (const recipient of lost) this.untold.add(`${midOf(text)} ${recipient}`);
  }

  warned(who: string, event: string, fields: Readonly<Record<string, unknown>>): void {
    if (event !== 'deliver.failed' || fields.passing === true) return;
    if (this.replayed.has(String(fields.id))) return;
    this.trace.fail('bug', `${who} ${event} ${JSON.stringify(fields)}`);
  }

  erred(who: string, event: string, fields: Readonly<Record<string, unknown>>): void {
    if (event === 'deliver.parked' && this.replayed.size > 0) return;
    if (event === 'account.stopped' && this.store.log(String(fields.account)).sealed) return;
    if (event === 'smtp.failed' && /^(Unavailable|OutcomeUnknown)/.test(String(fields.error))) return;
    this.trace.fail('bug', `${who} ${event} ${JSON.stringify(fields)}`);
  }
}

export function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message).split('\n').slice(0, 6).join(' | ') : String(error);
}
