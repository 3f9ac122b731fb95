import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type AddressInfo, createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ImapFlow } from 'imapflow';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Aws, openAws } from '../../adapters/aws/index.ts';
import { selfSigned } from '../../adapters/net/certificate.ts';
import { IN_THE_CLOUD } from '../../bin/parts/service.ts';
import { createMail, type Mail } from '../../mail/stages.ts';
import { AwsFake } from '../support/aws-fake.ts';
import { type AwsOverHttp, serveAws } from '../support/aws-http.ts';
import { type Balancer, startBalancer } from '../support/balancer.ts';
import { type RunningDynalite, startDynalite } from '../support/dynalite.ts';
import { silentLog } from '../support/memory.ts';

/**
 * The two programs as the image holds them: bundled by the command of the Dockerfile, each run by a Node of its own with nothing
 * but its variables, as ECS would, on dynalite for the records and the fake for the rest.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HOSTNAME = 'mail.example.test';
const ALICE = 'alice@example.test';
const PASSWORD = 'correct horse battery';
const folder = mkdtempSync(join(tmpdir(), 'postern-programs-'));
const base = 20_000 + Math.floor(Math.random() * 12_000);
const certificate = selfSigned([HOSTNAME], Date.now() - 1000, Date.now() + 1e9);
const fake = new AwsFake();

let secret = '{}';
const FRONT = 'f'.repeat(43);
let dynamo: RunningDynalite;
let secrets: Server;
let http: AwsOverHttp;
let aws: Aws;
let mail: Mail;
const balancers: Balancer[] = [];

/** The bundling step of the Dockerfile, into a folder where nothing can be imported but Node itself. */
function bundle(): void {
  const text = readFileSync(join(ROOT, 'Dockerfile'), 'utf8').replaceAll('\\\n', ' ');
  const command = /^RUN (node_modules\/\.bin\/esbuild .*)$/m.exec(text)?.[1];
  if (command === undefined) throw new Error('the Dockerfile bundles nothing');
  execFileSync('sh', ['-c', command.replace('--outdir=/out', `--outdir=${folder}`)], { cwd: ROOT, stdio: 'pipe' });
}

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  output(): string;
}

function run(script: string, variables: Readonly<Record<string, string>>): Running {
  const child = spawn(process.execPath, [join(folder, script)], { cwd: folder, env: variables });
  let text = '';
  const take = (chunk: Buffer) => {
    text += chunk.toString();
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  return { child, ended: new Promise((resolve) => child.on('exit', resolve)), output: () => text };
}

function variables(ports: string, healthPort: number): Record<string, string> {
  const { queues, schedule, bucket } = fake.config();
  return {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: dynamo.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: dynamo.credentials.secretAccessKey,
    AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
    AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint,
    AWS_ENDPOINT_URL_S3: http.s3,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${(secrets.address() as AddressInfo).port}`,
    POSTERN_HOSTNAME: HOSTNAME,
    POSTERN_TABLE: dynamo.table,
    POSTERN_BUCKET: bucket,
    POSTERN_DELIVER_QUEUE_URL: http.queue(queues.deliver.url),
    POSTERN_DELIVER_QUEUE_ARN: queues.deliver.arn,
    POSTERN_SEND_QUEUE_URL: http.queue(queues.send.url),
    POSTERN_SEND_QUEUE_ARN: queues.send.arn,
    POSTERN_COMPACT_QUEUE_URL: http.queue(queues.compact.url),
    POSTERN_COMPACT_QUEUE_ARN: queues.compact.arn,
    POSTERN_SCHEDULE_GROUP: schedule.group,
    POSTERN_SCHEDULE_ROLE_ARN: schedule.roleArn,
    POSTERN_EVENTS_HTTP: '127.0.0.1:9',
    POSTERN_EVENTS_REALTIME: '127.0.0.1:9',
    POSTERN_FRONT_SECRET: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:front',
    POSTERN_TLS_SECRET: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:tls',
    POSTERN_BIND: '127.0.0.1',
    POSTERN_PORT_BASE: String(base),
    POSTERN_PORTS: ports,
    POSTERN_PROXY: '1',
    POSTERN_HEALTH_PORT: String(healthPort),
  };
}

/** Until the program says that it is well; what it said when it ends instead. */
async function well(program: Running, healthPort: number): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (program.child.exitCode !== null) throw new Error(program.output());
    const answer = await fetch(`http://127.0.0.1:${healthPort}/health`).catch(() => undefined);
    if (answer?.status === 200) return;
    await delay(100);
  }
  throw new Error(`not well after 30 s\n${program.output()}`);
}

/** The port of a load balancer before that one. */
async function balanced(port: number): Promise<number> {
  const balancer = await startBalancer(port);
  balancers.push(balancer);
  return balancer.port;
}

beforeAll(async () => {
  bundle();
  dynamo = await startDynalite();
  secrets = createServer((request, response) =>
    request.on('data', (body: Buffer) => {
      response.end(JSON.stringify({ SecretString: body.includes('secret:front') ? FRONT : secret }));
    }),
  );
  await new Promise<void>((resolve) => secrets.listen(0, '127.0.0.1', resolve));
  http = await serveAws(fake);
  const { credentials, table, endpoint: dynamoEndpoint } = dynamo;
  const { requestHandler, ...config } = fake.config({ log: silentLog });
  // Records by HTTP from dynalite; everything else stays in this process.
  const records = openAws({ ...config, credentials, table, dynamoEndpoint });
  const rest = openAws({ ...config, requestHandler: requestHandler! });
  aws = { ...rest, records: records.records };
  mail = await createMail(aws, { ...IN_THE_CLOUD, writer: 'worker', hostname: HOSTNAME, onLongTail: () => undefined });
  await mail.directory.domains.add('example.test');
  await mail.directory.accounts.add(ALICE, PASSWORD);
});

afterAll(async () => {
  for (const balancer of balancers) await balancer.close();
  await aws.close();
  await http.close();
  secrets.close();
  await dynamo.close();
  rmSync(folder, { recursive: true, force: true });
  expect(fake.violations).toEqual([]);
});

/** What CloudFront sends the access program: uploads and downloads, event streams; others are refused. */
async function usesJmap(): Promise<void> {
  const authorization = `Basic ${Buffer.from(`${ALICE}:${PASSWORD}`).toString('base64')}`;
  const by = (headers: Record<string, string>, path: string, body?: string) =>
    new Promise<{ status: number; text: string }>((resolve, reject) => {
      const method = body === undefined ? 'GET' : 'POST';
      const options = { host: '127.0.0.1', port: base + 443, ca: certificate.cert, servername: HOSTNAME };
      const asked = httpsRequest({ ...options, path, method, headers: { authorization, ...headers } }, (response) => {
        let text = '';
        response.on('data', (piece: Buffer) => {
          text += piece.toString();
        });
        response.on('end', () => resolve({ status: response.statusCode!, text }));
        if (response.headers['content-type'] !== 'text/event-stream') return;
        resolve({ status: response.statusCode!, text });
        response.destroy();
      });
      asked.on('error', reject);
      asked.end(body);
    });
  const front = { 'x-postern-front': FRONT, 'x-forwarded-for': '198.51.100.7' };
  const account = (await mail.directory.account((await mail.directory.accounts.get(ALICE)).id))!;
  const type = { 'content-type': 'text/plain' };
  expect((await by(type, `/jmap/upload/${account.id}/`, 'text')).status).toBe(403);
  const uploaded = await by({ ...front, ...type }, `/jmap/upload/${account.id}/`, 'text');
  expect(uploaded.status, uploaded.text).toBe(201);
  const { blobId } = JSON.parse(uploaded.text) as { blobId: string };
  const downloaded = await by(front, `/jmap/download/${account.id}/${blobId}/name.txt?accept=text/plain`);
  expect(downloaded).toEqual({ status: 200, text: 'text' });
  expect((await by(front, '/jmap/events?types=*&closeafter=no&ping=0')).status).toBe(200);
}

describe('the programs of the image', () => {
  it('take a message in and show it, survive the checks of a load balancer, and stop when they are told to', async () => {
    const ports = { smtp: base + 80, access: base + 81 };
    const smtp = run('smtp.mjs', variables('25,465,587', ports.smtp));
    await well(smtp, ports.smtp);
    expect(smtp.output()).toMatch(/"event":"tls.unusable".*self-signed/);
    secret = JSON.stringify(certificate);
    const access = run('access.mjs', variables('143,443,993', ports.access));
    await well(access, ports.access);

    // What a load balancer's checks look like: a connection that says nothing, and one that says PROXY.
    for (const port of [ports.smtp, ports.access, base + 25, base + 993]) {
      createConnection(port, '127.0.0.1')
        .on('error', () => undefined)
        .end();
      createConnection(await balanced(port), '127.0.0.1')
        .on('error', () => undefined)
        .end();
    }
    await delay(100);

    // No certificate that anybody vouches for yet: other servers encrypt all the same.
    const sender = createTransport({
      host: '127.0.0.1',
      port: await balanced(base + 25),
      requireTLS: true,
      tls: { rejectUnauthorized: false, servername: HOSTNAME },
    });
    const raw = `Subject: hello\r\n\r\n${'text\r\n'.repeat(2_000)}`;
    const sent = await sender.sendMail({ envelope: { from: 'someone@elsewhere.test', to: ALICE }, raw });
    expect(sent.response).toMatch(/^250 /);

    const jobs = await aws.queues.deliver.receive({ max: 10, visibility: 60, waitSeconds: 0 });
    expect(jobs).toHaveLength(1);
    expect(await mail.deliver(jobs)).toEqual([]);

    const client = new ImapFlow({
      host: '127.0.0.1',
      port: await balanced(base + 993),
      secure: true,
      tls: { ca: certificate.cert, servername: HOSTNAME },
      auth: { user: ALICE, pass: PASSWORD },
      logger: false,
    });
    await client.connect();
    expect((await client.mailboxOpen('INBOX')).exists).toBe(1);
    const found = await client.fetchOne('1', { source: true });
    if (!found) throw new Error('the message is not there');
    expect(found.source!.toString('latin1').endsWith(raw)).toBe(true);

    await usesJmap();

    for (const [port, program] of [
      [ports.smtp, smtp],
      [ports.access, access],
    ] as const) {
      expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);
      const health = run('health.mjs', { POSTERN_HEALTH_PORT: String(port) });
      expect(await health.ended).toBe(0);
      program.child.kill('SIGTERM');
    }
    const begun = Date.now();
    expect(await smtp.ended, smtp.output()).toBe(0);
    expect(await access.ended, access.output()).toBe(0);
    expect(Date.now() - begun).toBeLessThan(20_000);
    expect(await run('health.mjs', { POSTERN_HEALTH_PORT: String(ports.smtp) }).ended).toBe(1);
    for (const program of [smtp, access]) expect(program.output()).toMatch(/"event":"stopped"/);
  });

  it.each(['smtp', 'access'])('%s says in one line which variable is missing', async (name) => {
    const { POSTERN_TABLE: _, ...without } = variables('25', base + 82);
    const program = run(`${name}.mjs`, without);
    expect(await program.ended).toBe(1);
    expect(program.output()).toMatch(/^postern: [^\n]*POSTERN_TABLE[^\n]*\n$/);
  });
});
