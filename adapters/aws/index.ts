/** Every port on AWS. The configuration is passed in: only bin/ and lambdas/ read the environment. */
import type { Blobs, Clock, Log, Queue, QueueName, Random, Records, Schedule } from '../../mail/ports/index.ts';
import { AppSyncEvents, type Credentials, type HttpHandler } from './appsync.ts';
import type { OpenSocket } from './appsync-socket.ts';
import { S3Blobs } from './blobs.ts';
import { createClients } from './clients.ts';
import { systemClock } from './clock.ts';
import { jsonLog } from './log.ts';
import { SqsQueue } from './queue.ts';
import { systemRandom } from './random.ts';
import { DynamoRecords } from './records.ts';
import { EventBridgeSchedule } from './schedule.ts';
import { AppSyncWakeups } from './wakeups.ts';

export interface AwsConfig {
  readonly region: string;
  /** The DynamoDB table: keys pk and sk (strings), time to live on `ttl`. */
  readonly table: string;
  readonly bucket: string;
  /** Put before every blob's key. Default ''. */
  readonly blobPrefix?: string;
  readonly queues: Readonly<Record<QueueName, { readonly url: string; readonly arn: string }>>;
  /** The EventBridge Scheduler group, and the role it takes to send to the queues. */
  readonly schedule: { readonly group: string; readonly roleArn: string };
  /** The AppSync Events API's two host names; its channel namespace is `t`, its authorization IAM. */
  readonly events: { readonly httpHost: string; readonly realtimeHost: string };
  readonly ses?: { readonly configurationSet?: string };
  /** Default: the SDK's chain. */
  readonly credentials?: Credentials;

  /** The rest is for tests. */
  readonly clock?: Clock;
  readonly random?: Random;
  readonly log?: Log;
  readonly requestHandler?: HttpHandler;
  readonly openSocket?: OpenSocket;
  readonly dynamoEndpoint?: string;
}

export interface Aws {
  readonly records: Records;
  readonly blobs: Blobs;
  readonly queues: Readonly<Record<QueueName, Queue>>;
  readonly schedule: Schedule;
  /** A program that serves clients calls its `start` as it starts and its `close` as it ends. */
  readonly wakeups: AppSyncWakeups;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Ends the wake-ups and lets go of every connection. */
  close(): Promise<void>;
}

/** Opens every port but SES (`openSes`). Nothing is sent until one is used. */
export function openAws(config: AwsConfig): Aws {
  const { clock = systemClock, random = systemRandom, log = jsonLog(), region } = config;
  const clients = createClients(config);
  const records = new DynamoRecords({
    table: config.table,
    reader: clients.dynamoReader,
    writer: clients.dynamoWriter,
  });
  const queue = (name: QueueName) => new SqsQueue({ client: clients.sqs, url: config.queues[name].url });
  const { deliver, send, compact } = config.queues;
  const { credentials, http: handler } = clients;
  const wakeups = new AppSyncWakeups({
    events: new AppSyncEvents({ httpHost: config.events.httpHost, region, credentials, handler }),
    realtimeHost: config.events.realtimeHost,
    records,
    clock,
    random,
    log,
    ...(config.openSocket ? { openSocket: config.openSocket } : {}),
  });
  return {
    records,
    blobs: new S3Blobs({
      client: clients.s3,
      bucket: config.bucket,
      random,
      ...(config.blobPrefix === undefined ? {} : { prefix: config.blobPrefix }),
    }),
    queues: { deliver: queue('deliver'), send: queue('send'), compact: queue('compact') },
    schedule: new EventBridgeSchedule({
      client: clients.scheduler,
      clock,
      ...config.schedule,
      queueArns: { deliver: deliver.arn, send: send.arn, compact: compact.arn },
    }),
    wakeups,
    clock,
    random,
    log,
    async close() {
      await wakeups.close();
      clients.destroy();
    },
  };
}
