import { type JournalDeps, journalStart, readJournal, writeJournal } from '../journal.ts';
import type { Log } from '../ports/index.ts';
import type { Outcome } from './outcome.ts';
import type { QueueEntry } from './queue-entry.ts';

/** What one attempt to send came to, for the postmaster who is asked for a message. */
export interface Attempt {
  /** The queue entry, and the id that it was submitted under: the one in the 250 reply. */
  readonly entry: string;
  readonly job: string;
  readonly from: string;
  /** On whose behalf, and how it came. Absent in what older releases kept. */
  readonly tenant?: string;
  readonly via?: QueueEntry['via'];
  /** Which attempt of the entry it was, from 1. */
  readonly attempt: number;
  /** Milliseconds since 1970 when it was over. */
  readonly at: number;
  readonly outcomes: readonly {
    readonly recipient: string;
    /** `failed`: given up, and reported to the sender. */
    readonly kind: Outcome['kind'];
    /** The server's reply code; 0 when none was given. */
    readonly code: number;
    /** RFC 3463. */
    readonly status: string;
    readonly text: string;
    /** `host[address]` of the server that said it; absent when we said it ourselves. */
    readonly remote?: string;
  }[];
}

export interface AttemptQuery {
  /** Of entries or jobs. */
  readonly ids?: ReadonlySet<string>;
  readonly from?: string;
  readonly to?: string;
  /** Milliseconds since 1970. @default a day ago */
  readonly since?: number;
}

export interface Attempts {
  /** Keeps it, best effort: the mail is not held up for it. Never throws. */
  record(entry: QueueEntry, outcomes: readonly Outcome[]): Promise<void>;
  /** Those that match all that is asked, oldest first. */
  find(query: AttemptQuery): AsyncGenerator<Attempt>;
}

export interface AttemptsDeps extends JournalDeps {
  readonly log: Log;
}

const KIND = 'sent';

/** Attempts in the records: each an item, a day is one partition, which a search reads through. */
export function createAttempts(deps: AttemptsDeps): Attempts {
  return {
    async record(entry, outcomes) {
      const at = deps.clock.now();
      const attempt: Attempt = {
        entry: entry.id,
        job: entry.job,
        from: entry.from,
        tenant: entry.tenant,
        via: entry.via,
        attempt: entry.attempts,
        at,
        outcomes: outcomes.map(({ recipient, kind, verdict: { code, enhanced, text, remote } }) => {
          return { recipient, kind, code, status: enhanced, text, ...(remote === undefined ? {} : { remote }) };
        }),
      };
      try {
        await writeJournal(deps, KIND, [Buffer.from(JSON.stringify({ v: 1, ...attempt }))]);
      } catch (error) {
        deps.log.warn('outbound.trace-lost', { entry: entry.id, error: (error as Error).message });
      }
    },
    async *find(query) {
      const start = journalStart(deps, query.since);
      for await (const body of readJournal(deps, KIND, start)) {
        const { v, ...attempt } = JSON.parse(Buffer.from(body).toString()) as Attempt & { readonly v: number };
        if (v === 1 && attempt.at >= start && matches(attempt, query)) yield attempt;
      }
    },
  };
}

function matches(attempt: Attempt, { ids, from, to }: AttemptQuery): boolean {
  if (ids !== undefined && !ids.has(attempt.entry) && !ids.has(attempt.job)) return false;
  if (from !== undefined && attempt.from.toLowerCase() !== from.toLowerCase()) return false;
  return to === undefined || attempt.outcomes.some(({ recipient }) => recipient.toLowerCase() === to.toLowerCase());
}
