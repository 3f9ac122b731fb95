import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { OperatorAlarms } from './operator-alarms.ts';

export interface JobQueueProps {
  /** What the operator calls it in alarms and runbooks. */
  readonly label: string;
  /** The longest that one batch of jobs may take; a job comes again after six times as long (AWS's advice). */
  readonly workTime: Duration;
  readonly alarms: OperatorAlarms;
  /** Age of the oldest waiting job that a person should hear of. @default 15 minutes */
  readonly patience?: Duration;
}

/**
 * A queue of jobs and the place where those go that failed again and again. A message that was answered with 250 may be
 * in here, so both outlive their stack.
 */
export class JobQueue extends Construct {
  readonly queue: Queue;
  readonly failed: Queue;
  /** The longest that one batch of jobs may take. */
  readonly workTime: Duration;

  constructor(scope: Construct, id: string, props: JobQueueProps) {
    super(scope, id);
    this.workTime = props.workTime;
    const common = {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      removalPolicy: RemovalPolicy.RETAIN,
      retentionPeriod: Duration.days(14),
    };
    this.failed = new Queue(this, 'Failed', common);
    this.queue = new Queue(this, 'Queue', {
      ...common,
      visibilityTimeout: Duration.seconds(6 * props.workTime.toSeconds()),
      deadLetterQueue: { queue: this.failed, maxReceiveCount: 10 },
    });
    props.alarms.raise(this, 'FailedAlarm', {
      metric: this.failed.metricApproximateNumberOfMessagesVisible({
        period: Duration.minutes(1),
        statistic: 'Maximum',
      }),
      threshold: 0,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: `Jobs of the ${props.label} queue failed ten times and are parked. docs/operating.md: "Parked jobs".`,
    });
    const patience = props.patience ?? Duration.minutes(15);
    props.alarms.raise(this, 'AgeAlarm', {
      metric: this.queue.metricApproximateAgeOfOldestMessage({ period: Duration.minutes(1), statistic: 'Maximum' }),
      threshold: patience.toSeconds(),
      evaluationPeriods: 5,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: `Jobs of the ${props.label} queue wait for more than ${patience.toMinutes()} minutes. docs/operating.md: "A queue that grows".`,
    });
  }

  /** Put jobs in. */
  grantSend(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['sqs:SendMessage'],
      resourceArns: [this.queue.queueArn],
    });
  }

  /** See how many jobs wait and how many are parked. */
  grantCount(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['sqs:GetQueueAttributes'],
      resourceArns: [this.queue.queueArn, this.failed.queueArn],
    });
  }
}
