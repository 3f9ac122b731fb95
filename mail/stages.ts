import { OpenAccounts } from './account/accounts.ts';
import { createMailboxes } from './account/new-account.ts';
import { type Audit, createAudit } from './audit/audit.ts';
import { sweepOrphans } from './blobs/orphans.ts';
import { eraseContacts } from './contacts/erase.ts';
import { isContactsLog } from './contacts/log.ts';
import { createDirectory, type DirectoryService } from './directory/directory.ts';
import type { Route } from './directory/types.ts';
import { type Accept, createAccept } from './inbound/accept.ts';
import { createDeliver, type Deliver } from './inbound/deliver.ts';
import { createTraces, type Traces } from './inbound/trace.ts';
import { createUsage, type Usage } from './inbound/usage.ts';
import { createWelcome } from './inbound/welcome.ts';
import { namedBlobs } from './named-blobs.ts';
import { type Attempts, createAttempts } from './outbound/attempts.ts';
import { createOutbox, type Outbox } from './outbound/outbox.ts';
import { createQueueAdmin, type QueueAdmin } from './outbound/queue-admin.ts';
import { createSend, type SendConfig, type SendHandler } from './outbound/send.ts';
import { type Outgoing, submit, submitBytes } from './outbound/submit.ts';
import { type SweepOptions, type Swept, sweepQueue } from './outbound/sweep.ts';
import type { Blobs, Clock, Dns, Log, Queue, QueueName, Random, Records, Schedule, Wakeups } from './ports/index.ts';
import type { Relay } from './ports/relay.ts';
import type { Ses } from './ports/ses.ts';
import { createSearchIndex, type SearchIndex } from './search/index/index.ts';
import { createAnswer } from './vacation/answer.ts';

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

/** What sending needs besides. */
export interface SendPorts {
  readonly dns: Dns;
  readonly relay: Relay;
  readonly ses?: Ses;
  readonly config: Omit<SendConfig, 'hostname'>;
}

/** The stages of a message's way, put together on one set of ports. */
export interface Mail {
  readonly directory: DirectoryService;
  readonly accounts: OpenAccounts;
  /** Finds words and texts in messages. */
  readonly index: SearchIndex;
  readonly accept: Accept;
  readonly usage: Usage;
  /** Bytes of one message, as it is set. */
  readonly maxMessage: () => Promise<number>;
  readonly deliver: Deliver;
  readonly queue: QueueAdmin;
  readonly outbox: Outbox;
  /** Sends a message that was made here, once for each id. */
  submit(outgoing: Outgoing, bytes: Uint8Array): Promise<unknown>;
  readonly traces: Traces;
  readonly attempts: Attempts;
  /** Who changed what: accounts, credentials, settings. */
  readonly audit: Audit;
  /** The `send` stage, for a process that sends. */
  send(ports: SendPorts): SendHandler;
  sweepQueue(options?: SweepOptions): Promise<Swept>;
  /** Deletes messages that nothing names; `jobs` are the bodies of all that is queued for `deliver`. For one process that is all. */
  sweepOrphans(jobs: () => AsyncIterable<string>): ReturnType<typeof sweepOrphans>;
  /** Packs an account's log into a snapshot, and indexes its messages. Gives whether there is more to index: then call it again. */
  compact(account: string): Promise<boolean>;
  /** Deletes what is left of searches' indexes that nobody took into use. */
  sweepIndex(): Promise<{ readonly deleted: number }>;
  /** Deletes what is too old of the audit log. */
  sweepAudit(): Promise<number>;
  /** Erases the mail of accounts that were removed. To be called every now and then. */
  sweepRemoved(): Promise<{ readonly erased: number; readonly failed: number }>;
}

const DAY = 86_400_000;
const MIB = 2 ** 20;
/** Memory for accounts that nobody uses just now, and for unpacked summaries. */
const CACHE = { accountBytes: 128 * MIB, summaryBytes: 64 * MIB };

/** Puts the stages together. Reads the settings that hold for the life of the process. */
export async function createMail(ports: Ports, options: MailOptions): Promise<Mail> {
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
    deliver: createDeliver({
      ...ports,
      accounts,
      directory,
      submit: (message) => submit(submitDeps, message),
      traces,
      answer: createAnswer({
        ...submitDeps,
        submit: (outgoing, bytes) => submitBytes(submitDeps, outgoing, bytes),
      }),
    }),
    outbox: createOutbox(submitDeps),
    submit: (outgoing, bytes) => submitBytes(submitDeps, outgoing, bytes),
    queue: createQueueAdmin({ ...ports, send: queues.send }),
    traces,
    attempts,
    audit,
    send: ({ config, ...sending }) =>
      createSend({ ...submitDeps, ...sending, attempts, config: { ...config, hostname: options.hostname } }),
    sweepQueue: (sweep) => sweepQueue({ ...ports, send: queues.send }, sweep),
    sweepOrphans: (jobs) => sweepOrphans(ports, namedBlobs({ records, blobs, directory, accounts, jobs })),
    compact: async (account) => {
      await accounts.compact(account);
      return isContactsLog(account) ? false : index.update(account);
    },
    sweepIndex: () => index.sweep(allAccounts(directory)),
    async sweepAudit() {
      const of: (string | undefined)[] = [undefined];
      for await (const { id } of directory.tenants.list({ all: true })) of.push(id);
      return audit.sweep(of);
    },
    sweepRemoved: () =>
      directory.removed.sweep(async (id) => {
        await accounts.eraseAccount(id);
        await eraseContacts({ accounts, blobs }, id);
      }, log),
  };
}

async function* allAccounts({ domains, accounts }: DirectoryService): AsyncGenerator<string> {
  for await (const { domain } of domains.list()) for await (const { id } of accounts.list(domain)) yield id;
}
