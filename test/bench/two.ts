/** Postern and Dovecot beside each other, each on a home of its own on the same disk, with the same account and the same client. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SEED_PASSWORD, seedHome } from '../support/seed.ts';
import { freeBase, type System, startSystem } from '../support/system.ts';
import { ImapClient } from './imap.ts';
import { benchMessage } from './messages.ts';
import { startPeer } from './peers.ts';

const DOMAIN = 'bench.test';
/** APPENDs in parallel while a mailbox is filled: it is not what is measured. */
const FILLERS = 10;

export interface Server {
  readonly name: string;
  readonly user: string;
  readonly password: string;
  readonly imapPort: number;
  readonly pop3Port: number;
  /** `synced`: every write on disk before its answer, as ours always are. @default the program's own default */
  restart(synced?: boolean): Promise<void>;
}

/** Postern first; Dovecot is not there where it cannot be installed, or with `--alone`. */
export async function withServers<T>(work: (servers: readonly Server[]) => Promise<T>): Promise<T> {
  const home = await mkdtemp(join(tmpdir(), 'postern-bench-'));
  await seedHome(home, DOMAIN, ['user1']);
  let system: System = await startSystem({ home });
  const { base } = system;
  const peer = process.argv.includes('--alone')
    ? undefined
    : await startPeer(await freeBase(), 1, { format: 'sdbox', smtp: false });
  const servers: Server[] = [
    {
      name: 'Postern',
      user: `user1@${DOMAIN}`,
      password: SEED_PASSWORD,
      imapPort: system.port('imap'),
      pop3Port: system.port('pop3'),
      async restart() {
        await system.stop();
        system = await startSystem({ home, base });
      },
    },
  ];
  if (peer !== undefined) servers.push({ ...peer, name: `${peer.version}, sdbox`, user: 'user1' });
  try {
    return await work(servers);
  } finally {
    await system.stop();
    await peer?.stop();
    await rm(home, { recursive: true });
  }
}

export function login({ imapPort, user, password }: Server): Promise<ImapClient> {
  return ImapClient.login(imapPort, user, password);
}

/** Appends messages 0 to `count` - 1 to INBOX, their order as it comes. */
export async function fill(server: Server, count: number): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: FILLERS }, async () => {
      const client = await login(server);
      while (next < count) await client.append('INBOX', benchMessage(next++));
      client.close();
    }),
  );
}

export interface Bar {
  readonly what: string;
  /** What is counted a second: messages, logins, MB. */
  readonly unit: string;
  /** The least ratio to the peer; undefined where the figure is for information. */
  readonly bar: number | undefined;
}

/** Rates of each server for each bar, in its unit a second, run after run; and what the client took of each second, 0 to 1. */
export class Table {
  readonly #servers: readonly Server[];
  readonly #rates = new Map<Bar, number[][]>();
  readonly #client = new Map<Bar, number[]>();

  constructor(servers: readonly Server[]) {
    this.#servers = servers;
  }

  /** Does `work` and writes down how many of the bar's unit a second it did. */
  async measure(bar: Bar, server: Server, count: number, work: () => Promise<unknown>): Promise<void> {
    const cpu = process.cpuUsage();
    const from = performance.now();
    await work();
    const ms = performance.now() - from;
    const { user, system } = process.cpuUsage(cpu);
    const rates = this.#rates.get(bar) ?? this.#servers.map(() => []);
    this.#rates.set(bar, rates);
    rates[this.#servers.indexOf(server)]!.push((count * 1000) / ms);
    if (server !== this.#servers[0]) return;
    this.#client.set(bar, [...(this.#client.get(bar) ?? []), (user + system) / 1000 / ms]);
  }

  /** Prints medians and ratios; whether every bar was met. */
  print(): boolean {
    const [own, peer] = this.#servers;
    let met = true;
    const rows = [...this.#rates].map(([bar, rates]) => {
      const [ours, theirs] = rates.map(median) as [number, number | undefined];
      const ratio = theirs === undefined ? undefined : ours / theirs;
      const fails = bar.bar !== undefined && ratio !== undefined && ratio < bar.bar;
      if (fails) met = false;
      return {
        what: bar.what,
        unit: `${bar.unit}/s`,
        [own!.name]: rounded(ours),
        ...(peer === undefined || theirs === undefined ? {} : { [peer.name]: rounded(theirs) }),
        ratio: ratio === undefined ? '' : ratio.toFixed(2),
        bar: bar.bar ?? '',
        met: bar.bar === undefined || ratio === undefined ? '' : fails ? 'NO' : 'yes',
        'client busy': `${Math.round(100 * median(this.#client.get(bar)!))} %`,
      };
    });
    console.table(rows);
    return met;
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

function rounded(rate: number): number {
  return rate >= 100 ? Math.round(rate) : Number(rate.toFixed(1));
}
