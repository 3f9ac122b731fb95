import { NotFound } from '../ports/index.ts';
import { Refused } from '../refused.ts';
import { encodeEntry, type Head, payloadBlob, UnknownFormat } from './codec.ts';
import type { Deps } from './deps.ts';
import type { AccountDraft } from './draft.ts';
import { foldEntry } from './fold.ts';
import { type Decision, decideGroup } from './group.ts';
import { AccountLog } from './log.ts';
import type { Entry } from './operations.ts';
import { type PartCache, partOf } from './parts.ts';
import { type Manifest, readSnapshot } from './snapshot.ts';
import { AccountState, emptyFields, type Fields } from './state.ts';
import type { Table } from './table.ts';
import { Tail } from './tail.ts';
import type { Account, Draft, State, StoredEmail } from './types.ts';
import { Watchers } from './watchers.ts';

/** A view older than this reads head and tail before it writes (design: rule 1). */
const STALE_MS = 3_600_000;
/**
 * A worker's wait after a lost race: this, and up to as much again doubled with each loss (design: rule 11). So many workers on one
 * account come to try about once in the time that a read and a put take, all of them together.
 */
const WORKER_WAIT_MS = 10;
const LONGEST_WORKER_WAIT_MS = 640;

/** The snapshot that a view began with. */
export interface Base {
  readonly head: Head;
  readonly manifest: Manifest;
}

interface Writer {
  readonly decide: (draft: AccountDraft) => unknown;
  readonly resolve: (value: { result: unknown; state: State; seq: number }) => void;
  readonly reject: (error: unknown) => void;
}

/** One account as one process sees it: its newest state, its writers, its listeners. */
export class OpenAccount implements Account {
  readonly id: string;
  readonly log: AccountLog;
  readonly #deps: Deps;
  readonly #cache: PartCache;
  #state = new AccountState(emptyFields());
  #base: Base | undefined;
  readonly #tail = new Tail();
  readonly #watchers: Watchers;
  /** When the last consistent read of the tail was begun. */
  #readAt = 0;
  #reading: Promise<void> | undefined;
  #nextReading: Promise<void> | undefined;
  #writers: Writer[] = [];
  #draining = false;
  /** Who waits for the writers to pause. */
  #pauses = 0;
  /** Races lost of late: each win halves it. */
  #losses = 0;
  /** The view was read after the last race was lost, and nothing was written since. */
  #fresh = false;
  #stopped: unknown;
  #loading: Promise<boolean> | undefined;

  constructor(deps: Deps, cache: PartCache, id: string) {
    this.#deps = deps;
    this.#cache = cache;
    this.id = id;
    this.log = new AccountLog(deps, id);
    this.#watchers = new Watchers(deps, id, async (seq) => {
      if (seq === undefined || seq > this.#state.seq) await this.refresh();
    });
  }

  get state(): AccountState {
    return this.#state;
  }

  get base(): Base | undefined {
    return this.#base;
  }

  /** What was written behind the base. */
  get tail(): Tail {
    return this.#tail;
  }

  get isLoaded(): boolean {
    return this.#readAt > 0;
  }

  get hasTables(): boolean {
    return this.#state.fields.emailTable !== undefined;
  }

  /** Nobody waits for it: it may be forgotten. */
  get isIdle(): boolean {
    return this.#watchers.isEmpty && this.#writers.length === 0 && !this.#draining;
  }

  /** Bytes of memory, roughly. */
  get weight(): number {
    let bytes = 4096 + this.#tail.bytes * 8;
    const count = (table: Table | undefined) => {
      bytes += table?.bytes ?? 0;
    };
    count(this.#state.fields.emailTable);
    for (const mailbox of this.#state.fields.mailboxes.values()) count(mailbox.rows);
    return bytes;
  }

  /**
   * Reads the snapshot in use and the tail. Called once before anything else, and again where tables are wanted later. Gives whether that
   * was read for this call: then the account has all that was written before it.
   */
  load(withTables: boolean): Promise<boolean> {
    const before = this.#loading?.catch(() => {}) ?? Promise.resolve();
    this.#loading = before.then(async () => {
      if (this.#readAt > 0 && (this.hasTables || !withTables)) return false;
      await this.#whileNoWrite(() => this.#load(withTables));
      return true;
    });
    return this.#loading;
  }

  async refresh(): Promise<State> {
    this.#checkGoing();
    if (!this.#deps.exclusive) await this.#read();
    return this.#state;
  }

  write<T>(decide: (draft: Draft) => T): Promise<{ readonly result: T; readonly state: State; readonly seq: number }> {
    return this.decide(decide);
  }

  /** As `write`, with the draft's methods that only this folder uses. */
  decide<T>(decide: (draft: AccountDraft) => T): Promise<{ result: T; state: State; seq: number }> {
    return new Promise((resolve, reject) => {
      this.#writers.push({
        decide,
        resolve: resolve as Writer['resolve'],
        reject,
      });
      if (!this.#draining) void this.#drain();
    });
  }

  async emails(numbers: readonly number[]): Promise<ReadonlyMap<number, StoredEmail>> {
    try {
      return await this.#emails(numbers);
    } catch (error) {
      // This view began with a snapshot that history has passed: the one in use has the same summaries.
      if (!(error instanceof NotFound) || !(await this.renewBase())) throw error;
      return this.#emails(numbers);
    }
  }

  async #emails(numbers: readonly number[]): Promise<ReadonlyMap<number, StoredEmail>> {
    const found = new Map<number, StoredEmail>();
    const byPart = new Map<Manifest['parts'][number], number[]>();
    for (const number of numbers) {
      const recent = this.#tail.emails.get(number);
      if (recent !== undefined) {
        found.set(number, recent);
        continue;
      }
      const ref = partOf(this.#base?.manifest.parts ?? [], number);
      if (ref === undefined) continue;
      const wanted = byPart.get(ref);
      if (wanted === undefined) byPart.set(ref, [number]);
      else wanted.push(number);
    }
    await Promise.all(
      [...byPart].map(async ([ref, wanted]) => {
        const part = await this.#cache.get(ref.at);
        for (const number of wanted) {
          const email = part.get(number);
          if (email !== undefined) found.set(number, email);
        }
      }),
    );
    return found;
  }

  watch(listener: (state: State) => void): () => void {
    return this.#watchers.add(listener);
  }

  /** A newer snapshot is in use: the tail begins behind it. */
  adopt(base: Base): void {
    if (base.head.rev <= (this.#base?.head.rev ?? 0)) return;
    this.#base = base;
    this.#tail.cut(base.head.seq);
  }

  /** Goes on from the snapshot in use. False: that is the one there is. */
  async renewBase(): Promise<boolean> {
    for (;;) {
      await this.#read();
      const { head } = await this.#understood(this.log.after(this.#state.seq, true));
      this.#checkHead(head);
      if (head === undefined || head.rev === this.#base?.head.rev) return false;
      if (head.seq > this.#state.seq) continue;
      const { manifest } = await this.#understood(readSnapshot(this.#deps.blobs, head, false));
      this.adopt({ head, manifest });
      return true;
    }
  }

  async #load(withTables: boolean): Promise<void> {
    const begun = this.#deps.clock.now();
    const { base, fields, entries } = await this.#readWhole(withTables);
    const { seq } = this.#state;
    this.#base = base;
    this.#tail.cut(Number.POSITIVE_INFINITY);
    this.#state = new AccountState(fields);
    this.#readAt = begun;
    if (entries.length > 0) this.#advance(entries);
    else if (fields.seq > seq) this.#watchers.tell(this.#state);
  }

  async #readWhole(
    withTables: boolean,
  ): Promise<{ readonly base: Base | undefined; readonly fields: Fields; readonly entries: readonly Entry[] }> {
    for (let before: number | undefined; ; ) {
      const { head, entries } = await this.#understood(this.log.open());
      this.#checkHead(head);
      if (head === undefined) {
        const fields = emptyFields();
        return { base: undefined, fields: withTables ? fields : { ...fields, emailTable: undefined }, entries };
      }
      try {
        const { fields, manifest } = await this.#understood(readSnapshot(this.#deps.blobs, head, withTables));
        return { base: { head, manifest }, fields, entries };
      } catch (error) {
        // Another snapshot was taken into use meanwhile, and what only this one needed is deleted.
        if (!(error instanceof NotFound) || head.rev === before) throw error;
        before = head.rev;
      }
    }
  }

  /** Reads what other processes wrote, beginning after the call (design: rule 9). */
  #read(): Promise<void> {
    if (this.#reading === undefined) {
      this.#reading = this.#readTail().finally(() => {
        this.#reading = undefined;
      });
      return this.#reading;
    }
    if (this.#nextReading === undefined) {
      const then = () => {
        this.#nextReading = undefined;
        return this.#read();
      };
      this.#nextReading = this.#reading.then(then, then);
    }
    return this.#nextReading;
  }

  async #readTail(): Promise<void> {
    const begun = this.#deps.clock.now();
    const withHead = begun - this.#readAt > STALE_MS;
    const { head, entries } = await this.#understood(this.log.after(this.#state.seq, withHead));
    this.#checkHead(head);
    if (head !== undefined && head.floor > this.#state.seq) return this.#load(this.hasTables);
    this.#advance(entries);
    this.#readAt = begun;
  }

  /** Folds the entries that follow the state without a gap. */
  #advance(entries: readonly Entry[]): void {
    let { fields } = this.#state;
    const before = fields.seq;
    try {
      for (const entry of entries) {
        if (entry.seq !== fields.seq + 1) continue;
        fields = foldEntry(fields, entry);
        this.#tail.add(entry);
      }
    } catch (error) {
      this.#stop(error);
      throw this.#stopped;
    }
    if (fields.seq > before) this.#become(fields);
  }

  #become(fields: Fields): void {
    this.#state = new AccountState(fields);
    this.#watchers.tell(this.#state);
    if (this.#tail.isLong) this.#deps.onLongTail(this.id);
  }

  /** Runs until no writer waits: one group of writes, one entry, at a time. */
  async #drain(): Promise<void> {
    this.#draining = true;
    try {
      while (this.#writers.length > 0 && this.#pauses === 0) await this.#writeGroup();
    } catch (error) {
      for (const writer of this.#writers.splice(0)) writer.reject(error);
    } finally {
      this.#draining = false;
    }
  }

  async #writeGroup(): Promise<void> {
    this.#checkGoing();
    const now = this.#deps.clock.now();
    // Where it lost of late, a worker's view is old by now: a read costs less than a put that is lost.
    const contended = this.#losses > 0 && this.#deps.writer === 'worker' && !this.#fresh;
    if (contended || now - this.#readAt > STALE_MS) await this.#readToWrite();
    this.#fresh = false;
    const base = this.#state.fields;
    const { operations, decisions, fields } = decideGroup(
      base,
      this.#writers.map(({ decide }) => decide),
      now,
    );
    if (operations.length === 0) {
      // Nothing to write, or all refused: true only of the newest state.
      if (!this.#deps.exclusive) {
        await this.#read();
        if (this.#state.seq !== base.seq) return;
      }
      return this.#answer(decisions, Promise.resolve());
    }
    const entry = { nonce: nonceOf(this.#deps), time: now, operations };
    let body: Uint8Array | undefined;
    let first: boolean;
    try {
      body = await encodeEntry(this.#deps.blobs, entry);
      first = await this.log.append(base.seq + 1, body, entry.nonce);
    } catch (error) {
      if (body !== undefined && error instanceof Refused) this.#dropPayload(body);
      return this.#answer(
        decisions.map(() => ({ ok: false, error: refusal(error) })),
        Promise.resolve(),
      );
    }
    if (!first) {
      this.#dropPayload(body);
      return this.#lose();
    }
    // How busy the account is, is not forgotten at once.
    this.#losses >>= 1;
    // A read that ran meanwhile may have folded our entry already.
    if (this.#state.seq === base.seq) {
      fields.known.commit();
      this.#tail.add({ ...entry, seq: base.seq + 1, size: body.length });
      this.#become(fields);
    }
    this.#answer(decisions, this.#deps.wakeups.publish(this.id, base.seq + 1));
  }

  /** Answers the first writers in line as decided, once `done`. */
  #answer(decisions: readonly Decision[], done: Promise<void>): void {
    const writers = this.#writers.splice(0, decisions.length);
    const state = this.#state;
    const failed = (error: unknown) => {
      this.#deps.log.warn('account.wakeup-failed', { account: this.id, error: String(error) });
    };
    void done.catch(failed).then(() => {
      decisions.forEach((decision, i) => {
        if (decision.ok) writers[i]!.resolve({ result: decision.result, state, seq: state.seq });
        else writers[i]!.reject(decision.error);
      });
    });
  }

  /** Nothing names the payload of an entry that was not written. What is left behind here is an orphan. */
  #dropPayload(body: Uint8Array): void {
    const blob = payloadBlob(body);
    if (blob !== undefined) void this.#deps.blobs.delete(blob).catch(() => {});
  }

  /** Another writer has the slot: read what it wrote, and decide anew. */
  async #lose(): Promise<void> {
    this.#losses += 1;
    if (this.#deps.writer === 'worker') {
      const longest = Math.min(WORKER_WAIT_MS * 2 ** this.#losses, LONGEST_WORKER_WAIT_MS);
      await this.#deps.clock.sleep(WORKER_WAIT_MS + this.#deps.random.number() * longest);
    }
    await this.#readToWrite();
    this.#fresh = true;
  }

  /** As `#read`, where a store that does not answer is a refusal of the writers. */
  async #readToWrite(): Promise<void> {
    try {
      await this.#read();
    } catch (error) {
      throw refusal(error);
    }
  }

  /** Runs `action` between two groups of writes. */
  async #whileNoWrite(action: () => Promise<void>): Promise<void> {
    this.#pauses += 1;
    while (this.#draining) await this.#deps.clock.sleep(1);
    this.#draining = true;
    try {
      await action();
    } finally {
      this.#draining = false;
      this.#pauses -= 1;
      if (this.#writers.length > 0) void this.#drain();
    }
  }

  /** What is read, unless a later release wrote it: then the account stops here (design: rule 4). */
  async #understood<T>(reading: Promise<T>): Promise<T> {
    try {
      return await reading;
    } catch (error) {
      if (!(error instanceof UnknownFormat)) throw error;
      this.#stop(error);
      throw this.#stopped;
    }
  }

  /** An account that was erased is never used again (design: rule 15). */
  #checkHead(head: Head | undefined): void {
    if (head?.erased !== true) return;
    this.#stopped = new Refused('nonexistent', 'This account was erased.');
    throw this.#stopped;
  }

  #stop(error: unknown): void {
    this.#deps.log.error('account.stopped', { account: this.id, error: String(error) });
    this.#stopped = new Refused('unavailable', 'This account cannot be opened here now: the postmaster has been told.');
  }

  #checkGoing(): void {
    if (this.#stopped !== undefined) throw this.#stopped;
  }
}

function nonceOf({ random }: Deps): string {
  let nonce = '';
  for (const byte of random.bytes(12)) nonce += byte.toString(16).padStart(2, '0');
  return nonce;
}

function refusal(error: unknown): unknown {
  if (error instanceof Refused || !(error instanceof Error)) return error;
  if (error.name === 'Unavailable' || error.name === 'OutcomeUnknown') {
    return new Refused('unavailable', 'The store does not answer: try again later.');
  }
  return error;
}
