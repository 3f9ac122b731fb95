/** Several tasks that serve IMAP and POP3 on one store in memory, as Fargate runs them: each can be killed, and its calls can fail. */
import { localRandom } from '../../adapters/local/index.ts';
import { accessProtocols } from '../../bin/parts/protocols.ts';
import { createMailboxes } from '../../mail/account/new-account.ts';
import type { Account } from '../../mail/account/types.ts';
import type { AccountInfo } from '../../mail/directory/types.ts';
import { indexMessage } from '../../mail/message/indexer.ts';
import { summarize } from '../../mail/message/summarize.ts';
import type { Log } from '../../mail/ports/index.ts';
import { createMail, type Mail } from '../../mail/stages.ts';
import { type Decide, type FailingPorts, failing } from './failing.ts';
import { LOOPBACK } from './imap.ts';
import { memoryPorts, silentLog } from './memory.ts';
import { type PipeClient, pipe } from './pipe.ts';
import { signedIn } from './signed-in.ts';
import { SkippingClock } from './skipping-clock.ts';
import { transcript } from './transcript.ts';

/** Whoever signs in is alice: hashing passwords is no part of this. */
const ALICE: AccountInfo = {
  id: 'alice',
  address: 'alice@example.test',
  tenant: 'default',
  enabled: true,
  imap: true,
  pop3: true,
};

export interface Task {
  readonly mail: Mail;
  readonly ports: FailingPorts;
  /** Alice's account as this task sees it. */
  readonly alice: Account;
  /** A new connection to IMAP or POP3. */
  connect(protocol: 'imap' | 'pop3'): PipeClient;
  /** An IMAP connection of alice's; its tags are x1 and x2. */
  login(mailbox?: string): Promise<PipeClient>;
  /** SIGTERM, for the protocols. */
  stop(): void;
  /** kill -9: it answers nobody any more, and its calls have no effect. */
  kill(): void;
}

export interface Tasks {
  readonly clock: SkippingClock;
  /** What tasks that live have logged as an error. */
  readonly errors: string[];
  start(decide?: Decide): Promise<Task>;
  /** Files messages into alice's INBOX, as a worker does: one entry each. */
  deliver(...messages: string[]): Promise<void>;
}

export async function tasks(): Promise<Tasks> {
  const clock = new SkippingClock();
  const store = memoryPorts({ clock, random: localRandom });
  const errors: string[] = [];
  const options = {
    hostname: 'mail.example.test',
    writer: 'person',
    exclusive: false,
    defaultRoutes: [{ kind: 'mx' }],
    onLongTail: () => undefined,
  } as const;

  async function start(decide: Decide = () => undefined): Promise<Task> {
    const clients: PipeClient[] = [];
    const failingPorts = failing(store, { decide, clock });
    const error = (event: string, fields: unknown) => {
      if (!failingPorts.crashed) errors.push(`${event} ${JSON.stringify(fields)}`);
    };
    const log: Log = { ...silentLog, error };
    const ports = { ...failingPorts, clock, random: localRandom, log };
    const mail = await createMail(ports, options);
    const nobody = () => () => undefined;
    const directory = { ...mail.directory, authenticate: async () => signedIn(ALICE), untilEnded: nobody };
    const protocols = accessProtocols({ ...mail, directory }, ports, { hostname: options.hostname, bind: '127.0.0.1' });
    const connect = (protocol: 'imap' | 'pop3'): PipeClient => {
      const { server, client } = pipe(LOOPBACK);
      clients.push(client);
      void protocols[protocol].handle(server);
      return client;
    };
    return {
      mail,
      ports: failingPorts,
      alice: await mail.accounts.open(ALICE.id),
      connect,
      async login(mailbox) {
        const client = connect('imap');
        await transcript(client, `S~ ^\\* OK\nC: x1 LOGIN alice@example.test secret\nS~ ^x1 OK`);
        if (mailbox !== undefined) await transcript(client, `C: x2 SELECT ${mailbox}\nS* ^x2 OK`);
        return client;
      },
      stop: () => Object.values(protocols).forEach((protocol) => void protocol.stop()),
      kill() {
        failingPorts.crash();
        for (const client of clients) client.destroy();
      },
    };
  }

  const worker = await createMail({ ...store, clock, random: localRandom, log: silentLog }, options);
  const account = await worker.accounts.open(ALICE.id);
  await createMailboxes(account);
  return {
    clock,
    errors,
    start,
    async deliver(...messages) {
      for (const message of messages) {
        const bytes = Buffer.from(message, 'latin1');
        const { name } = await store.blobs.put('raw', bytes, { owners: 1 });
        const summary = summarize(indexMessage(bytes));
        await account.write((draft) => {
          const inbox = draft.mailboxNamed('INBOX')!.id;
          return draft.add({ mailboxes: [inbox], blob: name, size: bytes.length, date: 0, flags: [], summary });
        });
      }
    },
  };
}
