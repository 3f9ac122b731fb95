/** What IMAP clients do all day, on a mailbox of 10,000 messages, in turn to Postern and to Dovecot. */

import type { ImapClient } from './imap.ts';
import { benchMessage, NEEDLE } from './messages.ts';
import { type Bar, login as connected, fill, type Server, Table, withServers } from './two.ts';

const MESSAGES = 10_000;
const RUNS = 3;
const STORES = 2_000;
const APPENDS = 2_000;
const APPENDERS = 10;
const LOGINS = 300;
const METADATA = 'FETCH 1:* (UID FLAGS ENVELOPE INTERNALDATE RFC822.SIZE BODYSTRUCTURE)';

const BARS = {
  cold: { what: 'first LOGIN after a restart', unit: 'logins', bar: undefined },
  restarted: { what: 'FETCH of metadata after a restart', unit: 'messages', bar: 1.5 },
  metadata: { what: 'FETCH of metadata, cached', unit: 'messages', bar: 1 },
  flags: { what: 'FETCH (UID FLAGS)', unit: 'messages', bar: undefined },
  bodies: { what: 'FETCH BODY.PEEK[] of all', unit: 'messages', bar: 0.7 },
  body: { what: 'FETCH BODY.PEEK[], one by one', unit: 'messages', bar: undefined },
  text: { what: 'SEARCH TEXT', unit: 'messages', bar: 1 },
  subject: { what: 'SEARCH SUBJECT', unit: 'messages', bar: undefined },
  storeAll: { what: 'STORE 1:*', unit: 'messages', bar: 0.5 },
  store: { what: 'STORE, one by one', unit: 'messages', bar: 0.5 },
  storeSynced: { what: 'STORE, one by one, synced by both', unit: 'messages', bar: 0.5 },
  append: { what: 'APPEND on one connection', unit: 'messages', bar: 1 },
  appendTen: { what: `APPEND on ${APPENDERS} connections`, unit: 'messages', bar: 1 },
  login: { what: 'connect, LOGIN, LOGOUT', unit: 'logins', bar: 2 },
} as const;

async function selected(server: Server): Promise<ImapClient> {
  const client = await connected(server);
  await client.command('SELECT INBOX');
  return client;
}

async function storeOneByOne(bar: Bar, server: Server, table: Table, client: ImapClient): Promise<void> {
  await table.measure(bar, server, STORES, async () => {
    for (let n = 1; n <= STORES; n++) await client.command(`STORE ${n} +FLAGS (\\Seen)`);
  });
  await client.command('STORE 1:* -FLAGS.SILENT (\\Seen)');
}

/** One run over all phases, each on all servers before the next, so that the machine's other work falls on all alike. */
const PHASES: readonly ((server: Server, table: Table) => Promise<void>)[] = [
  async function restarted(server, table) {
    await server.restart();
    let client: ImapClient | undefined;
    await table.measure(BARS.cold, server, 1, async () => {
      client = await connected(server);
    });
    await client!.command('SELECT INBOX');
    await table.measure(BARS.restarted, server, MESSAGES, () => client!.drain(METADATA));
    client!.close();
  },
  async function metadata(server, table) {
    const client = await selected(server);
    await table.measure(BARS.metadata, server, MESSAGES, () => client.drain(METADATA));
    await table.measure(BARS.flags, server, MESSAGES, () => client.drain('FETCH 1:* (UID FLAGS)'));
    client.close();
  },
  async function bodies(server, table) {
    const client = await selected(server);
    await table.measure(BARS.bodies, server, MESSAGES, () => client.drain('FETCH 1:* BODY.PEEK[]'));
    await table.measure(BARS.body, server, STORES, async () => {
      for (let n = 1; n <= STORES; n++) await client.drain(`FETCH ${n} BODY.PEEK[]`);
    });
    client.close();
  },
  async function search(server, table) {
    const client = await selected(server);
    let answer = '';
    await table.measure(BARS.text, server, MESSAGES, async () => {
      answer = await client.command(`SEARCH TEXT "${NEEDLE}"`);
    });
    const found = /^\* SEARCH([ \d]*)/m.exec(answer)![1]!.trim().split(' ').length;
    if (found !== MESSAGES / 100) throw new Error(`${server.name} finds ${found} messages`);
    await table.measure(BARS.subject, server, MESSAGES, () => client.command('SEARCH SUBJECT "budget"'));
    client.close();
  },
  async function store(server, table) {
    const client = await selected(server);
    await table.measure(BARS.storeAll, server, MESSAGES, () => client.command('STORE 1:* +FLAGS.SILENT (\\Flagged)'));
    await client.command('STORE 1:* -FLAGS.SILENT (\\Flagged)');
    await storeOneByOne(BARS.store, server, table, client);
    client.close();
  },
  async function synced(server, table) {
    await server.restart(true);
    const client = await selected(server);
    await storeOneByOne(BARS.storeSynced, server, table, client);
    client.close();
    await server.restart();
  },
  async function append(server, table) {
    const messages = Array.from({ length: APPENDS }, (_, n) => benchMessage(MESSAGES + n));
    const clients = await Promise.all(Array.from({ length: APPENDERS }, () => connected(server)));
    const [first] = clients;
    await first!.command('CREATE appended');
    await table.measure(BARS.append, server, APPENDS, async () => {
      for (const message of messages) await first!.append('appended', message);
    });
    await first!.command('DELETE appended');
    await first!.command('CREATE appended');
    let next = 0;
    await table.measure(BARS.appendTen, server, APPENDS, () =>
      Promise.all(
        clients.map(async (client) => {
          while (next < APPENDS) await client.append('appended', messages[next++]!);
        }),
      ),
    );
    await first!.command('DELETE appended');
    for (const client of clients) client.close();
  },
  async function logins(server, table) {
    await table.measure(BARS.login, server, LOGINS, async () => {
      for (let n = 0; n < LOGINS; n++) {
        const client = await connected(server);
        await client.command('LOGOUT');
        client.close();
      }
    });
  },
];

/** Runs it, prints the table; false where a bar is missed. `--alone` leaves the peer out, `--only=bodies,search` other phases. */
export async function run(): Promise<boolean> {
  const only = process.argv
    .find((argument) => argument.startsWith('--only='))
    ?.slice('--only='.length)
    .split(',');
  const phases = PHASES.filter(({ name }) => only?.includes(name) ?? true);
  return withServers(async (servers) => {
    const table = new Table(servers);
    for (const server of servers) await fill(server, MESSAGES);
    for (let n = 0; n < RUNS; n++) {
      for (const phase of phases) for (const server of servers) await phase(server, table);
    }
    console.log(`${MESSAGES} messages of ${meanSize()} KB in the mean; medians of ${RUNS} runs`);
    return table.print();
  });
}

function meanSize(): string {
  let bytes = 0;
  for (let n = 0; n < 1_000; n++) bytes += benchMessage(n).length;
  return (bytes / 1_000_000).toFixed(1);
}

if (import.meta.main) process.exitCode = (await run()) ? 0 : 1;
