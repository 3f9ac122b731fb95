/** What a connection in IDLE costs, in cleartext and under TLS, and how soon 2,000 of them are woken by a delivery to each account. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SEED_PASSWORD, seedHome } from '../support/seed.ts';
import { startSystem } from '../support/system.ts';
import { ImapClient } from './imap.ts';
import { sendLoad } from './smtp-load.ts';

const CONNECTIONS = 2_000;
const ACCOUNTS = 100;
/** Connecting at once. */
const PARALLEL = 20;
const SETTLE_MS = 5_000;
const DOMAIN = 'bench.test';
const WAKE_BAR_MS = 2_000;
const KINDS = [
  { name: 'cleartext', listener: 'imap', bar: 30 },
  { name: 'TLS', listener: 'imaps', bar: 85 },
] as const;

/** Memory of a process, what it shares with others counted in part, in KiB. */
async function pss(pid: number): Promise<number> {
  return Number(/^Pss:\s+(\d+) kB/m.exec(await readFile(`/proc/${pid}/smaps_rollup`, 'utf8'))![1]);
}

async function idling(port: number, tls: boolean, count: number): Promise<ImapClient[]> {
  const clients: ImapClient[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: PARALLEL }, async () => {
      while (next < count) {
        const user = `user${(next++ % ACCOUNTS) + 1}@${DOMAIN}`;
        const client = await ImapClient.login(port, user, SEED_PASSWORD, tls);
        await client.command('SELECT INBOX');
        client.write('i IDLE\r\n');
        await client.until(/^\+ [^\r\n]*\r\n/m);
        clients.push(client);
      }
    }),
  );
  return clients;
}

const settled = () => new Promise((resolve) => setTimeout(resolve, SETTLE_MS));

async function measure({ name, listener, bar }: (typeof KINDS)[number], home: string) {
  const system = await startSystem({ home });
  const port = system.port(listener);
  const pid = system.child.pid!;
  let clients: ImapClient[] = [];
  try {
    await settled();
    // Of a process that nobody has used yet: what is made once for all is counted too.
    const before = await pss(pid);
    const from = performance.now();
    clients = await idling(port, name === 'TLS', CONNECTIONS);
    const connectMs = performance.now() - from;
    await settled();
    const each = ((await pss(pid)) - before) / CONNECTIONS;
    const woken = clients.map((client) => client.until(/^\* 1 EXISTS\r\n/m));
    const begun = performance.now();
    await Promise.all([
      sendLoad({
        port: system.port('smtp'),
        domain: DOMAIN,
        users: ACCOUNTS,
        messages: ACCOUNTS,
        connections: 10,
        size: 2_048,
      }),
      ...woken,
    ]);
    const wakeMs = performance.now() - begun;
    return {
      met: each <= bar && wakeMs < WAKE_BAR_MS,
      row: {
        connections: `${CONNECTIONS}, ${name}`,
        'KiB each': Number(each.toFixed(1)),
        bar,
        'KiB before': before,
        'connected/s': Math.round((CONNECTIONS * 1000) / connectMs),
        'all woken, ms': Math.round(wakeMs),
        'bar, ms': WAKE_BAR_MS,
      },
    };
  } finally {
    for (const client of clients) client.close();
    await system.stop();
  }
}

/** Runs it, prints the table; false where a bar is missed. */
export async function run(): Promise<boolean> {
  const results = [];
  for (const kind of KINDS) {
    const home = await mkdtemp(join(tmpdir(), 'postern-idle-'));
    try {
      await seedHome(
        home,
        DOMAIN,
        Array.from({ length: ACCOUNTS }, (_, n) => `user${n + 1}`),
      );
      results.push(await measure(kind, home));
    } finally {
      await rm(home, { recursive: true });
    }
  }
  console.log(`${ACCOUNTS} accounts; memory as PSS of the process; woken: from the first of ${ACCOUNTS} SMTP messages`);
  console.table(results.map(({ row }) => row));
  return results.every(({ met }) => met);
}

if (import.meta.main) process.exitCode = (await run()) ? 0 : 1;
