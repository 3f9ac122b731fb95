/**
 * AWS for tests: a strict transport under the real SDK clients. It implements just the operations that the adapters use,
 * with their limits and error types, and throws `NotInFake` on anything else. Calls are counted, may take time, and may
 * fail on command.
 *
 *   const fake = new AwsFake({ latencyMs: 5 });
 *   const aws = openAws(fake.config());
 *   fake.calls.get('dynamodb.PutItem');
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { HttpRequest, HttpResponse } from '@smithy/core/protocols';
import { systemClock } from '../../adapters/aws/clock.ts';
import type { AwsConfig } from '../../adapters/aws/index.ts';
import type { Clock, Log, QueueName } from '../../mail/ports/index.ts';
import { FakeAppSync } from './aws/appsync.ts';
import { FakeDynamoDB } from './aws/dynamodb.ts';
import { type FakeRequest, type FakeService, NotInFake, type Reply, toResponse } from './aws/reply.ts';
import { FakeS3 } from './aws/s3.ts';
import { FakeScheduler } from './aws/scheduler.ts';
import { FakeSes } from './aws/ses.ts';
import { FakeSqs } from './aws/sqs.ts';

export { NotInFake } from './aws/reply.ts';

/**
 * What goes wrong with a call: refused as too fast; lost on the way (time-out, nothing done); done, and then the answer
 * lost in a time-out, a broken connection or a 500; a 500 with nothing done; no connection at all.
 */
export type Fault = 'throttle' | 'lost' | 'timeout-after' | 'reset-after' | 'error-after' | 'error' | 'refused';

export interface FakeCall {
  /** For example dynamodb.PutItem. */
  readonly operation: string;
  /** How often this operation was called, this time included. */
  readonly count: number;
}

export interface AwsFakeOptions {
  /** How long each call takes. Default 0. */
  readonly latencyMs?: number;
  /** For delays, visibility, schedules and times. Default: the machine's. */
  readonly clock?: Clock;
}

const REGION = 'us-east-1';
const ACCOUNT = '123456789012';
const BUCKET = 'postern-test';
const QUEUES: readonly QueueName[] = ['deliver', 'send', 'compact'];
const url = (name: string) => `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${name}`;
const arn = (name: string) => `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;
const ROLE = `arn:aws:iam::${ACCOUNT}:role/schedule`;
const GROUP = 'postern';
const TABLE = 'postern-test';
const HTTP_HOST = `fake.appsync-api.${REGION}.amazonaws.com`;
const REALTIME_HOST = `fake.appsync-realtime-api.${REGION}.amazonaws.com`;

export class AwsFake {
  /** Calls by operation, failed ones and the SDK's own repetitions included. */
  readonly calls = new Map<string, number>();
  /** Every use of what the fake does not know: must be empty at the end of a test. */
  readonly violations: NotInFake[] = [];
  latencyMs: number;
  /** Decides what goes wrong with a call. Default: nothing. */
  fault: (call: FakeCall) => Fault | undefined = () => undefined;

  readonly dynamodb = new FakeDynamoDB(TABLE);
  readonly s3: FakeS3;
  readonly sqs: FakeSqs;
  readonly scheduler: FakeScheduler;
  readonly ses = new FakeSes();
  readonly appsync: FakeAppSync;
  private readonly credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: randomBytes(20).toString('hex') };
  private readonly services: ReadonlyMap<string, FakeService>;
  private readonly clock: Clock;

  constructor(options: AwsFakeOptions = {}) {
    this.latencyMs = options.latencyMs ?? 0;
    this.clock = options.clock ?? systemClock;
    this.s3 = new FakeS3(() => this.clock.now());
    this.sqs = new FakeSqs(this.clock, QUEUES.map(url));
    this.scheduler = new FakeScheduler({
      clock: this.clock,
      group: GROUP,
      roleArn: ROLE,
      targets: QUEUES.map(arn),
      deliver: (target, input) => this.sqs.deliver(url(target.slice(arn('').length)), input),
    });
    this.appsync = new FakeAppSync({
      httpHost: HTTP_HOST,
      realtimeHost: REALTIME_HOST,
      region: REGION,
      secret: this.credentials.secretAccessKey,
    });
    this.services = new Map<string, FakeService>([
      [`dynamodb.${REGION}.amazonaws.com`, this.dynamodb],
      [`${BUCKET}.s3.${REGION}.amazonaws.com`, this.s3],
      [`sqs.${REGION}.amazonaws.com`, this.sqs],
      [`scheduler.${REGION}.amazonaws.com`, this.scheduler],
      [`email.${REGION}.amazonaws.com`, this.ses],
      [HTTP_HOST, this.appsync],
    ]);
  }

  /** What `openAws` takes to run on this fake. Several may be opened on one, as several processes would. */
  config(overrides: { readonly log?: Log; readonly clock?: Clock } = {}): AwsConfig {
    const queue = (name: QueueName) => ({ url: url(name), arn: arn(name) });
    return {
      region: REGION,
      table: TABLE,
      bucket: BUCKET,
      queues: { deliver: queue('deliver'), send: queue('send'), compact: queue('compact') },
      schedule: { group: GROUP, roleArn: ROLE },
      events: { httpHost: HTTP_HOST, realtimeHost: REALTIME_HOST },
      credentials: this.credentials,
      clock: this.clock,
      requestHandler: this,
      openSocket: this.appsync.openSocket,
      ...overrides,
    };
  }

  /** All calls since the last reset. */
  get total(): number {
    return [...this.calls.values()].reduce((sum, count) => sum + count, 0);
  }

  reset(): void {
    this.calls.clear();
  }

  /** The next `times` calls of an operation go wrong like this. */
  failNext(operation: string, fault: Fault, times = 1): void {
    const before = this.fault;
    let left = times;
    this.fault = (call) => {
      if (call.operation !== operation || left === 0) return before(call);
      left--;
      return fault;
    };
  }

  /** The SDK's request handler. */
  async handle(request: HttpRequest, options: { abortSignal?: AbortSignal } = {}): Promise<{ response: HttpResponse }> {
    const gathered = await gather(request, options.abortSignal);
    try {
      return { response: toResponse(await this.answer(gathered)) };
    } catch (error) {
      if (error instanceof NotInFake) this.violations.push(error);
      throw error;
    }
  }

  private async answer(request: FakeRequest): Promise<Reply> {
    const service = this.services.get(request.hostname);
    if (!service) throw new NotInFake(`host ${request.hostname}`);
    if (!request.headers.authorization?.startsWith('AWS4-HMAC-SHA256 ')) throw new NotInFake('an unsigned call');
    const name = service.operationOf(request);
    const operation = `${service.name}.${name}`;
    const count = (this.calls.get(operation) ?? 0) + 1;
    this.calls.set(operation, count);
    const fault = this.fault({ operation, count });
    if (this.latencyMs > 0) await delay(this.latencyMs);

    switch (fault) {
      case 'throttle':
        return service.error(service.throttled.status, service.throttled.code, 'Rate exceeded', name);
      case 'lost':
        throw timedOut();
      case 'refused':
        throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      case 'error':
        return service.error(500, 'InternalServerError', 'Internal server error', name);
    }
    const reply = await service.handle(name, request);
    switch (fault) {
      case 'timeout-after':
        throw timedOut();
      case 'reset-after':
        throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
      case 'error-after':
        return service.error(500, 'InternalServerError', 'Internal server error', name);
    }
    return reply;
  }
}

/** What the SDK's own HTTP handler throws. */
function timedOut(): Error {
  const message = 'a request has exceeded the configured requestTimeout';
  return Object.assign(new Error(message), { name: 'TimeoutError', code: 'ETIMEDOUT' });
}

async function gather(request: HttpRequest, signal: AbortSignal | undefined): Promise<FakeRequest> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) headers[name.toLowerCase()] = String(value);
  const query: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.query ?? {})) query[name] = String(value ?? '');
  const { method, hostname, path } = request;
  return { method, hostname, path, query, headers, body: await bytesOf(request.body), signal };
}

async function bytesOf(body: unknown): Promise<Buffer> {
  if (body === undefined || body === null) return Buffer.alloc(0);
  if (typeof body === 'string') return Buffer.from(body);
  // A copy, as the network makes one: the sender may use its buffer again. (The SDK's JSON bodies are bytes that can
  // also be read as a string, and warn when they are.)
  if (body instanceof Uint8Array) return Buffer.copyBytesFrom(body);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
