/**
 * How fast mail is delivered: from the first connection until IMAP shows all of it. 5,000 messages of 5 KB to 10 mailboxes over 20
 * connections, in turn to Postern and to Postfix with Dovecot on the same disk.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SEED_PASSWORD, seedHome } from '../support/seed.ts';
import { freeBase, startSystem } from '../support/system.ts';
import { ImapClient } from './imap.ts';
import { startPeer } from './peers.ts';
import type { Load, Loaded } from './smtp-load.ts';

const USERS = 10;
const MESSAGES = 5_000;
const CONNECTIONS = 20;
const SIZE = 5 * 1024;
const RUNS = 3;
const BAR = 2;
const POLL_MS = 100;
const PATIENCE_MS = 180_000;
const DOMAIN = 'bench.test';

interface Server {
  readonly name: string;
  readonly smtpPort: number;
  readonly domain: string;
  readonly mailboxes: readonly ImapClient[];
}

interface Figures {
  readonly acceptedPerSecond: number;
  readonly deliveredPerSecond: number;
  readonly median: number;
  readonly p99: number;
}

const GENERATOR = fileURLToPath(new URL('smtp-load.ts', import.meta.url));

async function load(to: Server, messages: number): Promise<Loaded> {
  const options: Load = {
    port: to.smtpPort,
    domain: to.domain,
    users: USERS,
    messages,
    connections: CONNECTIONS,
    size: SIZE,
  };
  const { stdout } = await promisify(execFile)(process.execPath, [GENERATOR, JSON.stringify(options)]);
  return JSON.parse(stdout) as Loaded;
}

async function visible(mailboxes: readonly ImapClient[], expected: number): Promise<number> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
    let total = 0;
    for (const mailbox of mailboxes) total += await mailbox.messages();
    if (total > expected) throw new Error(`${total} messages came where ${expected} were sent`);
    if (total === expected) return Date.now();
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`not all of ${expected} messages came within ${PATIENCE_MS / 1000} s`);
}

async function measure(server: Server, messages = MESSAGES): Promise<Figures> {
  for (const mailbox of server.mailboxes) await mailbox.purge();
  const [sent, seen] = await Promise.all([load(server, messages), visible(server.mailboxes, messages)]);
  return {
    acceptedPerSecond: (messages * 1000) / (sent.acknowledged - sent.begun),
    deliveredPerSecond: (messages * 1000) / (seen - sent.begun),
    median: sent.median,
    p99: sent.p99,
  };
}

function open(port: number, user: (n: number) => string, password: string): Promise<ImapClient[]> {
  return Promise.all(Array.from({ length: USERS }, (_, i) => ImapClient.login(port, user(i + 1), password)));
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1]!;

function row(server: string, run: string, figures: Figures) {
  return {
    server,
    run,
    'accepted/s': Math.round(figures.acceptedPerSecond),
    'delivered/s': Math.round(figures.deliveredPerSecond),
    'median ms': Number(figures.median.toFixed(1)),
    'p99 ms': Number(figures.p99.toFixed(1)),
  };
}

/** Runs it, prints the table; false where the bar is missed. `--alone` leaves the peer out. */
export async function run(): Promise<boolean> {
  const home = await mkdtemp(join(tmpdir(), 'postern-bench-'));
  const names = Array.from({ length: USERS }, (_, i) => `user${i + 1}`);
  await seedHome(home, DOMAIN, names);
  const system = await startSystem({ home });
  const peer = process.argv.includes('--alone') ? undefined : await startPeer(await freeBase(), USERS);
  const servers: Server[] = [];
  try {
    servers.push({
      name: 'Postern',
      smtpPort: system.port('smtp'),
      domain: DOMAIN,
      mailboxes: await open(system.port('imap'), (n) => `user${n}@${DOMAIN}`, SEED_PASSWORD),
    });
    if (peer !== undefined) {
      servers.push({
        name: peer.version,
        smtpPort: peer.smtpPort,
        domain: peer.domain,
        mailboxes: await open(peer.imapPort, (n) => `user${n}`, peer.password),
      });
    }
    // The first messages of a process pay for what is made once: neither server is judged by them.
    for (const server of servers) await measure(server, 500);
    const all = servers.map(() => [] as Figures[]);
    for (let n = 0; n < RUNS; n++) {
      for (const [i, server] of servers.entries()) all[i]!.push(await measure(server));
    }
    const medians = all.map((runs) => ({
      acceptedPerSecond: median(runs.map((one) => one.acceptedPerSecond)),
      deliveredPerSecond: median(runs.map((one) => one.deliveredPerSecond)),
      median: median(runs.map((one) => one.median)),
      p99: median(runs.map((one) => one.p99)),
    }));
    console.log(`${MESSAGES} messages of ${SIZE} bytes to ${USERS} mailboxes over ${CONNECTIONS} connections`);
    console.table(
      servers.flatMap(({ name }, i) => [
        ...all[i]!.map((figures, n) => row(name, String(n + 1), figures)),
        row(name, 'median', medians[i]!),
      ]),
    );
    console.log(`Memory of Postern afterwards: ${Math.round((await system.rss()) / 2 ** 20)} MB`);
    if (medians[1] === undefined) return true;
    const ratio = medians[0]!.deliveredPerSecond / medians[1].deliveredPerSecond;
    console.log(`Postern delivers ${ratio.toFixed(2)} times as fast (bar: ${BAR})`);
    return ratio >= BAR;
  } finally {
    for (const { mailboxes } of servers) for (const mailbox of mailboxes) mailbox.close();
    await system.stop();
    await peer?.stop();
    await rm(home, { recursive: true });
  }
}

if (import.meta.main) await run();
