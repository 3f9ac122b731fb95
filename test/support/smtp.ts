import { createHash } from 'node:crypto';
import type { AccountInfo, Directory, Resolution, SignedIn } from '../../mail/directory/types.ts';
import type { Accept, Incoming } from '../../mail/inbound/accept.ts';
import { Unavailable } from '../../mail/ports/index.ts';
import { Refused } from '../../mail/refused.ts';
import { createSmtpServer, type SmtpServer, type SmtpServerOptions } from '../../mail/smtp/server.ts';
import { silentLog } from './memory.ts';
import { type PipeClient, type PipeOptions, pipe } from './pipe.ts';
import { scramWith } from './scram.ts';
import { bearerOf, signedIn } from './signed-in.ts';
import { SimClock } from './simclock.ts';
import { SimRandom } from './simrandom.ts';
import { transcript } from './transcript.ts';

/** What the server took, as the store would see it. */
export interface Taken {
  readonly mail: Incoming;
  readonly bytes: Buffer;
}

export const ALICE: AccountInfo = {
  id: 'a1',
  address: 'alice@example.test',
  tenant: 'default',
  enabled: true,
  imap: true,
  pop3: true,
};

/** alice, bob, list (both and someone elsewhere), other tenants, full*: accounts with quotas; `down@` fails, `off@` is switched off. */
export function smallDirectory(): Directory {
  const local = (account: string, detail?: string, tenant = 'default'): Resolution => ({
    kind: 'local',
    tenant,
    deliveries: [detail === undefined ? { account } : { account, detail }],
    relay: [],
  });
  const limited = (deliveries: readonly { account: string }[], relay: readonly string[] = []): Resolution => ({
    kind: 'local',
    tenant: 'default',
    deliveries,
    relay,
    quotas: new Map([
      ['q1', { quota: 1_000, maxMessages: 10 }],
      ['q2', { quota: 1_000 }],
    ]),
  });
  const known: Record<string, Resolution> = {
    'alice@example.test': local('a1'),
    'alice+shop@example.test': local('a1', 'shop'),
    'bob@example.test': local('b1'),
    'grüße@example.test': local('g1'),
    'carol@other.test': local('c1', undefined, 'second'),
    'off@example.test': { kind: 'disabled' },
    'list@example.test': {
      kind: 'local',
      tenant: 'default',
      deliveries: [{ account: 'a1' }, { account: 'b1' }],
      relay: ['far@elsewhere.test'],
    },
    // Accounts q1 and q2 may keep 1,000 bytes each, q1 10 messages.
    'full@example.test': limited([{ account: 'q1' }]),
    'fuller@example.test': limited([{ account: 'q1' }, { account: 'q2' }]),
    'fullandfree@example.test': limited([{ account: 'q1' }, { account: 'b1' }]),
    'fullandfar@example.test': limited([{ account: 'q1' }], ['far@elsewhere.test']),
    postmaster: local('p1'),
  };
  return {
    async resolve(address) {
      const name = address.toLowerCase();
      if (name.startsWith('down@')) throw new Unavailable('the store is away');
      const found = known[name];
      if (found !== undefined) return found;
      return { kind: /@(example|other)\.test$/.test(name) ? 'unknown' : 'foreign' };
    },
    async account(id) {
      return id === ALICE.id ? ALICE : undefined;
    },
    authenticate,
    scram: scramWith(authenticate, 'grün und lang'),
    bearer: bearerOf((name) => (name === 'alice' ? ALICE : undefined)),
    refresh: () => Promise.reject(new Error('nobody asks')),
    secondFactor: () => Promise.reject(new Error('nobody asks')),
    holds: async () => true,
    untilEnded: () => () => undefined,
    watch: () => () => undefined,
    async maySendAs(account, address) {
      return account === ALICE.id && /^alice(\+.*)?@example\.test$/i.test(address);
    },
    async routes() {
      return [{ kind: 'mx' }];
    },
  };
}

async function authenticate(login: string, password: string): Promise<SignedIn> {
  if (login === 'slow@example.test') throw new Refused('throttled', 'Too many attempts.');
  if (login === 'away@example.test') throw new Unavailable('the store is away');
  if (login === ALICE.address && password === 'grün und lang') return signedIn(ALICE);
  throw new Refused('authenticationfailed', 'Wrong.');
}

export interface SmtpRig {
  readonly server: SmtpServer;
  readonly client: PipeClient;
  readonly taken: Taken[];
  readonly clock: SimClock;
  /** Resolves when the server's side is done. */
  readonly done: Promise<void>;
  play(text: string): Promise<void>;
}

/** A server with one client on a pipe, and a store that keeps what it is given. */
export function smtpRig(options: Partial<SmtpServerOptions> & { readonly pipe?: PipeOptions } = {}): SmtpRig {
  const taken: Taken[] = [];
  const keep: Accept = async (mail, source) => {
    const chunks: Uint8Array[] = [];
    if (source instanceof Uint8Array) chunks.push(source);
    else for await (const chunk of source) chunks.push(chunk);
    taken.push({ mail, bytes: Buffer.concat(chunks) });
  };
  const clock = new SimClock(Date.UTC(2026, 10, 20, 12));
  const server = createSmtpServer({
    profile: 'mx',
    hostname: 'mail.example.test',
    directory: smallDirectory(),
    accept: keep,
    clock,
    random: new SimRandom(1),
    log: silentLog,
    ...options,
  });
  const { server: wire, client } = pipe(options.pipe);
  const done = server.handle(wire).then(
    () => wire.end(),
    (error: unknown) => {
      wire.destroy();
      throw error;
    },
  );
  done.catch(() => undefined);
  return { server, client, taken, clock, done, play: (text) => transcript(client, text) };
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
