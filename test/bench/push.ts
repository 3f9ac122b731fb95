/** How soon JMAP's subscribers hear of a message, and what each costs: 1,000 of them, half by EventSource and half by WebSocket. */
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent, get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { WebSocket } from 'ws';
import { SEED_PASSWORD, seedHome } from '../support/seed.ts';
import { type System, startSystem } from '../support/system.ts';

const SUBSCRIBERS = 1_000;
const ACCOUNTS = 100;
/** Connecting at once. */
const PARALLEL = 20;
const SETTLE_MS = 3_000;
const DOMAIN = 'bench.test';
const BAR_MS = 300;

/** A subscriber of one account; `told` is called at each state change. */
interface Subscriber {
  readonly account: number;
  told: () => void;
  close(): void;
}

function credentials(account: number): string {
  return `Basic ${Buffer.from(`${addressOf(account)}:${SEED_PASSWORD}`).toString('base64')}`;
}

function addressOf(account: number): string {
  return `user${account + 1}@${DOMAIN}`;
}

async function eventSource(port: number, account: number): Promise<Subscriber> {
  const headers = { authorization: credentials(account) };
  const path = '/jmap/events?types=EmailDelivery&closeafter=no&ping=0';
  const request = get({ host: '127.0.0.1', port, path, headers, agent: new Agent() });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  if (response.statusCode !== 200) throw new Error(`the event stream is refused: ${response.statusCode}`);
  const subscriber: Subscriber = { account, told: () => undefined, close: () => request.destroy() };
  await once(response, 'data');
  response.on('data', (chunk: Buffer) => {
    if (chunk.includes('event: state')) subscriber.told();
  });
  response.on('error', () => undefined);
  return subscriber;
}

async function webSocket(port: number, account: number): Promise<Subscriber> {
  const headers = { authorization: credentials(account) };
  const socket = new WebSocket(`ws://127.0.0.1:${port}/jmap/ws`, 'jmap', { headers });
  await once(socket, 'open');
  const subscriber: Subscriber = { account, told: () => undefined, close: () => socket.terminate() };
  socket.send(JSON.stringify({ '@type': 'WebSocketPushEnable', dataTypes: ['EmailDelivery'] }));
  // What is answered after it says that the push is on.
  socket.send(JSON.stringify({ '@type': 'Request', using: [], methodCalls: [] }));
  await once(socket, 'message');
  socket.on('message', () => subscriber.told());
  return subscriber;
}

async function subscribe(port: number): Promise<Subscriber[]> {
  const subscribers: Subscriber[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: PARALLEL }, async () => {
      while (next < SUBSCRIBERS) {
        const nth = next++;
        const open = nth % 2 === 0 ? eventSource : webSocket;
        subscribers.push(await open(port, Math.floor(nth / 2) % ACCOUNTS));
      }
    }),
  );
  return subscribers;
}

/** Resolves when all of them are told once more. */
function allTold(subscribers: readonly Subscriber[]): Promise<unknown> {
  return Promise.all(subscribers.map((each) => new Promise<void>((resolve) => (each.told = resolve))));
}

/** Memory of the process, what it shares with others counted in part, in KiB. */
async function pss({ child }: System): Promise<number> {
  return Number(/^Pss:\s+(\d+) kB/m.exec(await readFile(`/proc/${child.pid}/smaps_rollup`, 'utf8'))![1]);
}

const settled = () => new Promise((resolve) => setTimeout(resolve, SETTLE_MS));

async function measure(system: System): Promise<boolean> {
  await settled();
  const before = await pss(system);
  const from = performance.now();
  const subscribers = await subscribe(system.port('http'));
  const connectMs = performance.now() - from;
  await settled();
  const each = ((await pss(system)) - before) / SUBSCRIBERS;
  const smtp = createTransport({ host: '127.0.0.1', port: system.port('smtp'), ignoreTLS: true, pool: true });
  const send = (account: number) =>
    smtp.sendMail({ from: 'a@example.com', to: addressOf(account), subject: 'News', text: 'Text' });
  try {
    const times: number[] = [];
    for (let account = 0; account < ACCOUNTS; account++) {
      const told = allTold(subscribers.filter((subscriber) => subscriber.account === account));
      const begun = performance.now();
      await Promise.all([send(account), told]);
      times.push(performance.now() - begun);
    }
    times.sort((a, b) => a - b);
    const told = allTold(subscribers);
    const begun = performance.now();
    await Promise.all([told, ...Array.from({ length: ACCOUNTS }, (_, account) => send(account))]);
    const all = performance.now() - begun;
    const worst = times.at(-1)!;
    console.log(
      `${ACCOUNTS} accounts; from the begin of sending a message by SMTP until the account's last subscriber knows`,
    );
    console.table([
      {
        subscribers: SUBSCRIBERS,
        'KiB each': Number(each.toFixed(1)),
        'connected/s': Math.round((SUBSCRIBERS * 1000) / connectMs),
        'p50, ms': Math.round(times[times.length >> 1]!),
        'worst, ms': Math.round(worst),
        'bar, ms': BAR_MS,
        [`all, after ${ACCOUNTS} messages at once, ms`]: Math.round(all),
      },
    ]);
    return worst < BAR_MS;
  } finally {
    smtp.close();
    for (const subscriber of subscribers) subscriber.close();
  }
}

/** Runs it, prints the table; false where the bar is missed. */
export async function run(): Promise<boolean> {
  const home = await mkdtemp(join(tmpdir(), 'postern-push-'));
  try {
    await seedHome(
      home,
      DOMAIN,
      Array.from({ length: ACCOUNTS }, (_, n) => `user${n + 1}`),
    );
    const system = await startSystem({ home });
    try {
      return await measure(system);
    } finally {
      await system.stop();
    }
  } finally {
    await rm(home, { recursive: true });
  }
}

if (import.meta.main) process.exitCode = (await run()) ? 0 : 1;
