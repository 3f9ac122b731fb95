import { OpenAccounts } from './account/accounts.ts';
import { createMailboxes } from './account/new-account.ts';
import { type Audit, createAudit } from './audit/audit.ts';
import { createDirectory, type DirectoryService } from './directory/directory.ts';
import type { Route } from './directory/types.ts';
import { type Accept, createAccept } from './inbound/accept.ts';
import { createTraces, type Traces } from './inbound/trace.ts';
import { createUsage, type Usage } from './inbound/usage.ts';
import { createWelcome } from './inbound/welcome.ts';
import { type Attempts, createAttempts } from './outbound/attempts.ts';
import { createOutbox, type Outbox } from './outbound/outbox.ts';
import { createQueueAdmin, type QueueAdmin } from './outbound/queue-admin.ts';
import { type Outgoing, submitBytes } from './outbound/submit.ts';
import type { Blobs, Clock, Log, Queue, QueueName, Random, Records, Schedule, Wakeups } from './ports/index.ts';
import { createSearchIndex, type SearchIndex } from './search/index/index.ts';

/** What a store and a machine give. */
export interface Ports {
  readonly records: Records;
  readonly blobs: Blobs;
  readonly queues: Readonly<Record<QueueName, Queue>>;
  readonly schedule: Schedule;
  readonly wakeups: Wakeups;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface MailOptions {
  /** Our name in banners, EHLO, trace headers and reports. */
  readonly hostname: string;
  /** Whether this process works in the background or for people (design: rule 11). */
  readonly writer: 'person' | 'worker';
  /** No other process writes to this store. */
  readonly exclusive: boolean;
  /** Where browsers find us where no setting says otherwise. @default https://HOSTNAME */
  readonly origin?: string;
  /** How mail leaves where no setting says otherwise. */
  readonly defaultRoutes: readonly Route[];
  /** Called when an account's tail has grown long. */
  readonly onLongTail: (account: string) => void;
}

/** What serves clients stands on: who there is, what they have, and the ways by which messages enter. */
export interface Base {
  readonly directory: DirectoryService;
  readonly accounts: OpenAccounts;
  /** Finds words and texts in messages. */
  readonly index: SearchIndex;
  readonly accept: Accept;
  readonly usage: Usage;
  /** Bytes of one message, as it is set. */
  readonly maxMessage: () => Promise<number>;
  readonly queue: QueueAdmin;
  readonly outbox: Outbox;
  /** Sends a message that was made here, once for each id. */
  submit(outgoing: Outgoing, bytes: Uint8Array): Promise<unknown>;
  readonly traces: Traces;
  readonly attempts: Attempts;
  /** Who changed what: accounts, credentials, settings. */
  readonly audit: Audit;
}

const DAY = 86_400_000;
const MIB = 2 ** 20;
/** Memory for accounts that nobody uses just now, and for unpacked summaries. */
const CACHE = { accountBytes: 128 * MIB, summaryBytes: 64 * MIB };

/** Puts the base together: all that a program needs which only serves an API. */
export function createBase(ports: Ports, options: MailOptions): Base {
  const { records, blobs, queues, clock, random, log } = ports;
  const accept = createAccept({ blobs, queue: queues.deliver, clock });
  const directory = createDirectory({
    records,
    clock,
    random,
    log,
    createMailboxes: async (id) => createMailboxes(await accounts.open(id)),
    welcome: createWelcome({ accept, clock, random, hostname: options.hostname }),
    defaultRoutes: options.defaultRoutes,
    origin: options.origin ?? `https://${options.hostname}`,
  });
  const accounts = new OpenAccounts(
    {
      ...ports,
      ...options,
      retentionMs: async () => (await directory.setting('retention.days')) * DAY,
      forget: (...erased) => index.forget(...erased),
      forgetAccount: (account) => index.forgetAccount(account),
    },
    CACHE,
  );
  const index = createSearchIndex({ ...ports, accounts, onUnindexed: options.onLongTail });
  const traces = createTraces({ records, clock, random, log });
  const attempts = createAttempts({ records, clock, random, log });
  const submitDeps = { ...ports, deliver: queues.deliver, send: queues.send, directory, hostname: options.hostname };
  const audit = createAudit({ records, clock, random, log, days: () => directory.setting('audit.days') });
  return {
    directory,
    accounts,
    index,
    accept,
    usage: createUsage({ accounts, clock, exclusive: options.exclusive }),
    maxMessage: () => directory.setting('smtp.maxMessageSize'),
    outbox: createOutbox(submitDeps),
    submit: (outgoing, bytes) => submitBytes(submitDeps, outgoing, bytes),
    queue: createQueueAdmin({ ...ports, send: queues.send }),
    traces,
    attempts,
    audit,
  };
}
