/** JMAP over HTTP on a store in memory, with the real account log: the handler as a server has it, without a socket. */
import { localRandom } from '../../adapters/local/index.ts';
import { OpenAccounts } from '../../mail/account/accounts.ts';
import { type Account, type Accounts, emailId, type Role } from '../../mail/account/types.ts';
import { OpenSignIns } from '../../mail/directory/open-sign-ins.ts';
import { Shares } from '../../mail/directory/shares.ts';
import type { AccountInfo, Resolution, SignedIn } from '../../mail/directory/types.ts';
import type { HttpRequest, HttpResponse } from '../../mail/http.ts';
import {
  BLOB,
  CONTACTS,
  CORE,
  IMAGES_URN,
  MAIL,
  MDN,
  PREFERENCES_URN,
  PRINCIPALS,
  QUOTA,
  REFERENCES_URN,
  SIEVE,
  SNOOZE_URN,
  SUBMISSION,
  UNSUBSCRIBE_URN,
  VACATION,
  VAPID,
  WEBSOCKET,
} from '../../mail/jmap/capabilities.ts';
import { createJmap, type Jmap, type JmapHttpDeps } from '../../mail/jmap/http.ts';
import { indexMessage } from '../../mail/message/indexer.ts';
import { summarize } from '../../mail/message/summarize.ts';
import { createOutbox, type Outbox } from '../../mail/outbound/outbox.ts';
import type { Log } from '../../mail/ports/index.ts';
import { Refused } from '../../mail/refused.ts';
import { type MemoryPorts, memoryPorts, silentLog } from './memory.ts';
import { noBearer, signedIn } from './signed-in.ts';
import { SkippingClock } from './skipping-clock.ts';

const MAILBOXES: readonly (readonly [string, Role])[] = [
  ['INBOX', 'inbox'],
  ['Drafts', 'drafts'],
  ['Sent', 'sent'],
  ['Junk', 'junk'],
  ['Trash', 'trash'],
  ['Archive', 'archive'],
];

/** Carol is of another tenant than the rest; `folders` holds public ones. */
const PEOPLE = ['alice', 'bob', 'dave', 'carol', 'folders'];

const USING = [
  CORE,
  MAIL,
  SUBMISSION,
  VACATION,
  BLOB,
  QUOTA,
  SIEVE,
  MDN,
  CONTACTS,
  PRINCIPALS,
  SNOOZE_URN,
  PREFERENCES_URN,
  IMAGES_URN,
  UNSUBSCRIBE_URN,
  REFERENCES_URN,
];

/** What a method answered. Tests look into it as clients do, so its members have no types. */
// biome-ignore lint/suspicious/noExplicitAny: JSON
export type Json = any;
export type Calls = readonly (readonly [name: string, args: Record<string, unknown>, callId?: string])[];
export type Responses = [name: string, args: Json, callId: string][];

/** How a message is filed. */
export interface Filing {
  /** @default INBOX */
  readonly mailboxes?: readonly string[];
  /** As IMAP spells them. */
  readonly flags?: readonly string[];
  /** Milliseconds since 1970. @default now, whole seconds */
  readonly date?: number;
  /** @default alice */
  readonly account?: string;
  /** The delivery id, as if it came by a job. */
  readonly delivery?: string;
}

export interface HttpAsk {
  /** @default GET, and POST where there is a body */
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
  /** Who signs in, by the part before the `@`; null: nobody. @default alice */
  readonly user?: string | null;
}

export interface JmapWorld {
  readonly jmap: Jmap;
  readonly ports: MemoryPorts;
  readonly accounts: Accounts;
  readonly outbox: Outbox;
  readonly clock: SkippingClock;
  /** What the server has logged as an error. */
  readonly errors: string[];
  /** The account of `alice@example.test` (password `secret`), whose id is `alice`; bob's is alike. */
  readonly alice: Account;
  account(id: string): Promise<Account>;
  /** Writes a snapshot of an account. */
  compact(id: string): Promise<void>;
  /** The id of a mailbox of alice's, by its full name. */
  mailbox(name: string): string;
  /** Files a message, given as latin1 or bytes, as one entry; gives the email's id. */
  file(message: string | Uint8Array, filing?: Filing): Promise<string>;
  /** Any HTTP request to the handler. `path` may have a query. */
  http(path: string, ask?: HttpAsk): Promise<HttpResponse>;
  /** A JMAP request; call ids are `0`, `1`, ... where none are given. Fails unless it is answered with 200. */
  request(calls: Calls, more?: Record<string, unknown>, user?: string): Promise<Responses>;
  /** One method call; `accountId` is filled in. Gives what it answered with, and fails where that is an error. */
  call(name: string, args?: Record<string, unknown>, user?: string): Promise<Json>;
  /** One method call that fails: the error's arguments. */
  failing(name: string, args?: Record<string, unknown>, user?: string): Promise<Json>;
}

/** What a test has of its own. */
interface Options extends Partial<Omit<JmapHttpDeps, 'directory'>> {
  readonly directory?: Partial<JmapHttpDeps['directory']>;
  /** Whether the account `folders` holds public folders. */
  readonly folders?: boolean;
}

export async function jmapWorld({ directory, folders = false, ...options }: Options = {}): Promise<JmapWorld> {
  const clock = new SkippingClock();
  const ports = memoryPorts({ clock, random: localRandom });
  const errors: string[] = [];
  const log: Log = { ...silentLog, error: (event, fields) => void errors.push(`${event} ${JSON.stringify(fields)}`) };
  const deps = { ...ports, clock, random: localRandom, log };
  const accounts = new OpenAccounts(
    {
      ...deps,
      writer: 'person',
      exclusive: true,
      retentionMs: async () => 90 * 86_400_000,
      onLongTail: () => undefined,
    },
    { accountBytes: 1 << 24, summaryBytes: 1 << 24 },
  );
  const outbox = createOutbox({
    ...deps,
    deliver: ports.queues.deliver,
    send: ports.queues.send,
    schedule: ports.schedule,
    directory: { resolve },
    hostname: 'mail.example.test',
  });
  const known = {
    authenticate,
    bearer: noBearer,
    holds: async () => true,
    watch: () => () => undefined,
    account,
    maySendAs,
    ...directory,
  };
  const openSignIns = new OpenSignIns({ ...known, ended: { since: async () => new Set(PEOPLE) }, clock, log });
  const jmap = createJmap({
    accounts,
    blobs: ports.blobs,
    outbox,
    records: ports.records,
    clock,
    random: localRandom,
    log,
    hostname: 'mail.example.test',
    images: { sign: async (account, url) => (url.startsWith('http') ? `/images/v1/${account}/signed` : undefined) },
    sharing: {
      account: async (id) => (PEOPLE.includes(id) ? account(id) : undefined),
      accountNamed: async (address) => account(address.split('@', 1)[0]!),
      publicAccount: async (tenant) => (folders && tenant === 't1' ? account('folders') : undefined),
      hints: new Shares(ports.records, clock),
    },
    people: async (tenant) => (await Promise.all(PEOPLE.map(account))).filter((one) => one.tenant === tenant),
    directory: {
      ...known,
      untilEnded: (id, credential, service, over) => openSignIns.add(id, credential, service, over),
    },
    capabilities: new Set([...USING, WEBSOCKET, VAPID]),
    ...options,
  });
  for (const id of PEOPLE) await makeMailboxes(await accounts.open(id));
  const alice = await accounts.open('alice');
  const world: JmapWorld = {
    jmap,
    ports,
    accounts,
    outbox,
    clock,
    errors,
    alice,
    account: (id) => accounts.open(id),
    compact: (id) => accounts.compact(id),
    mailbox: (name) => alice.state.mailboxNamed(name)!.id,
    file: (message, filing) => file(world, message, filing),
    http: (path, ask) => jmap.handle(httpRequest(path, ask)),
    async request(calls, more = {}, user = 'alice') {
      const methodCalls = calls.map(([name, args, callId], i) => [name, args, callId ?? String(i)]);
      const response = await world.http('/jmap/api', {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ using: USING, methodCalls, ...more }),
        user,
      });
      const text = await bodyText(response);
      if (response.status !== 200) throw new Error(`${response.status} ${text}`);
      return JSON.parse(text).methodResponses;
    },
    async call(name, args = {}, user = 'alice') {
      const [[answered, answer]] = (await world.request([[name, { accountId: user, ...args }]], {}, user)) as [
        Responses[0],
      ];
      if (answered === 'error') throw new Error(`${name}: ${answer.type}: ${answer.description}`);
      return answer;
    },
    async failing(name, args = {}, user = 'alice') {
      const [[answered, answer]] = (await world.request([[name, { accountId: user, ...args }]], {}, user)) as [
        Responses[0],
      ];
      if (answered !== 'error') throw new Error(`${name} did not fail: ${JSON.stringify(answer)}`);
      return answer;
    },
  };
  return world;
}

/** A response's body, read to its end. */
export async function bodyBytes({ body }: HttpResponse): Promise<Buffer> {
  if (typeof body === 'string' || body instanceof Uint8Array) return Buffer.from(body);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export async function bodyText(response: HttpResponse): Promise<string> {
  return (await bodyBytes(response)).toString('utf8');
}

/** Lines with CRLF, the last too. */
export function lines(...texts: string[]): string {
  return texts.map((text) => `${text}\r\n`).join('');
}

function httpRequest(path: string, { method, headers = {}, body, user = 'alice' }: HttpAsk = {}): HttpRequest {
  const [before, query] = path.split('?', 2);
  const credentials = Buffer.from(`${user}@example.test:secret`).toString('base64');
  return {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    path: before!,
    query: new URLSearchParams(query),
    headers: {
      host: 'mail.example.test',
      ...(user === null ? {} : { authorization: `Basic ${credentials}` }),
      ...headers,
    },
    address: '127.0.0.1',
    body: streamOf(body ?? ''),
  };
}

async function* streamOf(body: NonNullable<HttpAsk['body']>): AsyncGenerator<Uint8Array> {
  if (typeof body === 'string') yield Buffer.from(body);
  else if (body instanceof Uint8Array) yield body;
  else yield* body;
}

async function authenticate(login: string, password: string): Promise<SignedIn> {
  const id = /^(alice|bob|dave|carol)@example\.test$/.exec(login)?.[1];
  if (id === undefined || password !== 'secret') {
    throw new Refused('authenticationfailed', 'The name or the password is wrong.');
  }
  return signedIn(await account(id));
}

/** `example.test` is ours: alice and bob have accounts. */
async function resolve(address: string): Promise<Resolution> {
  if (!address.endsWith('@example.test')) return { kind: 'foreign' };
  const account = address.split('@', 1)[0]!;
  if (account !== 'alice' && account !== 'bob') return { kind: 'unknown' };
  return { kind: 'local', tenant: 't1', deliveries: [{ account }], relay: [] };
}

/** As each account's own address, with any subaddress. */
async function maySendAs(account: string, address: string): Promise<boolean> {
  return new RegExp(`^${account}(\\+[^@]*)?@example\\.test$`, 'i').test(address);
}

async function account(id: string): Promise<AccountInfo> {
  const tenant = id === 'carol' ? 't2' : 't1';
  const isPublic = id === 'folders' ? { public: true } : {};
  return { id, address: `${id}@example.test`, tenant, enabled: true, imap: true, pop3: true, ...isPublic };
}

async function makeMailboxes(account: Account): Promise<void> {
  await account.write((draft) => {
    for (const [name, role] of MAILBOXES) {
      draft.createMailbox(name, role);
      draft.subscribe(name, true);
    }
  });
}

async function file(
  { accounts, ports, clock }: JmapWorld,
  message: string | Uint8Array,
  {
    mailboxes = ['INBOX'],
    flags = [],
    date = Math.floor(clock.now() / 1000) * 1000,
    account = 'alice',
    delivery,
  }: Filing = {},
): Promise<string> {
  const bytes = typeof message === 'string' ? Buffer.from(message, 'latin1') : message;
  const { name } = await ports.blobs.put('raw', bytes, { owners: 1 });
  const summary = summarize(indexMessage(bytes));
  const owner = await accounts.open(account);
  const { result } = await owner.write((draft) =>
    draft.add({
      mailboxes: mailboxes.map((mailbox) => draft.mailboxNamed(mailbox)!.id),
      blob: name,
      size: bytes.length,
      date,
      flags,
      summary,
      ...(delivery === undefined ? {} : { delivery }),
    }),
  );
  return emailId(result!.email);
}

/** The directory of a process in which nobody signs in: it knows accounts, and that what they signed in with elsewhere still holds. */
export const NOBODY: JmapHttpDeps['directory'] = {
  authenticate: () => Promise.reject(new Error('nobody signs in')),
  bearer: () => Promise.reject(new Error('nobody signs in')),
  holds: async () => true,
  untilEnded: () => () => undefined,
  watch: () => () => undefined,
  maySendAs: async () => false,
  account: async (id) => ({ id, address: id, tenant: 't1', enabled: true, imap: true, pop3: true }),
};
