import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { App } from 'aws-cdk-lib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addDeployment } from '../../lib/deployment.ts';
import { settingsFrom } from '../../lib/settings.ts';
import { type RunningDynalite, startDynalite } from '../support/dynalite.ts';

/**
 * The functions as they are bundled, each run by a Node of its own, as Lambda would, against dynalite: from a folder where nothing
 * can be imported but Node itself.
 */

const TOKEN = 'k'.repeat(43);
const folder = mkdtempSync(join(tmpdir(), 'postern-functions-'));
const bundles = new Map<string, string>();
let dynamo: RunningDynalite;
let secrets: Server;
let client: DynamoDBClient;

beforeAll(async () => {
  const app = new App({ outdir: folder });
  addDeployment(app, settingsFrom(app.node));
  app.synth();
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.assets.json'))) {
    const { files } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
      files: Record<string, { displayName: string; source: { path: string } }>;
    };
    for (const { displayName, source } of Object.values(files)) {
      const name = /^(\w+)\/Function\/Code$/.exec(displayName)?.[1];
      if (name !== undefined) bundles.set(name.toLowerCase(), join(folder, source.path, 'index.mjs'));
    }
  }
  dynamo = await startDynalite();
  client = new DynamoDBClient(dynamo);
  secrets = createServer((_request, response) => response.end(JSON.stringify({ SecretString: TOKEN })));
  await new Promise<void>((resolve) => secrets.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  client.destroy();
  secrets.close();
  await dynamo.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What the handler gives for an event; everything but table and secrets answers nothing. */
function invoke(name: string, event: unknown): Promise<unknown> {
  const arn = 'arn:aws:sqs:us-east-1:123456789012:q';
  const url = 'http://127.0.0.1:9/123456789012/q';
  const env = {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
    AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${(secrets.address() as AddressInfo).port}`,
    POSTERN_HOSTNAME: 'mail.example.org',
    POSTERN_TABLE: dynamo.table,
    POSTERN_BUCKET: 'bucket',
    POSTERN_DELIVER_QUEUE_URL: url,
    POSTERN_DELIVER_QUEUE_ARN: arn,
    POSTERN_SEND_QUEUE_URL: url,
    POSTERN_SEND_QUEUE_ARN: arn,
    POSTERN_COMPACT_QUEUE_URL: url,
    POSTERN_COMPACT_QUEUE_ARN: arn,
    POSTERN_SCHEDULE_GROUP: 'group',
    POSTERN_SCHEDULE_ROLE_ARN: arn,
    POSTERN_EVENTS_HTTP: '127.0.0.1:9',
    POSTERN_EVENTS_REALTIME: '127.0.0.1:9',
    POSTERN_FRONT_SECRET: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:front',
    POSTERN_ADMIN_SECRET: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:token',
    POSTERN_VERSION: '1.2.3',
  };
  const script = `
    const { handler } = await import(${JSON.stringify(bundles.get(name))});
    const context = { getRemainingTimeInMillis: () => 10_000 };
    const result = await handler(${JSON.stringify(event)}, context);
    process.stdout.write('\\nRESULT ' + JSON.stringify(result ?? null), () => process.exit(0));`;
  return new Promise((resolve, reject) => {
    const options = { env, timeout: 60_000, maxBuffer: 2 ** 24 };
    execFile(process.execPath, ['--input-type=module', '--eval', script], options, (_error, stdout, stderr) => {
      const result = /^RESULT (.*)$/m.exec(stdout)?.[1];
      if (result === undefined) reject(new Error(`no result\n${stdout.slice(-2000)}\n${stderr.slice(-2000)}`));
      else resolve(JSON.parse(result));
    });
  });
}

const jobs = (...bodies: unknown[]) => ({
  Records: bodies.map((body, index) => ({
    messageId: `message-${index}`,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    attributes: { ApproximateReceiveCount: '1' },
  })),
});

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** As CloudFront passes it on: the secrets server has one value for all. */
const http = (method: string, path: string, body?: unknown, headers: Record<string, string> = bearer(TOKEN)) => ({
  version: '2.0',
  rawPath: path,
  rawQueryString: '',
  headers: { ...headers, 'content-type': 'application/json', 'x-postern-front': TOKEN },
  requestContext: { http: { method, path, sourceIp: '192.0.2.1' } },
  isBase64Encoded: false,
  ...(body === undefined ? {} : { body: JSON.stringify(body) }),
});

describe('the bundled functions', () => {
  it('deliver sets aside what is no job, and gives nothing back', async () => {
    expect(await invoke('deliver', jobs('not a job'))).toEqual({ batchItemFailures: [] });
    const parked = await client.send(
      new QueryCommand({
        TableName: dynamo.table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: 'parked' } },
      }),
    );
    expect(parked.Count).toBe(1);
  });

  it('deliver gives back the one job whose message cannot be read now', async () => {
    const job = {
      v: 1,
      id: 'abcdefgh',
      blob: `raw/${'a'.repeat(32)}.1`,
      size: 100,
      received: Date.now(),
      from: 'a@example.net',
      deliveries: [{ account: 'nobody', recipient: 'nobody@example.org' }],
      relay: [],
      via: 'mx',
      tenant: 't',
    };
    expect(await invoke('deliver', jobs('not a job', job))).toEqual({
      batchItemFailures: [{ itemIdentifier: 'message-1' }],
    });
  });

  it('send takes no notice of an entry that is done, and gives back what it does not understand', async () => {
    expect(await invoke('send', jobs({ v: 1, id: 'gone' }, { v: 99 }))).toEqual({
      batchItemFailures: [{ itemIdentifier: 'message-1' }],
    });
  });

  it.each(['queue', 'accounts', 'blobs'])('sweep goes through the %s', async (sweep) => {
    expect(await invoke('sweep', { sweep })).toBeNull();
  });

  it('sweep knows no other', async () => {
    await expect(invoke('sweep', { sweep: 'all' })).rejects.toThrow(/sweep/);
  });

  it('admin refuses a wrong token, and adds a domain with the right one', async () => {
    expect(await invoke('admin', http('GET', '/admin/v1/domains', undefined, bearer('wrong')))).toMatchObject({
      statusCode: 401,
    });
    const added = (await invoke('admin', http('POST', '/admin/v1/domains', { domain: 'example.org' }))) as {
      statusCode: number;
    };
    expect(added.statusCode, JSON.stringify(added)).toBeLessThan(300);
    const listed = (await invoke('admin', http('GET', '/admin/v1/domains'))) as { statusCode: number; body: string };
    expect(listed.statusCode).toBe(200);
    expect(listed.body).toContain('example.org');
    const made = (await invoke(
      'admin',
      http('POST', '/admin/v1/accounts', { address: 'ann@example.org', password: 'correct horse battery' }),
    )) as { statusCode: number; body: string };
    expect(made.statusCode, made.body).toBeLessThan(300);
    const { id } = JSON.parse(made.body) as { id: string };
    const log = await client.send(
      new QueryCommand({
        TableName: dynamo.table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: `a/${id}` } },
      }),
    );
    // The first entry of its log: its mailboxes.
    expect(log.Count).toBe(1);
  });

  it('jmap answers who has a password, by the name that was asked, and nobody who comes past CloudFront', async () => {
    const basic = (password: string) => ({
      authorization: `Basic ${Buffer.from(`ann@example.org:${password}`).toString('base64')}`,
      'x-forwarded-host': 'webmail.example.org',
    });
    const ask = async (event: unknown) => (await invoke('jmap', event)) as { statusCode: number; body: string };
    const past = http('GET', '/.well-known/jmap', undefined, basic('correct horse battery'));
    expect(await ask({ ...past, headers: { ...past.headers, 'x-postern-front': 'guess' } })).toMatchObject({
      statusCode: 403,
    });
    expect(await ask(http('GET', '/.well-known/jmap', undefined, basic('wrong')))).toMatchObject({ statusCode: 401 });
    const session = await ask(past);
    expect(session.statusCode, session.body).toBe(200);
    const { apiUrl, primaryAccounts } = JSON.parse(session.body) as {
      apiUrl: string;
      primaryAccounts: Record<string, string>;
    };
    expect(apiUrl).toBe('https://webmail.example.org/jmap/api');
    const request = {
      using: ['urn:ietf:params:jmap:core', 'urn:ietf:params:jmap:mail'],
      methodCalls: [['Mailbox/get', { accountId: primaryAccounts['urn:ietf:params:jmap:mail'] }, 'a']],
    };
    const answer = await ask(http('POST', '/jmap/api', request, basic('correct horse battery')));
    const { methodResponses } = JSON.parse(answer.body) as {
      methodResponses: [string, { list: { role: string }[] }][];
    };
    expect(methodResponses[0]![1].list.map(({ role }) => role)).toContain('inbox');
  });

  it.each(['admin', 'jmap'])('%s is less than a megabyte', (name) => {
    expect(statSync(bundles.get(name)!).size).toBeLessThan(1024 * 1024);
  });

  it('compact gives back what it cannot do, and nothing else', async () => {
    const result = await invoke('compact', jobs({ v: 1, account: 'nobody' }, 'nonsense'));
    expect(result).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-1' }] });
    const head = await client.send(
      new GetItemCommand({ TableName: dynamo.table, Key: { pk: { S: 'a/nobody' }, sk: { S: 'h' } } }),
    );
    expect(head.Item).toBeUndefined();
  });
});
