import { releaseBlob } from '../blobs/release.ts';
import { queryAll, type Random, type Records } from '../ports/index.ts';
import { Refused } from '../refused.ts';
import { blobOwner, decodeEntry, type QueueEntry, SHARDS, type Stored } from './queue-entry.ts';
import { load, markDone, remove, replace } from './store.ts';
import { type WakeDeps, wake } from './wake.ts';

/** What operators do with the queue. Each takes an entry's id and throws `Refused` where it cannot. */
export interface QueueAdmin {
  /** Entries, oldest first within the page; `next` goes on behind it. */
  list(options?: {
    readonly tenant?: string;
    readonly limit?: number;
    readonly after?: string;
  }): Promise<{ readonly entries: readonly QueueEntry[]; readonly next?: string }>;
  show(id: string): Promise<QueueEntry>;
  /** Attempts delivery now. */
  retry(id: string): Promise<void>;
  /** Keeps it from being sent until it is released. */
  hold(id: string, reason?: string): Promise<void>;
  /** Undoes `hold`: it is sent now. */
  release(id: string): Promise<void>;
  /** Gives up and tells the sender. */
  bounce(id: string): Promise<void>;
  /** Gives up and tells nobody. */
  remove(id: string): Promise<void>;
  /** Removes every entry that is not being sent this moment. Gives their number. */
  clean(tenant?: string): Promise<number>;
  /** Entries by state, for status and metrics. */
  counts(): Promise<Readonly<Record<QueueEntry['state'], number>>>;
}

export interface QueueAdminDeps extends WakeDeps {
  readonly records: Records;
  readonly random: Random;
}

const PAGE = 100;

export function createQueueAdmin(deps: QueueAdminDeps): QueueAdmin {
  return {
    async list({ tenant, limit = PAGE, after } = {}) {
      const found: QueueEntry[] = [];
      const [startShard, startKey] = after === undefined ? [0, undefined] : parseCursor(after);
      for (let shard = startShard; shard < SHARDS; shard++) {
        let startAfter = shard === startShard ? startKey : undefined;
        for (;;) {
          const page = await deps.records.query({
            pk: `q/${shard}`,
            limit: PAGE,
            ...(startAfter === undefined ? {} : { startAfter }),
          });
          for (const item of page.items) {
            const entry = decodeEntry(item.body);
            if (tenant !== undefined && entry.tenant !== tenant) continue;
            found.push(entry);
            if (found.length === limit) return { entries: sorted(found), next: `${shard} ${item.sk}` };
          }
          if (page.next === undefined) break;
          startAfter = page.next;
        }
      }
      return { entries: sorted(found) };
    },

    async show(id) {
      return (await idle(id, false)).entry;
    },

    async retry(id) {
      const stored = await idle(id);
      if (stored.entry.state === 'held') throw new Refused('cannot', `${id} is held: release it instead`);
      if (stored.entry.state !== 'ending') await change(stored, { state: 'ready', until: deps.clock.now() });
      await wake(deps, id, deps.clock.now(), { force: true, tenant: stored.entry.tenant });
    },

    async hold(id, reason = 'Held by an administrator') {
      const stored = await idle(id);
      if (stored.entry.state === 'held') return;
      if (stored.entry.state === 'ending') throw new Refused('cannot', `${id} has no recipients left to hold back`);
      await change(stored, { state: 'held', until: deps.clock.now(), reason });
    },

    async release(id) {
      const stored = await idle(id);
      if (stored.entry.state !== 'held') throw new Refused('cannot', `${id} is not held`);
      const { recipients } = stored.entry;
      const state = recipients.length > 0 ? 'ready' : 'ending';
      await change(stored, { state, until: deps.clock.now(), reason: undefined });
      await wake(deps, id, deps.clock.now(), { force: true, tenant: stored.entry.tenant });
    },

    async bounce(id) {
      const stored = await idle(id);
      const now = deps.clock.now();
      const last = { code: 0, enhanced: '5.7.1', text: 'Delivery was ended by an administrator', at: now };
      const given = stored.entry.recipients.map(({ address }) => ({ address, last }));
      await change(stored, {
        recipients: [],
        failed: [...stored.entry.failed, ...given],
        state: 'ending',
        until: now,
        reason: undefined,
      });
      await wake(deps, id, now, { force: true, tenant: stored.entry.tenant });
    },

    async remove(id) {
      await discard(await idle(id));
    },

    async clean(tenant) {
      let removed = 0;
      for (let shard = 0; shard < SHARDS; shard++) {
        for await (const item of queryAll(deps.records, { pk: `q/${shard}` })) {
          const entry = decodeEntry(item.body);
          if (busy(entry) || (tenant !== undefined && entry.tenant !== tenant)) continue;
          await discard({ entry, rev: item.rev ?? 0 });
          removed++;
        }
      }
      return removed;
    },

    async counts() {
      const counts = { ready: 0, sending: 0, deferred: 0, held: 0, ending: 0 };
      for (let shard = 0; shard < SHARDS; shard++) {
        for await (const item of queryAll(deps.records, { pk: `q/${shard}` })) counts[decodeEntry(item.body).state]++;
      }
      return counts;
    },
  };

  /** The entry, unless it is being sent: who sends it must be able to record what came of it. */
  async function idle(id: string, check = true): Promise<Stored> {
    const stored = await load(deps.records, id);
    if (stored === undefined) throw new Refused('nonexistent', `There is no queue entry ${id}`);
    if (check && busy(stored.entry)) throw sending(id);
    return stored;
  }

  function busy(entry: QueueEntry): boolean {
    return entry.state === 'sending' && entry.until > deps.clock.now();
  }

  async function change(stored: Stored, to: Partial<QueueEntry>): Promise<Stored> {
    const changed = await replace(deps.records, deps.random, stored, to);
    if (changed === undefined) throw sending(stored.entry.id);
    return changed;
  }

  /** Out of the senders' hands first, so that nobody claims it while it goes. */
  async function discard(stored: Stored): Promise<void> {
    const { entry } = await change(stored, { recipients: [], failed: [], state: 'ending', until: deps.clock.now() });
    await markDone(deps.records, entry.id, deps.clock.now());
    await releaseBlob(deps.records, entry.blob, blobOwner(entry.id), deps.clock.now());
    await remove(deps.records, entry.id);
    deps.log.info('outbound.removed', { entry: entry.id, job: entry.job });
  }
}

function sending(id: string): Refused {
  return new Refused('unavailable', `${id} is being sent just now: try again in a moment`);
}

function sorted(entries: readonly QueueEntry[]): readonly QueueEntry[] {
  return [...entries].sort((a, b) => a.arrived - b.arrived || (a.id < b.id ? -1 : 1));
}

function parseCursor(cursor: string): [number, string] {
  const match = /^(\d{1,2}) ([a-z2-7]+)$/.exec(cursor);
  if (match === null) throw new Refused('invalid', 'The page cursor is not one that a list gave');
  return [Number(match[1]), match[2]!];
}
