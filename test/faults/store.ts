/**
 * The one store that all processes of a history share, in memory, and what an onlooker knows of it: every entry that was ever
 * put, every blob that was ever written. The rules about the store itself are checked at each call.
 */
import { decodeHead, decodeEntry as decodeLogEntry, type Head } from '../../mail/account/codec.ts';
import { E_GONE } from '../../mail/account/columns.ts';
import { foldEntry } from '../../mail/account/fold.ts';
import type { Entry } from '../../mail/account/operations.ts';
import { emptyFields, type Fields } from '../../mail/account/state.ts';
import { decodeEntry as decodeQueueEntry } from '../../mail/outbound/queue-entry.ts';
import type { Blobs, Expect, Item, Queue, QueueName, Records } from '../../mail/ports/index.ts';
import { memoryPorts } from '../support/memory.ts';
import type { StorePorts } from '../support/ports.ts';
import type { SimClock } from '../support/simclock.ts';
import type { SimRandom } from '../support/simrandom.ts';
import type { Trace } from './trace.ts';

/** Bytes of an item of an account beyond which something belongs in a blob (design: rule 12). */
const ITEM_TARGET = 8 * 1024 + 64;

/** An account's log as it was put, entry by entry, dropped ones included. */
export class ShadowLog {
  readonly id: string;
  /** By seq, from 1. */
  readonly entries: Entry[] = [];
  /** The state after each entry; [0] is the empty account. */
  readonly versions: Fields[] = [emptyFields()];
  /** An entry that no process of today can read stands behind these. */
  sealed = false;
  head: Head | undefined;

  constructor(id: string) {
    this.id = id;
  }

  get seq(): number {
    return this.entries.length;
  }
}

export interface ShadowBlob {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly owners: number;
  deleted: number | undefined;
}

export interface QueuedEntry {
  readonly id: string;
  readonly blob: string;
  there: boolean;
  /** It was done once. A repeated job may make it anew, for a moment. */
  done: boolean;
}

export class SharedStore {
  readonly raw: ReturnType<typeof memoryPorts>;
  readonly ports: StorePorts;
  readonly logs = new Map<string, ShadowLog>();
  readonly blobs = new Map<string, ShadowBlob>();
  readonly queued = new Map<string, QueuedEntry>();
  /** Bodies of all jobs that were ever sent to `deliver`. */
  readonly jobs: string[] = [];
  readonly #clock: SimClock;
  readonly #trace: Trace;
  readonly #expiryLag: number;
  readonly #retentionMs: number;

  constructor(
    clock: SimClock,
    random: SimRandom,
    trace: Trace,
    options: { readonly expiryLag: number; readonly retentionMs: number },
  ) {
    this.#clock = clock;
    this.#trace = trace;
    this.#expiryLag = options.expiryLag;
    this.#retentionMs = options.retentionMs;
    this.raw = memoryPorts({ clock, random });
    const queues = this.raw.queues;
    this.ports = {
      ...this.raw,
      records: this.#watchedRecords(this.raw.records),
      blobs: this.#watchedBlobs(this.raw.blobs),
      queues: { ...queues, deliver: this.#watchedJobs(queues.deliver) } satisfies Record<QueueName, Queue>,
    };
  }

  log(account: string): ShadowLog {
    let log = this.logs.get(account);
    if (log === undefined) {
      log = new ShadowLog(account);
      this.logs.set(account, log);
    }
    return log;
  }

  /** Ids of entries of the outbound queue that are there now. */
  get sending(): readonly string[] {
    return [...this.queued.values()].filter(({ there }) => there).map(({ id }) => id);
  }

  #watchedRecords(inner: Records): Records {
    const gone = (item: Item) =>
      item.expires !== undefined && item.expires * 1000 + this.#expiryLag < this.#clock.now();
    const reap = async (pk: string, sk: string) => {
      const item = await inner.get(pk, sk);
      if (item !== undefined && gone(item)) await inner.delete(pk, sk, 'any');
    };
    return {
      get: async (pk, sk) => {
        const item = await inner.get(pk, sk);
        return item === undefined || gone(item) ? undefined : item;
      },
      query: async (range) => {
        const page = await inner.query(range);
        return { ...page, items: page.items.filter((item) => !gone(item)) };
      },
      put: async (item, expect) => {
        await reap(item.pk, item.sk);
        await inner.put(item, expect);
        if (item.pk.startsWith('a/')) await this.#accountPut(item, expect);
        else if (item.pk.startsWith('q/')) this.#queuePut(item);
        const marked = item.pk.startsWith('qdone/') ? this.queued.get(item.sk) : undefined;
        if (marked !== undefined) marked.done = true;
      },
      delete: async (pk, sk, expect) => {
        await inner.delete(pk, sk, expect);
        if (pk.startsWith('a/') && sk.startsWith('e/')) await this.#entryDropped(pk.slice(2), Number(sk.slice(2)));
        const entry = this.queued.get(sk);
        if (!pk.startsWith('q/') || entry === undefined) return;
        entry.there = false;
      },
    };
  }

  async #accountPut(item: Item, expect: Expect): Promise<void> {
    const log = this.log(item.pk.slice(2));
    if (item.body.length > ITEM_TARGET) {
      this.#trace.fail('sizes', `${item.pk} ${item.sk} has ${item.body.length} bytes in the item`);
    }
    if (item.sk === 'h') {
      const head = decodeHead(item.body, item.rev ?? 0);
      if (log.head !== undefined && (head.seq < log.head.seq || head.floor < log.head.floor)) {
        this.#trace.fail('head goes back', `${log.id}: ${log.head.seq}/${log.head.floor} to ${head.seq}/${head.floor}`);
      }
      if (head.seq > log.seq) {
        this.#trace.fail('snapshot', `${log.id}: one of ${head.seq} where the log that can be read ends at ${log.seq}`);
      }
      this.#trace.add('store', `${log.id} head ${head.seq} floor ${head.floor}`);
      log.head = head;
      return;
    }
    const seq = Number(item.sk.slice(2));
    // Its content was blanked (design: rule 15).
    if (typeof expect === 'object') return;
    if (seq !== log.seq + 1 || log.sealed) {
      this.#trace.fail(
        'the log forks',
        `${log.id}: entry ${seq} was put where ${log.seq}${log.sealed ? ' of a later release' : ''} is the last`,
      );
      return;
    }
    // Held at once, so that the next put of this moment sees it; the fold follows when it can be read.
    const entry = await decodeLogEntry(this.raw.blobs, seq, item.body);
    this.#checkReleases(log, entry);
    log.entries.push(entry);
    try {
      log.versions.push(foldEntry(log.versions.at(-1)!, entry));
    } catch (error) {
      this.#trace.fail('fold', `${log.id}: ${String(error)}`);
    }
    this.#trace.add('store', `${log.id} entry ${seq}: ${entry.operations.map(brief).join('; ')}`);
  }

  /** An email is given up when its last placement vanished a retention ago: every later moment can be restored. */
  #checkReleases(log: ShadowLog, { seq, operations }: Entry): void {
    const { emailTable } = log.versions.at(-1)!;
    for (const operation of operations) {
      for (const email of operation.op === 'release' ? operation.emails : []) {
        const row = emailTable!.find(email);
        const gone = row < 0 ? 0 : emailTable!.get(row, E_GONE);
        if (gone === 0 || log.entries[gone - 1]!.time > this.#clock.now() - this.#retentionMs) {
          this.#trace.fail('release', `${log.id}: entry ${seq} releases ${email}, which was placed until ${gone}`);
        }
      }
    }
  }

  async #entryDropped(account: string, seq: number): Promise<void> {
    const log = this.log(account);
    const floor = log.head?.floor ?? 0;
    if (seq > floor) this.#trace.fail('floor', `${account}: entry ${seq} was dropped above the floor ${floor}`);
  }

  #queuePut(item: Item): void {
    const { blob, recipients } = decodeQueueEntry(item.body);
    if (recipients.some(({ address }) => address === '')) {
      this.#trace.fail('null sender', `mail to the null sender is queued as ${item.sk}`);
    }
    const known = this.queued.get(item.sk);
    if (known !== undefined) known.there = true;
    else this.queued.set(item.sk, { id: item.sk, blob, there: true, done: false });
  }

  #watchedBlobs(inner: Blobs): Blobs {
    return {
      put: async (kind, source, options) => {
        const stored = await inner.put(kind, source, options);
        const bytes = await inner.get(stored.name);
        this.blobs.set(stored.name, { name: stored.name, bytes, owners: options.owners, deleted: undefined });
        return stored;
      },
      get: (name, range) => inner.get(name, range),
      stream: (name, range) => inner.stream(name, range),
      info: (name) => inner.info(name),
      list: (kind) => inner.list(kind),
      delete: async (name) => {
        await inner.delete(name);
        const blob = this.blobs.get(name);
        if (blob === undefined || blob.deleted !== undefined) return;
        blob.deleted = this.#clock.now();
        if (name.startsWith('raw/')) this.#rawDeleted(name);
      },
    };
  }

  /** A message's bytes go only when everybody who named them let go of them a retention ago (design: rule 3). */
  #rawDeleted(name: string): void {
    const latest = this.#clock.now() - this.#retentionMs;
    for (const log of this.logs.values()) {
      for (const [email] of addsOf(log, name)) {
        const release = log.entries.find(({ operations }) =>
          operations.some((one) => one.op === 'release' && one.emails.includes(email)),
        );
        if (release === undefined) this.#trace.fail('blobs', `${name} was deleted while ${log.id} names it`);
        else if (release.time > latest) this.#trace.fail('blobs', `${name} was deleted too soon after its release`);
      }
    }
    for (const { id, blob, done } of this.queued.values()) {
      if (blob === name && !done) this.#trace.fail('blobs', `${name} was deleted while ${id} is to be sent`);
    }
  }

  #watchedJobs(inner: Queue): Queue {
    return {
      send: async (body, options) => {
        await inner.send(body, options);
        this.jobs.push(body);
      },
      receive: (options) => inner.receive(options),
      delete: (handles) => inner.delete(handles),
      retry: (handle, delaySeconds) => inner.retry(handle, delaySeconds),
    };
  }
}

/** The emails of an account that name a blob, with the entry that added each. */
export function* addsOf(log: ShadowLog, blob: string): Generator<readonly [email: number, entry: Entry]> {
  for (const entry of log.entries) {
    for (const operation of entry.operations) {
      if (operation.op === 'add' && operation.blob === blob) yield [operation.email, entry];
    }
  }
}

function brief(operation: Entry['operations'][number]): string {
  switch (operation.op) {
    case 'add':
      return `add ${operation.summary.messageId ?? ''} ${operation.in.map(([mailbox, uid]) => `${mailbox}:${uid}`).join(',')}`;
    case 'store':
      return `store ${operation.mailbox} ${operation.uids} ${operation.mode} ${operation.flags.join(' ')}`;
    case 'expunge':
      return `expunge ${operation.mailbox} ${operation.uids}`;
    case 'copy':
    case 'move':
      return `${operation.op} ${operation.from} ${operation.uids} to ${operation.to}:${operation.uid}`;
    case 'put':
      return `put ${operation.type} ${operation.id}`;
    case 'release':
      return `release ${operation.emails.join(',')}`;
    case 'mailbox':
      return `mailbox ${operation.id} ${operation.name}`;
    default:
      return operation.op;
  }
}
