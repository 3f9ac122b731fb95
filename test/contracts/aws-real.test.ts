/**
 * The contract suites over a real AWS account. Opt-in: it costs a few cents, and needs the network and credentials.
 *
 *   POSTERN_TEST_AWS=1                      run it
 *   AWS_REGION, and credentials as the SDK finds them (AWS_PROFILE, AWS_ACCESS_KEY_ID ...)
 *   POSTERN_TEST_AWS_TABLE                  a DynamoDB table with the keys pk and sk (strings)
 *   POSTERN_TEST_AWS_BUCKET                 an S3 bucket; everything is put under a prefix of the run, and stays there
 *   POSTERN_TEST_AWS_QUEUE_URL, _QUEUE_ARN  an SQS standard queue that nothing else uses (its jobs are deleted)
 *   POSTERN_TEST_AWS_SCHEDULE_GROUP, _SCHEDULE_ROLE_ARN   an EventBridge Scheduler group and its role
 *   POSTERN_TEST_AWS_EVENTS_HTTP, _EVENTS_REALTIME        the host names of an AppSync Events API with IAM and a namespace t
 */
import { describe } from 'vitest';
import { type Aws, openAws } from '../../adapters/aws/index.ts';
import { jsonLog } from '../../adapters/aws/log.ts';
import { describeBlobs } from './blobs.ts';
import { fresh, sleep } from './harness.ts';
import { describeQueue } from './queue.ts';
import { describeRecords } from './records.ts';
import { describeSchedule } from './schedule.ts';
import { describeWakeups } from './wakeups.ts';

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`set ${name} (see test/contracts/aws-real.test.ts)`);
  return value;
}

function open(): Aws {
  const aws = (name: string) => setting(`POSTERN_TEST_AWS_${name}`);
  const queue = { url: aws('QUEUE_URL'), arn: aws('QUEUE_ARN') };
  return openAws({
    region: setting('AWS_REGION'),
    table: aws('TABLE'),
    bucket: aws('BUCKET'),
    blobPrefix: `${fresh('contract')}/`,
    queues: { deliver: queue, send: queue, compact: queue },
    schedule: { group: aws('SCHEDULE_GROUP'), roleArn: aws('SCHEDULE_ROLE_ARN') },
    events: { httpHost: aws('EVENTS_HTTP'), realtimeHost: aws('EVENTS_REALTIME') },
    log: jsonLog({ level: 'error' }),
  });
}

/** Each queue test wants an empty queue: what an earlier one left is taken out. */
async function drain({ queues }: Aws): Promise<void> {
  for (;;) {
    const jobs = await queues.send.receive({ max: 10, visibility: 60, waitSeconds: 3 });
    if (jobs.length === 0) return;
    await queues.send.delete(jobs.map(({ handle }) => handle));
  }
}

describe.runIf(process.env.POSTERN_TEST_AWS === '1')('a real AWS account', { timeout: 600_000 }, () => {
  describeRecords('real aws', async () => {
    const [aws, other] = [open(), open()];
    return { records: aws.records, other: other.records, close: () => aws.close().then(() => other.close()) };
  });

  describeBlobs('real aws', async () => {
    const aws = open();
    return { blobs: aws.blobs, close: () => aws.close() };
  });

  describeQueue('real aws', async () => {
    const aws = open();
    await drain(aws);
    return { queue: aws.queues.send, close: () => aws.close() };
  });

  describeSchedule('real aws', async () => {
    const aws = open();
    await drain(aws);
    return {
      schedule: aws.schedule,
      queue: (name) => aws.queues[name],
      pass: (ms) => sleep(ms + 95_000),
      close: () => aws.close(),
    };
  });

  describeWakeups('real aws', async () => {
    const [aws, other] = [open(), open()];
    await aws.wakeups.start();
    const wakeups = {
      publish: (account: string, seq: number) => other.wakeups.publish(account, seq),
      subscribe: (account: string, listener: (seq: number) => void) => aws.wakeups.subscribe(account, listener),
    };
    return { wakeups, patience: 2000, close: () => aws.close().then(() => other.close()) };
  });
});
