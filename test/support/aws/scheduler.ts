/** EventBridge Scheduler: one-time schedules of one group that send to SQS. */
import type { Clock } from '../../../mail/ports/index.ts';
import { type FakeRequest, type FakeService, json, NotInFake, onlyKeys, parseJson, type Reply } from './reply.ts';

export interface FakeSchedulerOptions {
  readonly clock: Clock;
  readonly group: string;
  readonly roleArn: string;
  /** The ARNs that it may send to. */
  readonly targets: readonly string[];
  readonly deliver: (arn: string, input: string) => void;
}

interface Entry {
  readonly at: number;
  readonly arn: string;
  readonly input: string;
  readonly cancel: () => void;
}

const OPERATIONS: Readonly<Record<string, string>> = {
  POST: 'CreateSchedule',
  PUT: 'UpdateSchedule',
  DELETE: 'DeleteSchedule',
};
const BODY = ['GroupName', 'ScheduleExpression', 'ScheduleExpressionTimezone', 'FlexibleTimeWindow', 'Target'];
const MAX_INPUT = 256 * 1024;

export class FakeScheduler implements FakeService {
  readonly name = 'scheduler';
  readonly throttled = { status: 429, code: 'ThrottlingException' };
  private readonly options: FakeSchedulerOptions;
  private readonly entries = new Map<string, Entry>();

  constructor(options: FakeSchedulerOptions) {
    this.options = options;
  }

  /** What is scheduled: name → time and input. */
  get schedules(): ReadonlyMap<string, { readonly at: number; readonly input: string }> {
    return this.entries;
  }

  operationOf({ method, path }: FakeRequest): string {
    const operation = /^\/schedules\/[^/]+$/.test(path) ? OPERATIONS[method] : undefined;
    if (operation === undefined) throw new NotInFake(`Scheduler ${method} ${path}`);
    return operation;
  }

  handle(operation: string, request: FakeRequest): Reply {
    const name = decodeURIComponent(request.path.slice('/schedules/'.length));
    if (!/^[0-9a-zA-Z\-_.]{1,64}$/.test(name)) return this.error(400, 'ValidationException', 'Name');
    if (operation === 'DeleteSchedule') return this.delete(name, request);

    const input = parseJson<Record<string, unknown>>(request.body);
    onlyKeys(operation, input, [...BODY, 'ActionAfterCompletion', 'ClientToken']);
    if (input.GroupName !== this.options.group) return this.error(404, 'ResourceNotFoundException', 'no such group');
    const known = this.entries.get(name);
    if (operation === 'CreateSchedule' && known) return this.error(409, 'ConflictException', 'it exists');
    if (operation === 'UpdateSchedule' && !known) return this.error(404, 'ResourceNotFoundException', 'no schedule');
    const problem = this.set(name, input);
    if (problem) return this.error(400, 'ValidationException', problem);
    return json(200, {
      ScheduleArn: `arn:aws:scheduler:us-east-1:123456789012:schedule/${this.options.group}/${name}`,
    });
  }

  error(status: number, code: string, message: string): Reply {
    return json(status, { Message: message }, { 'x-amzn-errortype': code });
  }

  private set(name: string, input: Record<string, unknown>): string | undefined {
    const { clock, roleArn, targets, deliver } = this.options;
    const match = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/.exec(String(input.ScheduleExpression));
    const at = Date.parse(`${match?.[1]}Z`);
    if (!match || Number.isNaN(at)) return 'ScheduleExpression';
    if (input.ScheduleExpressionTimezone !== 'UTC') throw new NotInFake('a time zone');
    if (JSON.stringify(input.FlexibleTimeWindow) !== '{"Mode":"OFF"}') throw new NotInFake('a flexible window');
    if (input.ActionAfterCompletion !== 'DELETE') throw new NotInFake('a schedule that stays');
    const target = input.Target as Record<string, string>;
    onlyKeys('Target', target, ['Arn', 'RoleArn', 'Input']);
    const { Arn = '', RoleArn, Input = '' } = target;
    if (!targets.includes(Arn)) return 'Target.Arn';
    if (RoleArn !== roleArn) return 'Target.RoleArn';
    if (Input.length < 1 || Buffer.byteLength(Input) > MAX_INPUT) return 'Target.Input';
    this.entries.get(name)?.cancel();
    const cancel = clock.after(Math.max(0, at - clock.now()), () => {
      this.entries.delete(name);
      deliver(Arn, Input);
    });
    this.entries.set(name, { at, arn: Arn, input: Input, cancel });
    return undefined;
  }

  private delete(name: string, { query }: FakeRequest): Reply {
    onlyKeys('DeleteSchedule', query, ['groupName', 'clientToken']);
    const entry = query.groupName === this.options.group ? this.entries.get(name) : undefined;
    if (!entry) return this.error(404, 'ResourceNotFoundException', 'no schedule');
    entry.cancel();
    this.entries.delete(name);
    return json(200, {});
  }
}
