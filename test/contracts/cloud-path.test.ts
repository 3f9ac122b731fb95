/**
 * The way of a message through the cloud, end to end on the fake: the two programs as bin/smtp.ts and bin/access.ts start them,
 * each on ports of its own to one AWS, behind a load balancer; the functions' stages between them; other people's clients.
 */
import { createConnection } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { ImapFlow } from 'imapflow';
import { createTransport } from 'nodemailer';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openAws } from '../../adapters/aws/index.ts';
import { openSes } from '../../adapters/aws/ses.ts';
import { selfSigned } from '../../adapters/net/certificate.ts';
import { IN_THE_CLOUD, type Service } from '../../bin/parts/service.ts';
import { startAccess, startSmtp } from '../../bin/parts/services.ts';
import type { Log } from '../../mail/ports/index.ts';
import { createMail, type Mail } from '../../mail/stages.ts';
import { AwsFake } from '../support/aws-fake.ts';
import { type Balancer, startBalancer } from '../support/balancer.ts';

const HOSTNAME = 'mail.example.test';
const ALICE = 'alice@example.test';
const PASSWORD = 'correct horse battery';
const HEALTH = { smtp: 80, access: 81 } as const;

const fake = new AwsFake();
const errors: string[] = [];
const log: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: (event, fields) => void errors.push(`${event} ${JSON.stringify(fields)}`),
  error: (event, fields) => void errors.push(`${event} ${JSON.stringify(fields)}`),
};
const open = () => openAws(fake.config({ log }));
const certificate = selfSigned([HOSTNAME], Date.now() - 1000, Date.now() + 1e9);

const functions = open();
let mail: Mail;
let base = 0;
const services: Service[] = [];
const balancers = new Map<number, Balancer>();
const port = (standard: number) => balancers.get(standard)!.port;

/** One program on its own connection to AWS; tries another base while a port is taken. */
async function program(name: keyof typeof HEALTH, ports: readonly number[]): Promise<void> {
  const start = { smtp: startSmtp, access: startAccess }[name];
  const ground = (portBase: number) => ({
    environment: { bind: '127.0.0.1', portBase, ports, proxy: true, healthPort: portBase + HEALTH[name] },
    hostname: HOSTNAME,
    aws: open(),
    certificate: async () => JSON.stringify(certificate),
    front: async () => undefined,
  });
  for (let tries = 1; ; tries++) {
    base = 33_000 + Math.floor(Math.random() * 15_000);
    try {
      services.push(await start(ground(base)));
      break;
    } catch (error) {
      if (tries === 10 || !/in use/.test(String(error))) throw error;
    }
  }
  for (const one of ports) balancers.set(one, await startBalancer(base + one));
  balancers.set(HEALTH[name], await startBalancer(base + HEALTH[name]));
}

/** What Lambda does: hands what is queued to the function's stage until nothing is left. */
async function workOff(queue: 'deliver' | 'send', handler: Mail['deliver']): Promise<number> {
  for (let done = 0; ; ) {
    const jobs = await functions.queues[queue].receive({ max: 10, visibility: 60, waitSeconds: 0 });
    if (jobs.length === 0) return done;
    expect(await handler(jobs)).toEqual([]);
    await functions.queues[queue].delete(jobs.map(({ handle }) => handle));
    done += jobs.length;
  }
}

beforeAll(async () => {
  const options = { ...IN_THE_CLOUD, hostname: HOSTNAME, onLongTail: () => undefined };
  mail = await createMail(functions, { ...options, writer: 'worker' });
  await mail.directory.domains.add('example.test');
  await mail.directory.accounts.add(ALICE, PASSWORD);
  await program('smtp', [25, 465, 587]);
  await program('access', [143, 993, 995]);
});

afterEach(() => {
  expect(errors.splice(0)).toEqual([]);
});

afterAll(async () => {
  await functions.close();
  for (const balancer of balancers.values()) await balancer.close();
  expect(fake.violations).toEqual([]);
});

const imap = () =>
  new ImapFlow({
    host: '127.0.0.1',
    port: port(993),
    secure: true,
    tls: { ca: certificate.cert, servername: HOSTNAME },
    auth: { user: ALICE, pass: PASSWORD },
    logger: false,
  });

describe('the cloud', () => {
  it('takes a message in, tells who waits for it, and shows it byte for byte', async () => {
    const client = imap();
    await client.connect();
    await client.mailboxOpen('INBOX');
    const told = new Promise<{ count: number }>((resolve) => client.once('exists', resolve));
    const idling = client.idle();
    // The wake-up finds whoever is in the registry by then.
    await delay(200);

    const sender = createTransport({
      host: '127.0.0.1',
      port: port(25),
      tls: { ca: certificate.cert, servername: HOSTNAME },
    });
    const raw = Buffer.from(
      `From: someone@elsewhere.test\r\nTo: ${ALICE}\r\nSubject: the way\r\n\r\n${'..dots and text\r\n'.repeat(500)}`,
    );
    const sent = await sender.sendMail({ envelope: { from: 'someone@elsewhere.test', to: ALICE }, raw });
    expect(sent.response).toMatch(/^250 /);
    expect(await workOff('deliver', mail.deliver)).toBe(1);

    expect((await told).count).toBe(1);
    await client.noop();
    await idling;
    const found = await client.fetchOne('1', { source: true, envelope: true });
    if (!found) throw new Error('the message is not there');
    expect(found.envelope?.subject).toBe('the way');
    const source = found.source!.toString('latin1');
    expect(source.endsWith(raw.toString('latin1'))).toBe(true);
    const trace = source.slice(0, source.length - raw.length);
    // The client's address by PROXY v2, and TLS.
    expect(trace).toMatch(/^Received: from .*198\.51\.100\.7/m);
    expect(trace).toMatch(/with ESMTPS/);
    await client.logout();
  });

  it('lets people send: by submission, the queue entry, and SES', async () => {
    const sender = createTransport({
      host: '127.0.0.1',
      port: port(465),
      secure: true,
      tls: { ca: certificate.cert, servername: HOSTNAME },
      auth: { user: ALICE, pass: PASSWORD },
    });
    const sent = await sender.sendMail({ from: ALICE, to: 'far@elsewhere.test', subject: 'out', text: 'hello' });
    expect(sent.response).toMatch(/^250 /);
    expect(await workOff('deliver', mail.deliver)).toBe(1);
    const none = () => Promise.reject(new Error('not asked'));
    const send = mail.send({
      dns: { mx: none, addresses: none, txt: none, ptr: none },
      relay: { deliver: none },
      ses: openSes(fake.config()),
      config: { mxPort: 25 },
    });
    expect(await workOff('send', send)).toBe(1);
    expect(fake.ses.sent).toMatchObject([{ from: ALICE, to: ['far@elsewhere.test'] }]);
    expect(fake.ses.sent[0]!.bytes.toString()).toMatch(/^Subject: out\r$/m);
  });

  it('refuses what comes past the load balancer', async () => {
    const socket = createConnection(base + 143, '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.write('a CAPABILITY\r\n');
    await closed;
    expect(answer).toBe('');
  });

  it('listens on the given ports only', async () => {
    const refused = new Promise((resolve) => {
      createConnection(base + 110, '127.0.0.1').on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    });
    expect(await refused).toBe('ECONNREFUSED');
  });

  it('stops: what is idle is told so, what is in progress is finished, health ends first', async () => {
    const health = `http://127.0.0.1:${base + HEALTH.access}/health`;
    expect((await fetch(health)).status).toBe(200);
    const idle = await greeted(993);
    const begun = Date.now();
    const stopped = Promise.all(services.map((service) => service.stop()));
    await expect(fetch(health)).rejects.toThrow();
    expect(await idle.rest).toMatch(/^\* BYE /m);
    await stopped;
    expect(Date.now() - begun).toBeLessThan(8_000);
    // Nobody is in the registry any more.
    const registered = await functions.records.query({ pk: `wake/${(await account())!}` });
    expect(registered.items).toEqual([]);
  });
});

async function account(): Promise<string | undefined> {
  const found = await mail.directory.resolve(ALICE);
  return found.kind === 'local' ? found.deliveries[0]?.account : undefined;
}

/** A TLS client that has read the greeting and then only listens. */
async function greeted(standard: number): Promise<{ readonly socket: TLSSocket; readonly rest: Promise<string> }> {
  const socket = connectTls({ host: '127.0.0.1', port: port(standard), ca: certificate.cert, servername: HOSTNAME });
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString();
  });
  socket.on('error', () => undefined);
  const rest = new Promise<string>((resolve) => socket.on('close', () => resolve(text)));
  while (text === '') await delay(5);
  return { socket, rest };
}
