/**
 * A mailbox of 100,000 messages: how soon it is open after a restart, what a flag change on all of it writes, what memory it takes.
 * The messages come by SMTP, as mail does.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SEED_PASSWORD, seedHome } from '../support/seed.ts';
import { memory, startSystem } from '../support/system.ts';
import { ImapClient } from './imap.ts';
import type { Load, Loaded } from './smtp-load.ts';

const MESSAGES = 100_000;
const SIZE = 2 * 1024;
const DOMAIN = 'bench.test';
const USER = `user1@${DOMAIN}`;
const STARTS = 3;
const BARS = { openMs: 250, entries: 1, rssMb: 400 };
const MB = 2 ** 20;
const GENERATOR = fileURLToPath(new URL('smtp-load.ts', import.meta.url));

interface Opened {
  readonly readyMs: number;
  readonly loginMs: number;
  readonly selectMs: number;
}

/** Log entries of all accounts, counted in the database beside the running program. */
function entries(home: string): number {
  const database = new DatabaseSync(join(home, 'postern.db'), { readOnly: true });
  try {
    const row = database.prepare("SELECT count(*) AS count FROM records WHERE pk LIKE 'a/%' AND sk LIKE 'e/%'").get();
    return Number(row!.count);
  } finally {
    database.close();
  }
}

async function timed<T>(work: () => Promise<T>): Promise<readonly [T, number]> {
  const from = performance.now();
  return [await work(), performance.now() - from];
}

async function fill(home: string): Promise<{ readonly perSecond: number; readonly peak: number }> {
  const system = await startSystem({ home });
  const load: Load = {
    port: system.port('smtp'),
    domain: DOMAIN,
    users: 1,
    messages: MESSAGES,
    connections: 20,
    size: SIZE,
  };
  const { stdout } = await promisify(execFile)(process.execPath, [GENERATOR, JSON.stringify(load)]);
  const { begun } = JSON.parse(stdout) as Loaded;
  const client = await ImapClient.login(system.port('imap'), USER, SEED_PASSWORD);
  while ((await client.messages()) < MESSAGES) await new Promise((resolve) => setTimeout(resolve, 100));
  const perSecond = (MESSAGES * 1000) / (Date.now() - begun);
  client.close();
  const peak = await memory(system.child.pid!, 'VmHWM');
  const { code } = await system.stop();
  if (code !== 0) throw new Error(`the program ended with ${code}: ${system.stderr()}`);
  return { perSecond, peak };
}

async function open(port: number): Promise<{ client: ImapClient; loginMs: number; selectMs: number }> {
  const [client, loginMs] = await timed(() => ImapClient.login(port, USER, SEED_PASSWORD));
  const [selected, selectMs] = await timed(() => client.command('SELECT INBOX'));
  if (!selected.includes(`* ${MESSAGES} EXISTS`)) throw new Error(`SELECT says ${selected.slice(0, 400)}`);
  return { client, loginMs, selectMs };
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1]!;

/** Runs it, prints the tables; false where a bar is missed. */
export async function run(): Promise<boolean> {
  const home = await mkdtemp(join(tmpdir(), 'postern-mailbox-'));
  try {
    await seedHome(home, DOMAIN, ['user1']);
    const filled = await fill(home);
    console.log(
      `${MESSAGES} messages of ${SIZE} bytes came at ${Math.round(filled.perSecond)}/s; ` +
        `most memory meanwhile: ${Math.round(filled.peak / MB)} MB`,
    );
    const cold: Opened[] = [];
    const warm: Opened[] = [];
    let changed = 0;
    let storeMs = 0;
    let fetchMs = 0;
    let rss = 0;
    let peak = 0;
    for (let n = 0; n < STARTS; n++) {
      const system = await startSystem({ home });
      const { readyMs } = system;
      const first = await open(system.port('imap'));
      cold.push({ readyMs, loginMs: first.loginMs, selectMs: first.selectMs });
      const second = await open(system.port('imap'));
      warm.push({ readyMs, loginMs: second.loginMs, selectMs: second.selectMs });
      second.client.close();
      if (n === STARTS - 1) {
        const before = entries(home);
        [, storeMs] = await timed(() => first.client.command('STORE 1:* +FLAGS.SILENT (\\Flagged)'));
        changed = entries(home) - before;
        const [flags, ms] = await timed(() => first.client.command('FETCH 1:* (FLAGS)'));
        fetchMs = ms;
        const flagged = flags.match(/\\Flagged/g)?.length;
        if (flagged !== MESSAGES) throw new Error(`${flagged} messages are flagged`);
      }
      rss = Math.max(rss, await system.rss());
      peak = Math.max(peak, await memory(system.child.pid!, 'VmHWM'));
      first.client.close();
      await system.stop();
    }
    const row = (when: string, all: readonly Opened[]) => ({
      when,
      'LOGIN ms': Math.round(median(all.map((one) => one.loginMs))),
      'SELECT ms': Math.round(median(all.map((one) => one.selectMs))),
      'together ms': Math.round(median(all.map((one) => one.loginMs + one.selectMs))),
    });
    console.log(`Opening it, median of ${STARTS} starts`);
    console.table([row('first after a restart', cold), row('second', warm)]);
    const openMs = median(cold.map((one) => one.loginMs + one.selectMs));
    console.table({
      'ready line after a restart, ms': Math.round(median(cold.map((one) => one.readyMs))),
      'LOGIN and SELECT after a restart, ms (bar: < 250)': Math.round(openMs),
      'STORE 1:* +FLAGS, ms': Math.round(storeMs),
      'log entries that it wrote (bar: 1)': changed,
      'FETCH 1:* (FLAGS), ms': Math.round(fetchMs),
      'resident memory, MB (bar: < 400)': Math.round(rss / MB),
      'most that was ever resident, MB': Math.round(peak / MB),
    });
    return openMs < BARS.openMs && changed === BARS.entries && rss / MB < BARS.rssMb;
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

if (import.meta.main) await run();
