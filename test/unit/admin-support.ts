import { type HttpListener, listenHttp } from '../../adapters/net/http.ts';
import type { TlsContexts } from '../../adapters/net/tls.ts';
import { createMailboxes } from '../../mail/account/new-account.ts';
import { createAdmin } from '../../mail/admin/admin.ts';
import type { AdminDeps } from '../../mail/admin/deps.ts';
import { createAudit } from '../../mail/audit/audit.ts';
import { createDirectory } from '../../mail/directory/directory.ts';
import { createAccept } from '../../mail/inbound/accept.ts';
import { createTraces } from '../../mail/inbound/trace.ts';
import { createAttempts } from '../../mail/outbound/attempts.ts';
import { createQueueAdmin } from '../../mail/outbound/queue-admin.ts';
import { submitBytes } from '../../mail/outbound/submit.ts';
import type { LookUp } from '../../mail/ports/index.ts';
import { world } from '../support/accounts.ts';
import { silentLog } from '../support/memory.ts';

export const TOKEN = 'token-of-the-test-0123456789abcdefghijkl';

/** The admin API on stores in memory, and a way to put messages into the queue. */
export function adminWorld() {
  const { ports, clock, random, process } = world();
  const accounts = process();
  const directory = createDirectory({
    ...ports,
    clock,
    random,
    log: silentLog,
    createMailboxes: async (id) => createMailboxes(await accounts.open(id)),
    defaultRoutes: [{ kind: 'mx' }],
  });
  const outbound = {
    ...ports,
    clock,
    random,
    log: silentLog,
    send: ports.queues.send,
    deliver: ports.queues.deliver,
    directory,
    hostname: 'mail.example.test',
  };
  const traces = createTraces({ ...ports, clock, random, log: silentLog });
  const attempts = createAttempts({ ...ports, clock, random, log: silentLog });
  /** What DNS says, by `TYPE name`. */
  const published = new Map<string, LookUp>();
  const deps: AdminDeps = {
    dns: { lookUp: async (type, name) => published.get(`${type} ${name}`) ?? { kind: 'nxdomain' } },
    directory,
    accounts,
    blobs: ports.blobs,
    records: ports.records,
    clock,
    random,
    log: silentLog,
    queue: createQueueAdmin(outbound),
    traces,
    attempts,
    audit: createAudit({ ...ports, clock, random, log: silentLog, days: async () => 400 }),
    accept: createAccept({ blobs: ports.blobs, queue: ports.queues.deliver, clock }),
    hostname: 'mail.example.test',
    running: () => ({
      version: '0.1.0',
      store: 'memory',
      listeners: [{ name: 'smtp', host: '127.0.0.1', port: 10025, tls: 'starttls', connections: 0 }],
    }),
    token: TOKEN,
  };
  let serial = 0;
  const enqueue = (to: string, message = 'Message-ID: <one@example.test>\r\n\r\nHi\r\n') =>
    submitBytes(
      outbound,
      {
        id: `job${serial++}aaaaaaa`,
        from: 'alice@example.test',
        recipients: [to],
        tenant: 'default',
        via: 'submission',
        smtputf8: false,
        eightBit: false,
      },
      Buffer.from(message),
    );
  return { deps, published, traces, attempts, ports, clock, directory, accounts, enqueue, admin: createAdmin(deps) };
}

export type AdminWorld = ReturnType<typeof adminWorld>;

/** Serves it on loopback. */
export async function serveAdmin({ admin }: AdminWorld, tls?: TlsContexts): Promise<HttpListener & { url: string }> {
  const listener = await listenHttp({
    name: 'http',
    host: '127.0.0.1',
    port: 0,
    routes: [{ prefix: '/admin/v1', handle: (request) => admin.handle(request) }],
    log: silentLog,
    ...(tls === undefined ? {} : { tls }),
  });
  const url = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${listener.port}`;
  return Object.assign(listener, { url });
}
