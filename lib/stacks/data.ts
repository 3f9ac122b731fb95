import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { CfnEIP } from 'aws-cdk-lib/aws-ec2';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { BlobStore } from '../constructs/blob-store.ts';
import { JobQueue } from '../constructs/job-queue.ts';
import { OperatorAlarms } from '../constructs/operator-alarms.ts';
import { RecordTable } from '../constructs/record-table.ts';
import { RetrySchedule } from '../constructs/retry-schedule.ts';
import { TlsSecret } from '../constructs/tls-secret.ts';
import { WakeUps } from '../constructs/wake-ups.ts';
import { hostname, type Settings } from '../settings.ts';

export interface DataStackProps extends StackProps {
  readonly settings: Settings;
}

/** What must outlive every release: the mail, the jobs on their way, the certificate, and the addresses that DNS names. */
export class DataStack extends Stack {
  readonly blobs: BlobStore;
  readonly records: RecordTable;
  readonly deliver: JobQueue;
  readonly send: JobQueue;
  readonly compact: JobQueue;
  readonly wakeUps: WakeUps;
  readonly schedule: RetrySchedule;
  readonly tls: TlsSecret;
  readonly adminToken: Secret;
  /** What CloudFront proves itself with. */
  readonly front: Secret;
  readonly alarms: OperatorAlarms;
  readonly addresses: readonly CfnEIP[];
  readonly #settings: Settings;

  constructor(scope: Construct, id: string, props: DataStackProps) {
    super(scope, id, props);
    const { settings } = props;
    this.#settings = settings;
    this.alarms = new OperatorAlarms(this, 'Alarms', settings.alarms === undefined ? {} : { address: settings.alarms });
    this.blobs = new BlobStore(this, 'Blobs');
    this.records = new RecordTable(this, 'Records');
    this.deliver = this.#queue('Deliver', Duration.minutes(2));
    this.send = this.#queue('Send', Duration.minutes(15));
    this.compact = this.#queue('Compact', Duration.minutes(5));
    this.schedule = new RetrySchedule(this, 'Schedule', { queues: [this.deliver, this.send, this.compact] });
    this.wakeUps = new WakeUps(this, 'WakeUps', { apiName: `${settings.name}-wake-ups` });
    this.tls = new TlsSecret(this, 'Tls', { hostname: hostname(settings) });
    this.adminToken = this.#generated(
      'AdminToken',
      'The bearer token of the admin API',
      'Scripts of the operator hold this token; it is changed by hand, when a person who knew it leaves.',
    );
    this.front = this.#generated(
      'Front',
      'By this header CloudFront proves to the APIs that a request came by it',
      'Nobody but CloudFront and the APIs is given it; whoever could read it there has the data anyway.',
    );
    this.addresses = Array.from({ length: settings.zones }, (_, zone) => {
      const address = new CfnEIP(this, `Address${zone + 1}`, { domain: 'vpc' });
      address.applyRemovalPolicy(RemovalPolicy.RETAIN);
      return address;
    });
    new CfnOutput(this, 'TlsSecretName', {
      value: this.tls.secret.secretName,
      description: 'Put the certificate here',
    });
    new CfnOutput(this, 'AdminTokenName', {
      value: this.adminToken.secretName,
      description: 'POSTERN_TOKEN is in here',
    });
    new CfnOutput(this, 'AlarmTopic', { value: this.alarms.topic.topicArn });
  }

  /** What every program and function reads to find the rest of the system. No secrets: only their names. */
  variables(): Readonly<Record<string, string>> {
    return {
      POSTERN_HOSTNAME: hostname(this.#settings),
      POSTERN_LOG: 'info',
      POSTERN_TABLE: this.records.table.tableName,
      POSTERN_BUCKET: this.blobs.bucket.bucketName,
      POSTERN_DELIVER_QUEUE_URL: this.deliver.queue.queueUrl,
      POSTERN_DELIVER_QUEUE_ARN: this.deliver.queue.queueArn,
      POSTERN_SEND_QUEUE_URL: this.send.queue.queueUrl,
      POSTERN_SEND_QUEUE_ARN: this.send.queue.queueArn,
      POSTERN_COMPACT_QUEUE_URL: this.compact.queue.queueUrl,
      POSTERN_COMPACT_QUEUE_ARN: this.compact.queue.queueArn,
      POSTERN_SCHEDULE_GROUP: this.schedule.group.scheduleGroupName,
      POSTERN_SCHEDULE_ROLE_ARN: this.schedule.role.roleArn,
      POSTERN_EVENTS_HTTP: this.wakeUps.api.httpDns,
      POSTERN_EVENTS_REALTIME: this.wakeUps.api.realtimeDns,
    };
  }

  #queue(name: string, workTime: Duration): JobQueue {
    return new JobQueue(this, name, { label: name.toLowerCase(), workTime, alarms: this.alarms });
  }

  #generated(id: string, description: string, whyNotRotated: string): Secret {
    const secret = new Secret(this, id, {
      description,
      generateSecretString: { passwordLength: 43, excludePunctuation: true },
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(secret).acknowledge({ id: 'AwsSolutions-SMG4', reason: whyNotRotated });
    return secret;
  }
}
