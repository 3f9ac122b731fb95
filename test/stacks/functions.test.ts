import { statSync } from 'node:fs';
import { DynamoDBClient, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Functions, startFunctions, TOKEN } from '../support/functions.ts';

let functions: Functions;
let client: DynamoDBClient;

beforeAll(async () => {
  functions = await startFunctions();
  client = new DynamoDBClient(functions.dynamo);
});

afterAll(async () => {
  client.destroy();
  await functions.stop();
});

/** What the handler gives for an event. */
function invoke(name: string, event: unknown): Promise<unknown> {
  return functions.run(
    name,
    `const { handler } = await load();
     return handler(${JSON.stringify(event)}, { getRemainingTimeInMillis: () => 10_000 });`,
  );
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
        TableName: functions.dynamo.table,
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

  it.each(['queue', 'accounts', 'due', 'blobs'])('sweep goes through the %s', async (sweep) => {
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
        TableName: functions.dynamo.table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: `a/${id}` } },
      }),
    );
    // The first entry of its log: its mailboxes.
    expect(log.Count).toBe(1);
  });

  it('auth begins a session, whose token jmap takes', async () => {
    const body = { name: 'ann@example.org', password: 'correct horse battery' };
    const begun = (await invoke('auth', http('POST', '/auth/v1/session', body, {}))) as {
      statusCode: number;
      body: string;
    };
    expect(begun.statusCode, begun.body).toBe(200);
    const { access } = JSON.parse(begun.body) as { access: string };
    const session = http('GET', '/.well-known/jmap', undefined, bearer(access));
    expect(await invoke('jmap', session)).toMatchObject({ statusCode: 200 });
  });

  it('auth tells mail programs their settings (ME-30)', async () => {
    const path = '/mail/config-v1.1.xml';
    const asked = { ...http('GET', path, undefined, {}), rawPath: path, rawQueryString: 'emailaddress=x@example.org' };
    const told = (await invoke('auth', asked)) as { statusCode: number; body: string };
    expect(told.statusCode, told.body).toBe(200);
    expect(told.body.match(/<port>\d+/g)).toEqual(['<port>993', '<port>995', '<port>465']);
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

  it.each(['admin', 'auth', 'jmap'])('%s is less than a megabyte', (name) => {
    expect(statSync(functions.bundles.get(name)!).size).toBeLessThan(1024 * 1024);
  });

  it('compact gives back what it cannot do, and nothing else', async () => {
    const result = await invoke('compact', jobs({ v: 1, account: 'nobody' }, 'nonsense'));
    expect(result).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-1' }] });
    const head = await client.send(
      new GetItemCommand({ TableName: functions.dynamo.table, Key: { pk: { S: 'a/nobody' }, sk: { S: 'h' } } }),
    );
    expect(head.Item).toBeUndefined();
  });
});
