import { RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Grant, type IGrantable, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import type { JobQueue } from './job-queue.ts';

/**
 * One-time wake-ups beyond the quarter of an hour that SQS can wait: a group of EventBridge schedules, each of which puts
 * one job into a queue and is gone. The truth is in the table, so the group may go with its stack.
 */
export class RetrySchedule extends Construct {
  readonly group: ScheduleGroup;
  /** What the scheduler acts as when a schedule fires. */
  readonly role: Role;

  constructor(scope: Construct, id: string, props: { readonly queues: readonly JobQueue[] }) {
    super(scope, id);
    this.group = new ScheduleGroup(this, 'Group', { removalPolicy: RemovalPolicy.DESTROY });
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com'),
      description: 'Lets due schedules put their job into its queue',
    });
    for (const queue of props.queues) queue.grantSend(this.role);
  }

  /** Make, move and cancel schedules of this group. */
  grantSchedule(grantee: IGrantable): Grant {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['iam:PassRole'],
        resources: [this.role.roleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
      }),
    );
    const { grantPrincipal } = grantee;
    if (!Construct.isConstruct(grantPrincipal)) throw new Error('schedules are granted to roles only');
    Validations.of(grantPrincipal).acknowledge({
      id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:scheduler:<AWS::Region>:<AWS::AccountId>:schedule/${this.group.scheduleGroupName}/*]`,
      reason: 'Schedules are made and deleted one by one while the system runs; the group holds nothing else.',
    });
    return Grant.addToPrincipal({
      grantee,
      actions: ['scheduler:CreateSchedule', 'scheduler:UpdateSchedule', 'scheduler:DeleteSchedule'],
      resourceArns: [
        Stack.of(this).formatArn({
          service: 'scheduler',
          resource: 'schedule',
          resourceName: `${this.group.scheduleGroupName}/*`,
        }),
      ],
    });
  }
}
