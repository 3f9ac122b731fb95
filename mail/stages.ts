import { type Base, createBase, type MailOptions, type Ports } from './base.ts';
import { sweepOrphans } from './blobs/orphans.ts';
import { eraseContacts } from './contacts/erase.ts';
import { isContactsLog } from './contacts/log.ts';
import type { DirectoryService } from './directory/directory.ts';
import { createDeliver, type Deliver } from './inbound/deliver.ts';
import { namedBlobs } from './named-blobs.ts';
import { createSend, type SendConfig, type SendHandler } from './outbound/send.ts';
import { submit } from './outbound/submit.ts';
import { type SweepOptions, type Swept, sweepQueue } from './outbound/sweep.ts';
import type { Dns } from './ports/index.ts';
import type { Relay } from './ports/relay.ts';
import type { Ses } from './ports/ses.ts';
import { createAnswer } from './vacation/answer.ts';

export type { MailOptions, Ports } from './base.ts';

/** What sending needs besides. */
export interface SendPorts {
  readonly dns: Dns;
  readonly relay: Relay;
  readonly ses?: Ses;
  readonly config: Omit<SendConfig, 'hostname'>;
}

/** The stages of a message's way, put together on one set of ports. */
export interface Mail extends Base {
  readonly deliver: Deliver;
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

/** Puts the stages together. Reads the settings that hold for the life of the process. */
export async function createMail(ports: Ports, options: MailOptions): Promise<Mail> {
  const { records, blobs, queues, log } = ports;
  const base = createBase(ports, options);
  const { directory, accounts, index, audit, attempts, traces } = base;
  const submitDeps = { ...ports, deliver: queues.deliver, send: queues.send, directory, hostname: options.hostname };
  return {
    ...base,
    deliver: createDeliver({
      ...ports,
      accounts,
      directory,
      submit: (message) => submit(submitDeps, message),
      traces,
      answer: createAnswer({ ...submitDeps, submit: base.submit }),
    }),
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
