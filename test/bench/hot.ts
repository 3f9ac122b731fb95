/**
 * One hot account on AWS: 5,000 messages for one mailbox through 20 deliver workers at once, each with SDK clients and stages of its own
 * as 20 functions have them, batches of 10, 5 ms a call. The transport is the tests' (no AWS, no network).
 */
import { openAws } from '../../adapters/aws/index.ts';
import { CompactionRequests, compactionJob } from '../../mail/account/compaction-request.ts';
import { createAccept } from '../../mail/inbound/accept.ts';
import { createMail } from '../../mail/stages.ts';
import { AwsFake } from '../support/aws-fake.ts';
import { silentLog } from '../support/memory.ts';
import { SEED_PASSWORD } from '../support/seed.ts';

const MESSAGES = 5_000;
const WORKERS = 20;
const BATCH = 10;
const LATENCY_MS = 5;
const SIZE = 5 * 1024;
const RUNS = 3;
const BARS = { perSecond: 300, putsPerMessage: 0.5 };

interface Figures {
  readonly perSecond: number;
  readonly putsPerMessage: number;
  readonly callsPerMessage: number;
  readonly calls: ReadonlyMap<string, number>;
}

/** One process of the deployment: clients, caches and stages of its own. */
async function open(fake: AwsFake, writer: 'person' | 'worker') {
  const aws = openAws(fake.config({ log: silentLog }));
  const requests = new CompactionRequests({ ...aws, queue: aws.queues.compact });
  const mail = await createMail(aws, {
    hostname: 'mail.example.test',
    writer,
    exclusive: false,
    defaultRoutes: [{ kind: 'ses' }],
    onLongTail: requests.ask,
  });
  return { aws, mail, settled: () => requests.settled() };
}

async function measure(): Promise<Figures> {
  const fake = new AwsFake();
  const ingress = await open(fake, 'person');
  const { directory } = ingress.mail;
  await directory.domains.add('example.test');
  const account = await directory.accounts.add('hot@example.test', SEED_PASSWORD);
  await enqueue(ingress.aws, account.id, account.tenant);

  const workers = await Promise.all(Array.from({ length: WORKERS }, () => open(fake, 'worker')));
  const compactor = await open(fake, 'worker');
  fake.latencyMs = LATENCY_MS;
  fake.reset();
  const done = new AbortController();
  const begin = performance.now();
  let filed = 0;
  const compacting = compact(compactor, done.signal);
  await Promise.all(
    workers.map(async ({ aws, mail, settled }) => {
      const queue = aws.queues.deliver;
      while (filed < MESSAGES) {
        const jobs = await queue.receive({ max: BATCH, visibility: 300, waitSeconds: 0 });
        if (jobs.length === 0) continue;
        const again = new Set(await mail.deliver(jobs));
        await settled();
        const finished = jobs.filter(({ handle }) => !again.has(handle)).map(({ handle }) => handle);
        if (finished.length > 0) await queue.delete(finished);
        for (const handle of again) await queue.retry(handle, 0);
        filed += finished.length;
      }
    }),
  );
  const seconds = (performance.now() - begin) / 1000;
  const calls = new Map(fake.calls);
  done.abort();
  await compacting;
  fake.latencyMs = 0;

  const state = await (await ingress.mail.accounts.open(account.id)).refresh();
  if (state.mailboxNamed('INBOX')?.messages !== MESSAGES) {
    throw new Error(`the mailbox has ${state.mailboxNamed('INBOX')?.messages} messages, not ${MESSAGES}`);
  }
  if (fake.violations.length > 0) throw fake.violations[0];
  for (const { aws } of [ingress, compactor, ...workers]) await aws.close();
  const total = [...calls.values()].reduce((sum, count) => sum + count, 0);
  return {
    perSecond: MESSAGES / seconds,
    putsPerMessage: (calls.get('dynamodb.PutItem') ?? 0) / MESSAGES,
    callsPerMessage: total / MESSAGES,
    calls,
  };
}

async function enqueue(aws: ReturnType<typeof openAws>, account: string, tenant: string): Promise<void> {
  const accept = createAccept({ blobs: aws.blobs, queue: aws.queues.deliver, clock: aws.clock });
  const filling = 'Every message has a body, and this is a line of it.\r\n'.repeat(SIZE / 53);
  for (let n = 0; n < MESSAGES; n++) {
    const head = `From: load@example.net\r\nTo: hot@example.test\r\nSubject: hot ${n}\r\nMessage-ID: <hot.${n}@example.net>\r\n\r\n`;
    await accept(
      {
        id: `hot${String(n).padStart(8, '0')}`,
        received: aws.clock.now(),
        from: 'load@example.net',
        smtputf8: false,
        via: 'mx',
        groups: [{ tenant, deliveries: [{ account, recipient: 'hot@example.test' }], relay: [] }],
        eightBit: () => false,
      },
      Buffer.from(head + filling),
    );
  }
}

/** What the compact function does, while the others deliver. */
async function compact({ aws, mail }: Awaited<ReturnType<typeof open>>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const jobs = await aws.queues.compact.receive({ max: 1, visibility: 300, waitSeconds: 0 });
    for (const { handle, body } of jobs) {
      await mail.accounts.compact(compactionJob.parse(JSON.parse(body)).account);
      await aws.queues.compact.delete([handle]);
    }
    if (jobs.length === 0) await aws.clock.sleep(50);
  }
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1]!;

/** Runs it, prints the tables; false where a bar is missed. */
export async function run(): Promise<boolean> {
  const runs: Figures[] = [];
  for (let n = 0; n < RUNS; n++) runs.push(await measure());
  const perSecond = median(runs.map((one) => one.perSecond));
  const putsPerMessage = median(runs.map((one) => one.putsPerMessage));
  console.log(`${MESSAGES} messages for one mailbox, ${WORKERS} workers, batches of ${BATCH}, ${LATENCY_MS} ms a call`);
  console.table(
    runs.map((one, n) => ({
      run: n + 1,
      'messages/s': Math.round(one.perSecond),
      'DynamoDB puts per message': Number(one.putsPerMessage.toFixed(3)),
      'calls per message': Number(one.callsPerMessage.toFixed(2)),
    })),
  );
  console.log('Calls of the last run, failed ones and repetitions included');
  console.table(Object.fromEntries(runs.at(-1)!.calls));
  console.log(
    `Median: ${Math.round(perSecond)} messages/s (bar: ≥ ${BARS.perSecond}), ` +
      `${putsPerMessage.toFixed(3)} puts per message (bar: ≤ ${BARS.putsPerMessage})`,
  );
  return perSecond >= BARS.perSecond && putsPerMessage <= BARS.putsPerMessage;
}

if (import.meta.main) await run();
