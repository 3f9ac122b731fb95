import {
  type Clock,
  ConditionFailed,
  type Item,
  type Log,
  OutcomeUnknown,
  type Random,
  type Records,
  randomName,
} from '../../ports/index.ts';

const PARTITION = 'lease';
const TICK_MS = 10_000;
/** The holder believes in it for so long from when it began to write it last. */
const HOLDS_MS = 30_000;
/**
 * Others take it when it has stood unchanged for so long since they saw it first: each measures with its own clock, and whoever sees it sees it later
 * than it was written, so that two never hold it, whatever time their clocks say.
 */
const TAKE_MS = 45_000;
const KEEP_S = 86_400;

interface Deps {
  readonly records: Records;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** A task that one process of a store does at a time: an item that its holder writes anew every ten seconds, each write on condition of the last. */
export class Lease {
  readonly #deps: Deps;
  readonly #name: string;
  readonly #on: { readonly taken: () => void; readonly lost: () => void };
  /** Tells our writes from others' of the same version. */
  readonly #holder: string;
  #rev: number | undefined;
  #until = 0;
  #seen: { readonly rev: number; readonly at: number } | undefined;
  #stopTimer: (() => void) | undefined;
  #isStopped = false;
  #tick: Promise<void> = Promise.resolve();

  constructor(deps: Deps, name: string, on: { readonly taken: () => void; readonly lost: () => void }) {
    this.#deps = deps;
    this.#name = name;
    this.#on = on;
    this.#holder = randomName(deps.random, 20);
    this.#wait(0);
  }

  /** To be asked before each effect: also a process that was frozen for a minute does nothing then. */
  get isHeld(): boolean {
    return this.#rev !== undefined && this.#deps.clock.now() < this.#until;
  }

  /** Gives it up, so that another need not wait. Never rejects. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#stopTimer?.();
    await this.#tick;
    const rev = this.#rev;
    if (rev === undefined) return;
    this.#lose();
    await this.#deps.records.delete(PARTITION, this.#name, { rev }).catch(() => undefined);
  }

  #wait(ms: number): void {
    this.#stopTimer = this.#deps.clock.after(ms, () => {
      this.#tick = this.#try().then(() => {
        if (!this.#isStopped) this.#wait(TICK_MS);
      });
    });
  }

  /** Never rejects. */
  async #try(): Promise<void> {
    try {
      await (this.#rev === undefined ? this.#take() : this.#renew(this.#rev));
    } catch (error) {
      this.#deps.log.warn('lease', { name: this.#name, error: String(error) });
    }
    if (this.#rev !== undefined && !this.isHeld) this.#lose();
  }

  async #take(): Promise<void> {
    const { records, clock } = this.#deps;
    const there = await records.get(PARTITION, this.#name);
    if (there === undefined) {
      // The time, so that a version never comes twice.
      if (await this.#put(clock.now(), 'absent')) this.#on.taken();
      return;
    }
    const rev = there.rev ?? 0;
    if (this.#seen?.rev !== rev) this.#seen = { rev, at: clock.now() };
    if (clock.now() - this.#seen.at < TAKE_MS) return;
    if (await this.#put(rev + 1, { rev })) this.#on.taken();
  }

  async #renew(rev: number): Promise<void> {
    if (!(await this.#put(rev + 1, { rev }))) this.#lose();
  }

  #lose(): void {
    this.#rev = undefined;
    this.#on.lost();
  }

  /** False: somebody else has it. */
  async #put(rev: number, expect: 'absent' | { readonly rev: number }): Promise<boolean> {
    const { records, clock } = this.#deps;
    const begun = clock.now();
    const body = Buffer.from(JSON.stringify({ v: 1, holder: this.#holder }));
    const item: Item = { pk: PARTITION, sk: this.#name, body, rev, expires: Math.ceil(begun / 1000) + KEEP_S };
    try {
      await records.put(item, expect);
    } catch (error) {
      if (!(error instanceof ConditionFailed || error instanceof OutcomeUnknown)) throw error;
      // Ours may have taken effect before the answer got lost.
      const there = await records.get(PARTITION, this.#name);
      if (there?.rev !== rev || Buffer.compare(there.body, body) !== 0) {
        if (error instanceof OutcomeUnknown) throw error;
        return false;
      }
    }
    this.#rev = rev;
    this.#until = begun + HOLDS_MS;
    return true;
  }
}
