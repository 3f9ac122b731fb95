import { type JournalDeps, journalStart, readJournal, writeJournal } from '../journal.ts';
import type { Log } from '../ports/index.ts';

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

export interface TraceDeps extends JournalDeps {
  readonly log: Log;
}

const KIND = 'trace';
/** Bytes of the traces in one item. */
const ITEM = 300_000;

/** Traces in the records: the messages of one batch are one item, a day is one partition, which a search reads through. */
export function createTraces(deps: TraceDeps): Traces {
  return {
    async record(traces) {
      try {
        await writeJournal(deps, KIND, bodies(traces));
      } catch (error) {
        deps.log.warn('trace.lost', { messages: traces.length, error: (error as Error).message });
      }
    },
    async *find(query) {
      const start = journalStart(deps, query.since);
      for await (const body of readJournal(deps, KIND, start)) {
        const [version, ...lines] = Buffer.from(body).toString().split('\n');
        if (version !== '1') continue;
        for (const line of lines) {
          const trace = JSON.parse(line) as Trace;
          if (trace.filed >= start && matches(trace, query)) yield trace;
        }
      }
    },
  };
}

function* bodies(traces: readonly Trace[]): Generator<Uint8Array> {
  for (const lines of slices(traces)) yield Buffer.from(`1\n${lines.join('\n')}`);
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
