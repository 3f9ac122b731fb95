/**
 * Full-text search. An account of 100,000 messages: how long its index takes to build, what it weighs, how soon a word is found by JMAP,
 * and how many reads that costs who knows nothing yet. Then 10,000 messages by IMAP: SEARCH TEXT beside Dovecot, with `--fts` with fts-xapian.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FIELDS } from '../../mail/search/text.ts';
import { wordQuery } from '../../mail/search/words.ts';
import { withBlobs } from '../support/search.ts';
import { SimRandom } from '../support/simrandom.ts';
import { freeBase, startSystem } from '../support/system.ts';
import { type Archive, mailOf, makeArchive, onHome, PASSWORD, USER } from './archive.ts';
import { corpusMessage, wordOf } from './corpus.ts';
import { ImapClient } from './imap.ts';
import { JmapClient } from './jmap-client.ts';
import { startPeer } from './peers.ts';
import { median, percentile } from './statistics.ts';

const MESSAGES = Number(process.argv.find((one) => one.startsWith('--archive='))?.slice(10) ?? 100_000);
const IMAP_MESSAGES = Number(process.argv.find((one) => one.startsWith('--messages='))?.slice(11) ?? 10_000);
/** It takes minutes of processor time for each thousand messages to index. */
const FTS = process.argv.includes('--fts');
const SEARCHES = 200;
const IMAP_SEARCHES = 40;
const BARS = { buildS: 180, share: 25, p50: 30, reads: 20, ratio: 5 };

/** Words of all frequencies: from those that half of the messages have to those that a few have. */
function words(label: string, count: number): string[] {
  const random = new SimRandom(3, label);
  return Array.from({ length: count }, () => wordOf(Math.floor(20 * 1_000 ** random.number())));
}

/** Reads of the index that one word costs a process that has just begun. */
async function coldReads(home: string): Promise<number[]> {
  return onHome(home, async (known, store) => {
    const { id } = await known.directory.accounts.get(USER);
    const { state } = await known.accounts.open(id);
    const counts: number[] = [];
    for (const word of words('cold', 20)) {
      let reads = 0;
      const blobs = withBlobs(store.blobs, {
        get(name, range) {
          if (name.startsWith('index/')) reads += 1;
          return store.blobs.get(name, range);
        },
      });
      const mail = await mailOf(store, blobs);
      await (await mail.index.open(id, state))!.words(wordQuery(word, false)!, FIELDS);
      counts.push(reads);
    }
    return counts;
  });
}

/** What a process has taken of the processors so far: all that counts where the machine has other work too (proc(5): ticks of 10 ms). */
async function processorMs(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /s, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

interface Found {
  readonly cold: number;
  readonly ms: number[];
  readonly totals: number[];
}

async function jmapSearches(port: number): Promise<Found> {
  const client = await JmapClient.open(port, USER, PASSWORD);
  const sort = [{ property: 'receivedAt', isAscending: false }];
  const ask = async (text: string) => {
    const from = performance.now();
    const args = { accountId: client.accountId, filter: { text }, sort, limit: 50, calculateTotal: true };
    const [[, { total }]] = (await client.request([['Email/query', args, '0']])) as [
      [string, { total: number }, string],
    ];
    return { ms: performance.now() - from, total };
  };
  const first = await ask(wordOf(5_000));
  const all: { ms: number; total: number }[] = [];
  for (const word of words('jmap', SEARCHES)) all.push(await ask(word));
  return { cold: first.ms, ms: all.map(({ ms }) => ms), totals: all.map(({ total }) => total) };
}

/** One account of 100,000 messages. */
async function large(): Promise<boolean> {
  const home = await mkdtemp(join(tmpdir(), 'postern-search-'));
  try {
    const archive: Archive = await makeArchive(home, MESSAGES);
    const reads = await coldReads(home);
    const system = await startSystem({ home });
    const before = await processorMs(system.child.pid!);
    const found = await jmapSearches(system.port('http'));
    const busy = (await processorMs(system.child.pid!)) - before;
    const rss = await system.rss();
    await system.stop();
    const share = (100 * archive.index.bytes) / archive.text;
    console.log(
      `${MESSAGES} messages, ${Math.round(archive.bytes / MESSAGES)} bytes in the mean, ${Math.round(archive.text / MESSAGES)} of them text; ` +
        `${SEARCHES} words, of which each is in ${Math.min(...found.totals)} to ${Math.max(...found.totals)} messages`,
    );
    const figures = {
      [`index built, s (bar: < ${BARS.buildS})`]: archive.index.ms / 1000,
      [`index, % of the text (bar: <= ${BARS.share})`]: share,
      'processor time of that, s': archive.index.busyMs / 1000,
      'index, % of the messages': (100 * archive.index.bytes) / archive.bytes,
      segments: archive.index.segments,
      [`reads of the index for a word, cold, at most (bar: <= ${BARS.reads})`]: Math.max(...reads),
      'the first search after a start, ms': found.cold,
      [`JMAP search of a word, p50, ms (bar: < ${BARS.p50})`]: median(found.ms),
      'p99, ms': percentile(found.ms, 0.99),
      'processor time of the program for each, in the mean, ms': busy / (SEARCHES + 1),
      'resident memory of the program, MB': rss / 2 ** 20,
    };
    console.table(Object.fromEntries(Object.entries(figures).map(([what, value]) => [what, Number(value.toFixed(1))])));
    return (
      archive.index.ms / 1000 < BARS.buildS &&
      share <= BARS.share &&
      Math.max(...reads) <= BARS.reads &&
      median(found.ms) < BARS.p50
    );
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

interface Server {
  readonly name: string;
  readonly client: ImapClient;
}

/** Milliseconds of each search; what they find must be the same by both. */
async function imapSearches(servers: readonly Server[], texts: readonly string[]): Promise<number[][]> {
  const ms = servers.map((): number[] => []);
  for (const text of texts) {
    const counts: number[] = [];
    for (const [i, { client }] of servers.entries()) {
      const from = performance.now();
      const answer = await client.command(`UID SEARCH RETURN (COUNT) TEXT "${text}"`);
      ms[i]!.push(performance.now() - from);
      counts.push(Number(/ COUNT (\d+)/.exec(answer)![1]));
    }
    if (new Set(counts).size > 1) throw new Error(`"${text}" is in ${counts.join(', ')} messages`);
  }
  return ms;
}

/** SEARCH TEXT on 10,000 messages, beside the peer. */
async function beside(): Promise<boolean> {
  const home = await mkdtemp(join(tmpdir(), 'postern-search-'));
  const peer = process.argv.includes('--alone')
    ? undefined
    : await startPeer(await freeBase(), 1, { format: 'sdbox', smtp: false, search: FTS });
  try {
    await makeArchive(home, IMAP_MESSAGES);
    const system = await startSystem({ home });
    const servers: Server[] = [
      { name: 'Postern', client: await ImapClient.login(system.port('imap'), USER, PASSWORD) },
    ];
    try {
      if (peer !== undefined) {
        const client = await ImapClient.login(peer.imapPort, 'user1', peer.password);
        for (let n = 0; n < IMAP_MESSAGES; n++) await client.append('INBOX', corpusMessage(n).bytes);
        const from = performance.now();
        if (FTS) await peer.index('user1');
        if (FTS)
          console.log(
            `${peer.version} with fts-xapian has indexed them in ${Math.round((performance.now() - from) / 1000)} s`,
          );
        servers.push({ name: FTS ? `${peer.version}, fts-xapian` : peer.version, client });
      }
      for (const { client } of servers) await client.command('SELECT INBOX');
      const kinds: readonly (readonly [string, readonly string[]])[] = [
        ['a word', words('imap', IMAP_SEARCHES).filter((word) => /^[a-z]{4,20}$/.test(word))],
        ['nothing that is there', Array.from({ length: 10 }, (_, n) => `zyx${n}qqvwx`)],
      ];
      let met = true;
      const rows = [];
      for (const [what, texts] of kinds) {
        await imapSearches(servers, texts.slice(0, 3));
        const [ours, theirs] = (await imapSearches(servers, texts)).map(median);
        const ratio = theirs === undefined ? undefined : theirs / ours!;
        if (ratio !== undefined && ratio < BARS.ratio) met = false;
        rows.push({
          'SEARCH TEXT': what,
          searches: texts.length,
          'Postern, p50 ms': Number(ours!.toFixed(1)),
          ...(theirs === undefined ? {} : { [`${servers[1]!.name}, p50 ms`]: Number(theirs.toFixed(1)) }),
          ratio: ratio?.toFixed(1) ?? '',
          bar: BARS.ratio,
        });
      }
      console.log(`${IMAP_MESSAGES} messages by IMAP`);
      console.table(rows);
      return met;
    } finally {
      for (const { client } of servers) client.close();
      await system.stop();
    }
  } finally {
    await peer?.stop();
    await rm(home, { recursive: true, force: true });
  }
}

/** Runs it, prints the tables; false where a bar is missed. `--alone` leaves the peer out, `--imap` and `--jmap` do one half, `--archive=20000` and
 * `--messages=2000` take fewer by JMAP and by IMAP. */
export async function run(): Promise<boolean> {
  const found = process.argv.includes('--imap') || (await large());
  return (process.argv.includes('--jmap') || (await beside())) && found;
}

if (import.meta.main) process.exitCode = (await run()) ? 0 : 1;
