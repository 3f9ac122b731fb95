/** One-time wake-ups as EventBridge schedules that send to SQS and delete themselves. */
import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  type SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { type Clock, OutcomeUnknown, type QueueName, type Schedule } from '../../mail/ports/index.ts';
import { calling, nameOf } from './errors.ts';

export interface EventBridgeScheduleOptions {
  readonly client: SchedulerClient;
  readonly clock: Clock;
  /** The schedule group that is ours. */
  readonly group: string;
  /** The role that EventBridge takes to send to the queues. */
  readonly roleArn: string;
  readonly queueArns: Readonly<Record<QueueName, string>>;
}

/** A schedule may fire a minute late; one for a moment that passes while it is being made might not fire at all. */
const SOONEST_MS = 30_000;
const ATTEMPTS = 4;
const ID = /^[A-Za-z0-9_.-]{1,64}$/;

export class EventBridgeSchedule implements Schedule {
  private readonly options: EventBridgeScheduleOptions;

  constructor(options: EventBridgeScheduleOptions) {
    this.options = options;
  }

  async at(id: string, at: number, queue: QueueName, body: string): Promise<void> {
    const { client, clock, group, roleArn, queueArns } = this.options;
    if (!ID.test(id)) throw new TypeError('not an id for a schedule');
    const input: CreateScheduleCommandInput = {
      Name: id,
      GroupName: group,
      ScheduleExpression: atExpression(Math.max(at, clock.now() + SOONEST_MS)),
      ScheduleExpressionTimezone: 'UTC',
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'DELETE',
      Target: { Arn: queueArns[queue], RoleArn: roleArn, Input: body },
    };
    await calling('write', 'schedule', async () => {
      for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
        if (await replaced(() => client.send(new CreateScheduleCommand(input)), 'ConflictException')) return;
        // It may fire, and be gone, between the two calls.
        if (await replaced(() => client.send(new UpdateScheduleCommand(input)), 'ResourceNotFoundException')) return;
      }
      throw new OutcomeUnknown(`schedule: ${id} is there and not there, ${ATTEMPTS} times`);
    });
  }

  async cancel(id: string): Promise<void> {
    const { client, group } = this.options;
    const command = new DeleteScheduleCommand({ Name: id, GroupName: group });
    await calling('write', 'cancel schedule', () => replaced(() => client.send(command), 'ResourceNotFoundException'));
  }
}

/** Runs the call; false when it failed with the expected error. */
async function replaced(call: () => Promise<unknown>, expected: string): Promise<boolean> {
  try {
    await call();
    return true;
  } catch (error) {
    if (nameOf(error) === expected) return false;
    throw error;
  }
}

/** at(yyyy-mm-ddThh:mm:ss), in UTC, the next whole second: never early. */
function atExpression(at: number): string {
  const seconds = new Date(Math.ceil(at / 1000) * 1000).toISOString().slice(0, 19);
  return `at(${seconds})`;
}
