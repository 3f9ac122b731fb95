import type { APIGatewayProxyEventV2, Context, SQSEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { batch } from '../../lambdas/batch.ts';
import { requestOf, resultOf } from '../../lambdas/http.ts';
import { withoutPort25 } from '../../lambdas/routes.ts';
import { readBody } from '../../mail/http.ts';
import { type ReceivedJob, type RelayAttempt, RelayError } from '../../mail/ports/index.ts';

const context = { getRemainingTimeInMillis: () => 1000 } as Context;
const event = {
  Records: ['one', 'two'].map((body, index) => ({
    messageId: `m${index}`,
    body,
    attributes: { ApproximateReceiveCount: String(index + 1) },
  })),
} as unknown as SQSEvent;

describe('batch', () => {
  it('hands jobs over with how often they came, and gives back those that failed', async () => {
    let seen: readonly ReceivedJob[] = [];
    const handler = batch(async (jobs) => {
      seen = jobs;
      return ['m1'];
    });
    expect(await handler(event, context)).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }] });
    expect(seen).toEqual([
      { handle: 'm0', body: 'one', attempt: 1 },
      { handle: 'm1', body: 'two', attempt: 2 },
    ]);
  });

  it('fails as a whole when the stage throws, so that SQS gives all of it again', async () => {
    const handler = batch(() => Promise.reject(new Error('bug')));
    await expect(handler(event, context)).rejects.toThrow('bug');
  });
});

describe('HTTP', () => {
  const asked = (body: string, isBase64Encoded: boolean) =>
    requestOf({
      rawPath: '/admin/v1/send',
      rawQueryString: 'to=a%40example.org',
      headers: { authorization: 'Bearer x' },
      requestContext: { http: { method: 'POST' } },
      body,
      isBase64Encoded,
    } as unknown as APIGatewayProxyEventV2);

  it('reads method, path, query and body, whether encoded or not', async () => {
    const bytes = Buffer.from([0, 255, 13, 10]);
    const request = asked(bytes.toString('base64'), true);
    expect(request.method).toBe('POST');
    expect(request.path).toBe('/admin/v1/send');
    expect(request.query.get('to')).toBe('a@example.org');
    expect(await readBody(request, 100)).toEqual(bytes);
    expect(await readBody(asked('{"a":"ä"}', false), 100)).toEqual(Buffer.from('{"a":"ä"}'));
  });

  it('answers with text as it is, and with bytes and streams in base64', async () => {
    expect(await resultOf({ status: 200, headers: { a: 'b' }, body: '{}' })).toEqual({
      statusCode: 200,
      headers: { a: 'b' },
      body: '{}',
    });
    const stream = (async function* () {
      yield Buffer.from([1, 2]);
      yield Buffer.from([3]);
    })();
    expect(await resultOf({ status: 200, headers: {}, body: stream })).toMatchObject({
      body: Buffer.from([1, 2, 3]).toString('base64'),
      isBase64Encoded: true,
    });
  });

  it('says so when the answer is more than Lambda can carry', async () => {
    const { statusCode, body } = await resultOf({ status: 200, headers: {}, body: Buffer.alloc(5_000_000) });
    expect(statusCode).toBe(507);
    expect(body).toContain('larger');
  });
});

describe('withoutPort25', () => {
  const relay = withoutPort25({ deliver: async () => [] });

  it('refuses direct delivery for good, and says what to do', async () => {
    const error = await relay.deliver({ host: 'mx.example.net', port: 25 } as RelayAttempt).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(RelayError);
    expect(error).toMatchObject({ temporary: false, enhanced: '5.3.5', stage: 'greeting' });
    expect((error as RelayError).text).toContain('-c mx=true');
  });

  it('lets the ports of smarthosts through', async () => {
    expect(await relay.deliver({ host: 'smart.example.net', port: 587 } as RelayAttempt)).toEqual([]);
  });
});
