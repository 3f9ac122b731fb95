/**
 * What was acknowledged is kept. 30 times: 20 connections send mail, the process is killed at a random moment and started again. In the
 * end every acknowledged message is in each of its recipients' mailboxes once, whole. And since a killed process does not show
 * a missing fsync (the machine's cache survives it): strace tells what was synced before each `250`.
 */
import { createHash, randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SEED_PASSWORD, seedHome } from '../support/seed.ts';
import { freeBase, startSystem } from '../support/system.ts';
import { syncedBeforeAnswer } from './durable.ts';
import { ImapClient } from './imap.ts';

const ROUNDS = 30;
const CONNECTIONS = 20;
const USERS = 10;
const DOMAIN = 'bench.test';
/** The longest that a round runs before the kill, in ms after the ready line. */
const LONGEST = 1_500;
const SIZE = 5 * 1024;
/** One message in so many goes to two recipients; one in so many is too large for a pack. */
const SHARED = 4;
const LARGE_EVERY = 50;
const LARGE = 400 * 1024;
const PATIENCE_MS = 60_000;

interface Sent {
  readonly recipients: readonly number[];
  readonly digest: string;
}

/** What was sent and what was acknowledged, by Message-ID. */
interface Ledger {
  readonly sent: Map<string, Sent>;
  readonly acknowledged: Set<string>;
}

/** A mailbox as it was read: how often each Message-ID was seen, and which came damaged. */
interface Found {
  readonly times: Map<string, number>;
  damaged: number;
}

const LINE = 'Every message has a body, and this is one line of the one that is sent here.\r\n';

function compose(id: string, n: number): string {
  const size = n % LARGE_EVERY === 0 ? LARGE : SIZE;
  return `From: <load@example.net>\r\nSubject: ${n}\r\nMessage-ID: ${id}\r\n\r\n${LINE.repeat(size / LINE.length)}`;
}

const digestOf = (text: string) => createHash('sha256').update(text, 'latin1').digest('hex');

/** One connection that sends until the server is gone. */
function sendUntilKilled(port: number, round: number, ledger: Ledger): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    let pending = '';
    let queue: string[] = ['EHLO load.example.net\r\n'];
    let id: string | undefined;
    const next = () => {
      if (queue.length === 0) {
        if (id !== undefined) ledger.acknowledged.add(id);
        const n = ledger.sent.size;
        id = `<${round}.${n}.crash@example.net>`;
        const recipients = n % SHARED === 0 ? [n % USERS, (n + 3) % USERS] : [n % USERS];
        const message = compose(id, n);
        ledger.sent.set(id, { recipients, digest: digestOf(message) });
        queue = [
          'MAIL FROM:<load@example.net>\r\n',
          ...recipients.map((user) => `RCPT TO:<user${user}@${DOMAIN}>\r\n`),
          'DATA\r\n',
          `${message}.\r\n`,
        ];
      }
      socket.write(queue.shift()!, 'latin1');
    };
    socket.on('data', (text: string) => {
      pending += text;
      for (let end = pending.indexOf('\n'); end >= 0; end = pending.indexOf('\n')) {
        const line = pending.slice(0, end);
        pending = pending.slice(end + 1);
        if (line[3] === '-') continue;
        if (line[0] !== '2' && line[0] !== '3') throw new Error(`refused: ${line}`);
        next();
      }
    });
    socket.on('error', () => resolve());
    socket.on('close', () => resolve());
  });
}

/** Waits until nothing more comes into the mailboxes, which then hold at least `expected`. */
async function settled(clients: readonly ImapClient[], expected: number): Promise<void> {
  let before = -1;
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
    let total = 0;
    for (const client of clients) total += await client.messages();
    if (total >= expected && total === before) return;
    before = total;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** Reads all of a mailbox. */
async function readMailbox(client: ImapClient, ledger: Ledger): Promise<Found> {
  const found: Found = { times: new Map(), damaged: 0 };
  const count = Number(/\* (\d+) EXISTS/.exec(await client.command('EXAMINE INBOX'))![1]);
  for (let first = 1; first <= count; first += 200) {
    const answer = await client.command(`FETCH ${first}:${Math.min(count, first + 199)} (BODY.PEEK[])`);
    let at = 0;
    for (;;) {
      const literal = /\{(\d+)\}\r\n/g;
      literal.lastIndex = at;
      const size = literal.exec(answer);
      if (size === null) break;
      const message = answer.slice(literal.lastIndex, literal.lastIndex + Number(size[1]));
      at = literal.lastIndex + message.length;
      const id = /^Message-ID: (<[^>]*>)/m.exec(message)?.[1] ?? '';
      found.times.set(id, (found.times.get(id) ?? 0) + 1);
      // In front of what was sent there are only our own trace fields.
      const own = message.indexOf('From: <load@example.net>');
      if (digestOf(message.slice(own)) !== ledger.sent.get(id)?.digest) found.damaged++;
    }
  }
  return found;
}

/** Runs it, prints the tables; false where anything was lost, doubled, damaged, or answered before it was synced. */
export async function run(): Promise<boolean> {
  const home = await mkdtemp(join(tmpdir(), 'postern-crash-'));
  const base = await freeBase();
  const ledger: Ledger = { sent: new Map(), acknowledged: new Set() };
  try {
    await seedHome(
      home,
      DOMAIN,
      Array.from({ length: USERS }, (_, i) => `user${i}`),
    );
    let slowest = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const system = await startSystem({ home, base });
      slowest = Math.max(slowest, system.readyMs);
      const sending = Array.from({ length: CONNECTIONS }, () => sendUntilKilled(system.port('smtp'), round, ledger));
      await new Promise((resolve) => setTimeout(resolve, randomInt(20, LONGEST)));
      await system.stop('SIGKILL');
      await Promise.all(sending);
    }
    const system = await startSystem({ home, base });
    const clients = await Promise.all(
      Array.from({ length: USERS }, (_, i) =>
        ImapClient.login(system.port('imap'), `user${i}@${DOMAIN}`, SEED_PASSWORD),
      ),
    );
    const placements = [...ledger.acknowledged].reduce((sum, id) => sum + ledger.sent.get(id)!.recipients.length, 0);
    await settled(clients, placements);
    const found: Found[] = [];
    for (const client of clients) found.push(await readMailbox(client, ledger));
    for (const client of clients) client.close();
    await system.stop();

    let lost = 0;
    for (const id of ledger.acknowledged) {
      for (const user of ledger.sent.get(id)!.recipients) if (!found[user]!.times.has(id)) lost++;
    }
    let duplicated = 0;
    let astray = 0;
    for (const [user, { times }] of found.entries()) {
      for (const [id, count] of times) {
        if (count > 1) duplicated++;
        if (!ledger.sent.get(id)?.recipients.includes(user)) astray++;
      }
    }
    const damaged = found.reduce((sum, one) => sum + one.damaged, 0);
    console.log(`${ROUNDS} rounds of kill -9 under ${CONNECTIONS} connections`);
    console.table({
      sent: ledger.sent.size,
      acknowledged: ledger.acknowledged.size,
      'for recipients': placements,
      'lost (bar: 0)': lost,
      'duplicated (bar: 0)': duplicated,
      'in a wrong mailbox (bar: 0)': astray,
      'damaged (bar: 0)': damaged,
      'slowest start after a kill, ms': Math.round(slowest),
    });
    const synced = await syncedBeforeAnswer(home, base, DOMAIN);
    console.log('What strace shows, in order, for a message in a pack and for one in a file of its own');
    for (const { what, steps, missing } of synced) {
      console.table(steps);
      console.log(
        missing.length === 0 ? `${what}: all synced before the 250` : `${what}: MISSING ${missing.join(', ')}`,
      );
    }
    return (
      ledger.acknowledged.size > 0 &&
      lost + duplicated + astray + damaged === 0 &&
      synced.every(({ missing }) => missing.length === 0)
    );
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

if (import.meta.main) console.log((await run()) ? 'passed' : 'FAILED');
