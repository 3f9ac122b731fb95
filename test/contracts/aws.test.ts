/** The contract suites over the AWS adapters: the real SDK clients on the strict fake transport. */
import { expect } from 'vitest';
import { openAws } from '../../adapters/aws/index.ts';
import { jsonLog } from '../../adapters/aws/log.ts';
import { AwsFake } from '../support/aws-fake.ts';
import { SkippingClock } from '../support/skipping-clock.ts';
import { describeBlobs } from './blobs.ts';
import { describeQueue } from './queue.ts';
import { describeRecords } from './records.ts';
import { describeSchedule } from './schedule.ts';
import { describeWakeups } from './wakeups.ts';

const silent = jsonLog({ write: () => undefined });

/** Two processes on one fake: what one of them acknowledged, the other finds. */
function makeAws() {
  const clock = new SkippingClock();
  const fake = new AwsFake({ clock });
  const aws = openAws(fake.config({ log: silent }));
  const other = openAws(fake.config({ log: silent }));
  return {
    aws,
    other,
    now: () => clock.now(),
    pass: (ms: number) => clock.skip(ms),
    async close() {
      await aws.close();
      await other.close();
      expect(fake.violations).toEqual([]);
    },
  };
}

describeRecords('aws', async () => {
  const { aws, other, close } = makeAws();
  return { records: aws.records, other: other.records, crash: async () => other.records, close };
});

describeBlobs('aws', async () => {
  const { aws, other, close } = makeAws();
  return { blobs: aws.blobs, crash: async () => other.blobs, close };
});

// No `crash`: what was received by a process that died stays hidden for its visibility, as SQS says.
describeQueue('aws', async () => {
  const { aws, pass, close } = makeAws();
  return { queue: aws.queues.send, pass, close };
});

describeSchedule('aws', async () => {
  const { aws, other, now, pass, close } = makeAws();
  const of = ({ schedule, queues }: typeof aws) => ({ schedule, queue: (name: keyof typeof queues) => queues[name] });
  // The contract's "within a minute or so": EventBridge needs it, and so does the time that the adapter leaves it.
  return { ...of(aws), crash: async () => of(other), now, pass: (ms) => pass(ms + 60_000), close };
});

describeWakeups('aws', async () => {
  const { aws, close } = makeAws();
  await aws.wakeups.start();
  return { wakeups: aws.wakeups, patience: 40, close };
});

/** Subscribing in one process, publishing in the other. */
describeWakeups('aws, across processes', async () => {
  const { aws, other, close } = makeAws();
  await aws.wakeups.start();
  const wakeups = {
    publish: (account: string, seq: number) => other.wakeups.publish(account, seq),
    subscribe: (account: string, listener: (seq: number) => void) => aws.wakeups.subscribe(account, listener),
  };
  return { wakeups, patience: 60, close };
});
