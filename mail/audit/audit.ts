import {
  type Clock,
  ConditionFailed,
  type Log,
  OutcomeUnknown,
  queryAll,
  type Random,
  type Records,
  randomName,
} from '../ports/index.ts';
import { Refused } from '../refused.ts';
import { type Deed, type Entry, entrySchema, withoutSecrets } from './entry.ts';

export type { Actor, Deed, Entry } from './entry.ts';

const DAY = 86_400_000;
const TRIES = 5;

export interface AuditQuery {
  /** Whose: tenants, and undefined for what is the server's. */
  readonly of: readonly (string | undefined)[];
  /** Milliseconds since 1970. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** The `id` of an entry: only what is older. */
  readonly after?: string | undefined;
}

/**
 * Who did what. An entry is put before the thing is done, and marked afterwards with how it ended: so nothing is done of which
 * no entry tells. After a crash in between it stays `begun`, which means: perhaps done.
 */
export interface Audit {
  /** Records something that is about to be done. When it rejects, that must not be done. */
  record(deed: Deed): Promise<void>;
  /** Does something that is on record, with how it ended. Rejects as `work` does; without doing it where it cannot be recorded. */
  around<T>(deed: Deed, work: () => Promise<T>): Promise<T>;
  /** Entries, the newest first. */
  entries(query: AuditQuery): AsyncGenerator<Entry & { readonly id: string }>;
  /** Deletes what is older than it is to be kept; `of` as in a query. For stores that do not do so by themselves. */
  sweep(of: readonly (string | undefined)[]): Promise<number>;
}

export interface AuditDeps {
  readonly records: Records;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** How long entries are kept. */
  readonly days: () => Promise<number>;
}

export function createAudit(deps: AuditDeps): Audit {
  const { records, clock, random, log } = deps;

  async function write(deed: Deed, outcome: Entry['outcome']): Promise<{ entry: Entry; at: Key; expires: number }> {
    const time = clock.now();
    const { detail, before, ...rest } = deed;
    const domain = deed.domain ?? /@([^@]+)$/.exec(deed.target ?? '')?.[1];
    const entry: Entry = {
      v: 1,
      time,
      ...rest,
      ...(domain === undefined ? {} : { domain }),
      ...(detail === undefined ? {} : { detail: withoutSecrets(detail) as Record<string, unknown> }),
      ...(before === undefined ? {} : { before: withoutSecrets(before) }),
      outcome,
    };
    const at = { pk: partition(deed.tenant, time), sk: `${String(time).padStart(13, '0')}-${randomName(random, 12)}` };
    const expires = Math.ceil((time + (await deps.days()) * DAY) / 1_000);
    await put({ ...at, body: encode(entry), rev: 1, expires });
    return { entry, at, expires };
  }

  /** The key is fresh, so that a put that is repeated can only meet itself. */
  async function put(item: Parameters<Records['put']>[0]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await records.put(item, 'absent');
      } catch (error) {
        if (error instanceof ConditionFailed && attempt > 1) return;
        if (!(error instanceof OutcomeUnknown) || attempt === TRIES) throw error;
      }
    }
  }

  async function end(begun: Awaited<ReturnType<typeof write>>, outcome: Entry['outcome'], reason?: string) {
    const { entry, at, expires } = begun;
    const ended = { ...entry, outcome, ...(reason === undefined ? {} : { reason }) };
    try {
      await records.put({ ...at, body: encode(ended), rev: 2, expires }, 'any');
    } catch (error) {
      // It is done and cannot be taken back; the entry says that it was begun.
      log.error('audit.outcome', { ...at, action: entry.action, outcome, error: String(error) });
    }
  }

  return {
    record: async (deed) => void (await write(deed, 'done')),

    async around(deed, work) {
      const begun = await write(deed, 'begun');
      try {
        const result = await work();
        await end(begun, 'done');
        return result;
      } catch (error) {
        if (error instanceof Refused) await end(begun, 'refused', error.message);
        else await end(begun, 'failed');
        throw error;
      }
    },

    async *entries({ of, since = 0, until = Number.MAX_SAFE_INTEGER, after }) {
      const oldest = Math.max(since, clock.now() - (await deps.days()) * DAY);
      const newest = Math.min(until, after === undefined ? clock.now() : Number.parseInt(after, 10));
      const range = { from: key(oldest), to: after ?? `${key(newest)}~`, reverse: true };
      for (const month of months(newest, oldest)) {
        const sources = of.map((tenant) => queryAll(records, { pk: partitionOf(tenant, month), ...range }));
        for await (const { sk, body } of newestFirst(sources)) {
          if (sk !== after) yield { id: sk, ...entrySchema.parse(JSON.parse(Buffer.from(body).toString())) };
        }
      }
    },

    async sweep(of) {
      const oldest = clock.now() - (await deps.days()) * DAY;
      let swept = 0;
      // Further back nothing can be: sweeps come daily, and a retention that was shortened has passed a year at most.
      for (const month of months(oldest, oldest - 800 * DAY)) {
        for (const tenant of of) {
          const pk = partitionOf(tenant, month);
          for await (const { sk } of queryAll(records, { pk, to: key(oldest) })) {
            await records.delete(pk, sk, 'any');
            swept++;
          }
        }
      }
      return swept;
    },
  };
}

interface Key {
  readonly pk: string;
  readonly sk: string;
}

function key(time: number): string {
  return String(Math.max(0, Math.floor(time))).padStart(13, '0');
}

function partition(tenant: string | undefined, time: number): string {
  return partitionOf(tenant, monthOf(time));
}

/** A tenant's name is never empty. */
function partitionOf(tenant: string | undefined, month: string): string {
  return `audit/${month}/${tenant ?? ''}`;
}

function monthOf(time: number): string {
  return new Date(time).toISOString().slice(0, 7);
}

/** The months between, the newest first. */
function* months(newest: number, oldest: number): Generator<string> {
  const last = monthOf(Math.max(0, oldest));
  const date = new Date(newest);
  for (let month = monthOf(newest); month >= last; month = monthOf(date.getTime())) {
    yield month;
    date.setUTCDate(0);
  }
}

interface Keyed {
  readonly sk: string;
  readonly body: Uint8Array;
}

/** Merges sources that each give their newest first. */
async function* newestFirst(sources: readonly AsyncGenerator<Keyed>[]): AsyncGenerator<Keyed> {
  const next = async (source: AsyncGenerator<Keyed>) => {
    const { done, value } = await source.next();
    return done ? [] : [{ source, item: value }];
  };
  let heads = (await Promise.all(sources.map(next))).flat();
  while (heads.length > 0) {
    const first = heads.reduce((a, b) => (a.item.sk >= b.item.sk ? a : b));
    yield first.item;
    heads = [...heads.filter((head) => head !== first), ...(await next(first.source))];
  }
}

function encode(entry: Entry): Buffer {
  return Buffer.from(JSON.stringify(entry));
}
