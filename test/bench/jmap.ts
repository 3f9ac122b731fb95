/** The webmail's first screen on an account of 100,000 messages: all mailboxes and the first 50 of the inbox with previews, in one request. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSystem } from '../support/system.ts';
import { makeArchive, PASSWORD, USER } from './archive.ts';
import { JmapClient } from './jmap-client.ts';
import { median, percentile } from './statistics.ts';

const MESSAGES = 100_000;
const REQUESTS = 400;
const BARS = { p50: 15, p99: 60 };

const LISTED = [
  'id',
  'threadId',
  'mailboxIds',
  'keywords',
  'from',
  'subject',
  'receivedAt',
  'preview',
  'hasAttachment',
];

/** The method calls of the first screen. */
function firstScreen(accountId: string, inMailbox: string) {
  return [
    ['Mailbox/get', { accountId, ids: null }, '0'],
    [
      'Email/query',
      { accountId, filter: { inMailbox }, sort: [{ property: 'receivedAt', isAscending: false }], limit: 50 },
      '1',
    ],
    ['Email/get', { accountId, '#ids': { resultOf: '1', name: 'Email/query', path: '/ids' }, properties: LISTED }, '2'],
  ] as const;
}

/** Runs it, prints the table; false where a bar is missed. */
export async function run(): Promise<boolean> {
  const home = await mkdtemp(join(tmpdir(), 'postern-jmap-'));
  try {
    await makeArchive(home, MESSAGES);
    const system = await startSystem({ home });
    try {
      const client = await JmapClient.open(system.port('http'), USER, PASSWORD);
      const { accountId } = client;
      const [found] = await client.request([['Mailbox/query', { accountId, filter: { role: 'inbox' } }, '0']]);
      const calls = firstScreen(accountId, found![1].ids[0]);
      const timed = async () => {
        const from = performance.now();
        const answer = await client.request(calls);
        if (answer[2]?.[1].list.length !== 50) throw new Error(JSON.stringify(answer[2]));
        return performance.now() - from;
      };
      const first = await timed();
      const ms: number[] = [];
      for (let n = 0; n < REQUESTS; n++) ms.push(await timed());
      console.log(`${REQUESTS} requests of the first screen, ${MESSAGES} messages`);
      const figures = {
        'the first, ms': first,
        [`p50, ms (bar: < ${BARS.p50})`]: median(ms),
        [`p99, ms (bar: < ${BARS.p99})`]: percentile(ms, 0.99),
      };
      console.table(Object.fromEntries(Object.entries(figures).map(([what, one]) => [what, Number(one.toFixed(1))])));
      return median(ms) < BARS.p50 && percentile(ms, 0.99) < BARS.p99;
    } finally {
      await system.stop();
    }
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

if (import.meta.main) process.exitCode = (await run()) ? 0 : 1;
