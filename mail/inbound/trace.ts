import { type Clock, type Log, queryAll, type Random, type Records, randomName } from '../ports/index.ts';

/** What became of one message on its way in, for the postmaster who is asked for it. */
export interface Trace {
  /** The queue id in the 250 reply and in the Received field. */
  readonly id: string;
  readonly messageId?: string;
  readonly from: string;
  readonly recipients: readonly string[];
  /** Milliseconds since 1970: taken in, and filed. */
  readonly received: number;
  readonly filed: number;
  readonly via: string;
  readonly size: number;
  /** Accounts that it was filed for. */
  readonly accounts: readonly string[];
  /** Addresses that it was queued for. */
  readonly relay: readonly string[];
}

export interface TraceQuery {
  /** Queue id, or Message-ID with or without angle brackets. */
  readonly id?: string;
  readonly from?: string;
  readonly to?: string;
  /** Milliseconds since 1970. @default a day ago */
  readonly since?: number;
}

export interface Traces {
  /** Keeps them, best effort: a trace that cannot be written is lost, and the mail is not held up for it. Never throws. */
  record(traces: readonly Trace[]): Promise<void>;
  /** Those that match all that is asked, oldest first. */
  find(query: TraceQuery): AsyncGenerator<Trace>;
}

export interface TraceDeps {
  readonly records: Records;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** How long they are kept. @default 30 */
  readonly days?: number;
}

const DAY = 86_400_000;
/** Bytes of the traces in one item. */
const ITEM = 300_000;

/** Traces in the records: the messages of one batch are one item, a day is one partition, which a search reads through. */
export function createTraces(deps: TraceDeps): Traces {
  const days = deps.days ?? 30;
  return {
    async record(traces) {
      const now = deps.clock.now();
      try {
        const batch = `${String(now).padStart(15, '0')}-${randomName(deps.random, 8)}`;
        let slice = 0;
        for (const lines of slices(traces)) {
          await deps.records.put(
            {
              pk: partition(now),
              sk: `${batch}-${String(slice++).padStart(3, '0')}`,
              body: Buffer.from(`1\n${lines.join('\n')}`),
              expires: Math.ceil((now + days * DAY) / 1000),
            },
            'any',
          );
        }
      } catch (error) {
        deps.log.warn('trace.lost', { messages: traces.length, error: (error as Error).message });
      }
    },
    async *find(query) {
      const now = deps.clock.now();
      const since = Math.max(query.since ?? now - DAY, now - days * DAY);
      for (let day = Math.floor(since / DAY); day <= Math.floor(now / DAY); day++) {
        for await (const item of queryAll(deps.records, { pk: partition(day * DAY) })) {
          const [version, ...lines] = Buffer.from(item.body).toString().split('\n');
          if (version !== '1') continue;
          for (const line of lines) {
            const trace = JSON.parse(line) as Trace;
            if (trace.filed >= since && matches(trace, query)) yield trace;
          }
        }
      }
    },
  };
}

function partition(ms: number): string {
  return `trace/${new Date(ms).toISOString().slice(0, 10)}`;
}

function* slices(traces: readonly Trace[]): Generator<string[]> {
  let lines: string[] = [];
  let bytes = 0;
  for (const trace of traces) {
    let line = JSON.stringify(trace);
    // A message to very many: who got it is in their accounts.
    if (line.length * 3 > ITEM) line = JSON.stringify({ ...trace, recipients: [], accounts: [], relay: [] });
    if (bytes + line.length * 3 > ITEM && lines.length > 0) {
      yield lines;
      lines = [];
      bytes = 0;
    }
    lines.push(line);
    bytes += line.length * 3;
  }
  if (lines.length > 0) yield lines;
}

function matches(trace: Trace, query: TraceQuery): boolean {
  const { id, from, to } = query;
  if (id !== undefined && trace.id !== id && trace.messageId !== id.replace(/^<(.*)>$/, '$1')) return false;
  if (from !== undefined && trace.from.toLowerCase() !== from.toLowerCase()) return false;
  return to === undefined || trace.recipients.some((one) => one.toLowerCase() === to.toLowerCase());
}
