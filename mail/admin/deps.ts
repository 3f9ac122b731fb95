import type { Accounts } from '../account/types.ts';
import type { Audit } from '../audit/audit.ts';
import type { DirectoryService } from '../directory/directory.ts';
import type { Accept } from '../inbound/accept.ts';
import type { Traces } from '../inbound/trace.ts';
import type { Attempts } from '../outbound/attempts.ts';
import type { QueueAdmin } from '../outbound/queue-admin.ts';
import type { Blobs, Clock, DnsInspector, Log, Random, Records } from '../ports/index.ts';

/** What the program that runs says of itself. */
export interface Running {
  readonly version: string;
  /** For example `SQLite and packs in ./.postern`. */
  readonly store: string;
  readonly listeners: readonly {
    readonly name: string;
    readonly host: string;
    readonly port: number;
    readonly tls: 'none' | 'starttls' | 'implicit';
    /** Connections open now. */
    readonly connections: number;
  }[];
}

export interface AdminDeps {
  readonly directory: DirectoryService;
  readonly accounts: Accounts;
  readonly audit: Audit;
  readonly blobs: Blobs;
  readonly records: Records;
  readonly clock: Clock;
  readonly random: Random;
  /** For looking at what domains publish. */
  readonly dns: DnsInspector;
  readonly log: Log;
  readonly queue: QueueAdmin;
  /** What became of messages on their way in. */
  readonly traces: Pick<Traces, 'find'>;
  /** What became of attempts to send. */
  readonly attempts: Pick<Attempts, 'find'>;
  /** Takes over a message that `send` was given. */
  readonly accept: Accept;
  readonly hostname: string;
  readonly running: () => Running;
  /** Whoever has it administers everything. At least 32 characters. */
  readonly token: string;
}
