/** The SDK's clients: how long each may take, and how often it may try. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Credentials, HttpHandler } from './appsync.ts';

export interface ClientOptions {
  readonly region: string;
  /** Default: the SDK's chain (environment, task role, Lambda role). */
  readonly credentials?: Credentials;
  /** In place of HTTP, for every client: the fake transport of the tests. */
  readonly requestHandler?: HttpHandler;
  /** In place of DynamoDB's own endpoint, for example a dynalite on loopback. */
  readonly dynamoEndpoint?: string;
}

export interface Clients {
  readonly dynamoReader: DynamoDBClient;
  readonly dynamoWriter: DynamoDBClient;
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  readonly scheduler: SchedulerClient;
  /** For what has no client: AppSync Events. */
  readonly http: HttpHandler;
  readonly credentials: () => Promise<Credentials>;
  destroy(): void;
}

const CONNECT_MS = 2000;
/** A key-value call that takes longer is lost; the next attempt is quicker than waiting. */
const DYNAMO_MS = 3000;
/** An 8 MiB part over a slow hour. */
const S3_MS = 30_000;
/** A long poll takes 20 seconds by itself. */
const SQS_MS = 30_000;
const SCHEDULER_MS = 10_000;
const PUBLISH_MS = 3000;
/** Connections at once, per service: the ingress holds many messages at a time. */
const SOCKETS = 256;

/** For one client; `requestTimeout` in milliseconds. */
export function httpHandler(requestTimeout: number, instead?: HttpHandler): NodeHttpHandler {
  // The tests' transport stands in for all of them; the SDK asks no more of it than `handle`.
  if (instead) return instead as NodeHttpHandler;
  return new NodeHttpHandler({
    connectionTimeout: CONNECT_MS,
    requestTimeout,
    throwOnRequestTimeout: true,
    httpsAgent: { keepAlive: true, maxSockets: SOCKETS },
    httpAgent: { keepAlive: true, maxSockets: SOCKETS },
  });
}

/** Makes every client but those of SES, which few programs need. Nothing is sent until one is used. */
export function createClients(options: ClientOptions): Clients {
  const { region, credentials, requestHandler } = options;
  const handlers: NodeHttpHandler[] = [];
  const handler = (requestTimeout: number): NodeHttpHandler => {
    const made = httpHandler(requestTimeout, requestHandler);
    handlers.push(made);
    return made;
  };
  const common = { region, ...(credentials ? { credentials } : {}) };
  const dynamo = {
    ...common,
    requestHandler: handler(DYNAMO_MS),
    ...(options.dynamoEndpoint === undefined ? {} : { endpoint: options.dynamoEndpoint }),
  };
  const dynamoReader = new DynamoDBClient({ ...dynamo, maxAttempts: 3 });
  return {
    dynamoReader,
    // One attempt: see DynamoRecordsOptions.writer.
    dynamoWriter: new DynamoDBClient({ ...dynamo, maxAttempts: 1 }),
    // By default the SDK asks leave (Expect: 100-continue) for a body over 2 MiB, on a connection of its own each time.
    s3: new S3Client({ ...common, requestHandler: handler(S3_MS), maxAttempts: 3, expectContinueHeader: false }),
    sqs: new SQSClient({ ...common, requestHandler: handler(SQS_MS), maxAttempts: 3 }),
    scheduler: new SchedulerClient({ ...common, requestHandler: handler(SCHEDULER_MS), maxAttempts: 3 }),
    http: handler(PUBLISH_MS),
    credentials: async () => (await dynamoReader.config.credentials()) as Credentials,
    destroy: () => {
      for (const made of handlers) made.destroy?.();
    },
  };
}
