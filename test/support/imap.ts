/** An IMAP server on a store in memory, with the real account log, and clients on pipes. */
import { localRandom } from '../../adapters/local/index.ts';
import { OpenAccounts } from '../../mail/account/accounts.ts';
import type { Account, Role } from '../../mail/account/types.ts';
import { Shares } from '../../mail/directory/shares.ts';
import type { AccountInfo, Directory, LimitsAdmin, Sharing, SignedIn } from '../../mail/directory/types.ts';
import { createImapServer, type ImapDeps, type ImapServer } from '../../mail/imap/server.ts';
import type { Limits } from '../../mail/limits.ts';
import { indexMessage } from '../../mail/message/indexer.ts';
import { summarize } from '../../mail/message/summarize.ts';
import type { Blobs, Log } from '../../mail/ports/index.ts';
import { Refused } from '../../mail/refused.ts';
import { type MemoryPorts, memoryPorts, silentLog } from './memory.ts';
import { type PipeClient, type PipeOptions, pipe } from './pipe.ts';
import { scramWith } from './scram.ts';
import { bearerOf, signedIn } from './signed-in.ts';
import { SkippingClock } from './skipping-clock.ts';
import { transcript } from './transcript.ts';

const MAILBOXES: readonly (readonly [string, Role])[] = [
  ['INBOX', 'inbox'],
  ['Drafts', 'drafts'],
  ['Sent', 'sent'],
  ['Junk', 'junk'],
  ['Trash', 'trash'],
  ['Archive', 'archive'],
];

export interface ImapWorld {
  readonly server: ImapServer;
  readonly ports: MemoryPorts;
  readonly clock: SkippingClock;
  /** What the server has logged as an error. */
  readonly errors: string[];
  /** The account of `alice@example.test` (password `secret`); `bob@example.test` has the same password. */
  readonly alice: Account;
  account(id: string): Promise<Account>;
  /** A new connection; by default from loopback to loopback. */
  connect(options?: PipeOptions): { readonly client: PipeClient; readonly served: Promise<void> };
  /** A connection that has logged in, by default as alice, and selected a mailbox where one is named; its tags are x1 and x2. */
  login(mailbox?: string, user?: string): Promise<PipeClient>;
  /** Accounts by address: what the directory says of them, and may be made to say. */
  readonly users: Map<string, AccountInfo>;
  /** Files messages into a mailbox of alice's, as a delivery does: one entry each. */
  deliver(mailbox: string, ...messages: string[]): Promise<void>;
}

export interface ImapWorldOptions
  extends Partial<Pick<ImapDeps, 'startTls' | 'maxMessage' | 'messageLimit' | 'clearLogin' | 'jmap' | 'index'>>,
    Limits {
  /** Whether the mailboxes of `folders@example.test` are public folders. @default false */
  readonly publicFolders?: boolean;
  /** Wraps the blobs that IMAP sees. */
  readonly blobs?: (blobs: Blobs) => Blobs;
}

export const LOOPBACK: PipeOptions = { peer: { address: '127.0.0.1', localAddress: '127.0.0.1' } };

export async function imapWorld(options: ImapWorldOptions = {}): Promise<ImapWorld> {
  const { quota, maxMessages, blobs, publicFolders = false, ...rest } = options;
  const users = usersWith({ quota, maxMessages });
  if (publicFolders) users.set('folders@example.test', { ...users.get('folders@example.test')!, public: true });
  const clock = new SkippingClock();
  const ports = memoryPorts({ clock, random: localRandom });
  const errors: string[] = [];
  const log: Log = { ...silentLog, error: (event, fields) => void errors.push(`${event} ${JSON.stringify(fields)}`) };
  const deps = { ...ports, clock, random: localRandom, log, writer: 'person' as const, exclusive: true };
  const accounts = new OpenAccounts(
    { ...deps, retentionMs: async () => 90 * 86_400_000, onLongTail: () => undefined },
    { accountBytes: 1 << 24, summaryBytes: 1 << 24 },
  );
  const server = createImapServer({
    directory: directory(users),
    limits: limitsOf(users),
    sharing: sharingOf(users, new Shares(ports.records, clock)),
    accounts,
    blobs: blobs === undefined ? ports.blobs : blobs(ports.blobs),
    clock,
    log,
    hostname: 'mail.example.test',
    startTls: true,
    ...rest,
  });
  for (const id of ['alice', 'bob', 'boss', 'carol', 'dave', 'folders']) await makeMailboxes(await accounts.open(id));
  const alice = await accounts.open('alice');
  const connect = (pipeOptions: PipeOptions = LOOPBACK) => {
    const { server: wire, client } = pipe(pipeOptions);
    return { client, served: server.handle(wire) };
  };
  return {
    server,
    ports,
    clock,
    errors,
    alice,
    account: (id) => accounts.open(id),
    connect,
    users,
    async login(mailbox, user = 'alice') {
      const { client } = connect();
      await transcript(client, `S~ ^\\* OK \nC: x1 LOGIN ${user}@example.test secret\nS~ ^x1 OK `);
      if (mailbox !== undefined) await transcript(client, `C: x2 SELECT ${mailbox}\nS* ^x2 OK `);
      return client;
    },
    deliver: (mailbox, ...messages) => deliver(alice, ports, clock, mailbox, messages),
  };
}

/** alice, bob, dave; boss, who administers their tenant and no other; carol of another tenant; `folders`, whose mailboxes may be public. */
function usersWith({ quota, maxMessages }: Record<keyof Limits, number | undefined>): Map<string, AccountInfo> {
  const limits = { ...(quota === undefined ? {} : { quota }), ...(maxMessages === undefined ? {} : { maxMessages }) };
  const common = { enabled: true, imap: true, pop3: true, ...limits };
  const user = (id: string, more: Pick<AccountInfo, 'tenant' | 'admin' | 'public'>): [string, AccountInfo] => {
    const address = `${id}@example.test`;
    return [address, { id, address, ...common, ...more }];
  };
  return new Map([
    user('alice', { tenant: 't1' }),
    user('bob', { tenant: 't1' }),
    user('boss', { tenant: 't1', admin: true }),
    user('carol', { tenant: 't2' }),
    user('dave', { tenant: 't1' }),
    user('folders', { tenant: 't1' }),
  ]);
}

function limitsOf(users: Map<string, AccountInfo>): LimitsAdmin {
  const get = async (address: string): Promise<AccountInfo> => {
    const found = users.get(address);
    if (found === undefined) throw new Refused('nonexistent', 'There is no such account.');
    return found;
  };
  return {
    get,
    async set(address, { quota, maxMessages }) {
      const { quota: _, maxMessages: __, ...rest } = await get(address);
      const changed = {
        ...rest,
        ...(quota === 'none' ? {} : { quota }),
        ...(maxMessages === 'none' ? {} : { maxMessages }),
      };
      users.set(address, changed);
      return changed;
    },
  };
}

function sharingOf(users: ReadonlyMap<string, AccountInfo>, hints: Shares): Sharing {
  const find = async (is: (user: AccountInfo) => boolean) => [...users.values()].find(is);
  return {
    hints,
    account: (id) => find((user) => user.id === id),
    accountNamed: (address) => find((user) => user.address === address.toLowerCase()),
    publicAccount: (tenant) => find((user) => user.public === true && user.tenant === tenant),
  };
}

function directory(
  users: ReadonlyMap<string, AccountInfo>,
): Pick<Directory, 'authenticate' | 'scram' | 'bearer' | 'untilEnded'> {
  const authenticate = async (login: string, password: string): Promise<SignedIn> => {
    const name = /^(alice|bob|boss|carol|dave|folders)(?:@example\.test)?$/.exec(login)?.[1];
    if (login === 'down@example.test') throw new Refused('unavailable', 'Try again later.');
    if (name === undefined || password !== 'secret') {
      throw new Refused('authenticationfailed', 'The name or the password is wrong.');
    }
    return signedIn(users.get(`${name}@example.test`)!);
  };
  return {
    authenticate,
    bearer: bearerOf((name) => users.get(`${name}@example.test`)),
    scram: scramWith(authenticate, 'secret'),
    untilEnded: () => () => undefined,
  };
}

async function makeMailboxes(account: Account): Promise<void> {
  await account.write((draft) => {
    for (const [name, role] of MAILBOXES) {
      draft.createMailbox(name, role);
      draft.subscribe(name, true);
    }
  });
}

async function deliver(
  account: Account,
  ports: MemoryPorts,
  clock: SkippingClock,
  mailbox: string,
  messages: readonly string[],
): Promise<void> {
  for (const message of messages) {
    const bytes = Buffer.from(message, 'latin1');
    const { name } = await ports.blobs.put('raw', bytes, { owners: 1 });
    const summary = summarize(indexMessage(bytes));
    const date = Math.floor(clock.now() / 1000) * 1000;
    await account.write((draft) =>
      draft.add({
        mailboxes: [draft.mailboxNamed(mailbox)!.id],
        blob: name,
        size: bytes.length,
        date,
        flags: [],
        summary,
      }),
    );
  }
}

/** A small message with CRLF lines. */
export function message(subject: string, body = 'Hello\r\n', more = ''): string {
  return `From: Ann <ann@example.org>\r\nTo: alice@example.test\r\nSubject: ${subject}\r\n${more}\r\n${body}`;
}
