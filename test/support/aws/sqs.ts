/** SQS: standard queues with fair groups, the four operations of the adapter and their batch limits. */
import { createHash, randomUUID } from 'node:crypto';
import type { Clock } from '../../../mail/ports/index.ts';
import { type FakeRequest, type FakeService, json, NotInFake, onlyKeys, parseJson, type Reply } from './reply.ts';

interface Message {
  readonly id: string;
  readonly body: string;
  readonly group: string;
  /** When it is visible (again). */
  visible: number;
  received: number;
  /** Of the last reception. */
  handle: string;
}

const MAX_MESSAGE = 1024 * 1024;
const OPERATIONS = /^AmazonSQS\.(SendMessage|ReceiveMessage|DeleteMessageBatch|ChangeMessageVisibility)$/;

class SqsError extends Error {
  readonly code: string;
  constructor(code: string, message = code) {
    super(message);
    this.code = code;
  }
}

const invalid = (message: string) => new SqsError('InvalidParameterValue', message);

export class FakeSqs implements FakeService {
  readonly name = 'sqs';
  readonly throttled = { status: 400, code: 'RequestThrottled' };
  private readonly clock: Clock;
  /** By queue URL. */
  private readonly queues = new Map<string, Map<string, Message>>();
  private readonly waiters = new Set<() => void>();
  /** Deletes that fail, for the service's reasons, before one succeeds. */
  failDeletes = 0;

  constructor(clock: Clock, urls: readonly string[]) {
    this.clock = clock;
    for (const url of urls) this.queues.set(url, new Map());
  }

  /** Messages of a queue, visible or not. */
  messages(url: string): readonly { readonly body: string; readonly group: string; readonly received: number }[] {
    return [...this.queue(url).values()];
  }

  /** What a schedule does when it fires. */
  deliver(url: string, body: string): void {
    this.add(url, body, 0, '');
  }

  operationOf({ headers }: FakeRequest): string {
    const operation = OPERATIONS.exec(headers['x-amz-target'] ?? '')?.[1];
    if (operation === undefined) throw new NotInFake(`SQS operation ${headers['x-amz-target']}`);
    return operation;
  }

  async handle(operation: string, request: FakeRequest): Promise<Reply> {
    const input = parseJson<Record<string, unknown>>(request.body);
    try {
      if (operation === 'SendMessage') return json(200, this.send(input));
      if (operation === 'ReceiveMessage') return json(200, await this.receive(input, request.signal));
      if (operation === 'DeleteMessageBatch') return json(200, this.deleteBatch(input));
      return json(200, this.changeVisibility(input));
    } catch (error) {
      if (error instanceof SqsError) return this.error(400, error.code, error.message);
      throw error;
    }
  }

  error(status: number, code: string, message: string): Reply {
    return json(status, { __type: `com.amazonaws.sqs#${code}`, message });
  }

  private send(input: Record<string, unknown>): object {
    onlyKeys('SendMessage', input, ['QueueUrl', 'MessageBody', 'DelaySeconds', 'MessageGroupId']);
    const { QueueUrl, MessageBody, DelaySeconds = 0, MessageGroupId } = input;
    const delay = whole(DelaySeconds, 0, 900, 'DelaySeconds');
    const text = String(MessageBody);
    if (text === '' || Buffer.byteLength(text) > MAX_MESSAGE) throw invalid('Message must be 1 to 1048576 bytes');
    if (
      MessageGroupId !== undefined &&
      !/^[\w!"#$%&'()*+,\-./:;<=>?@[\\\]^`{|}~]{1,128}$/.test(String(MessageGroupId))
    ) {
      throw invalid('MessageGroupId');
    }
    const body = text.replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD');
    const id = this.add(String(QueueUrl), body, delay, String(MessageGroupId ?? ''));
    return { MessageId: id, MD5OfMessageBody: md5(body) };
  }

  private add(url: string, body: string, delaySeconds: number, group: string): string {
    const id = randomUUID();
    const visible = this.clock.now() + delaySeconds * 1000;
    this.queue(url).set(id, { id, body, group, visible, received: 0, handle: '' });
    for (const wake of [...this.waiters]) wake();
    return id;
  }

  private async receive(input: Record<string, unknown>, signal: AbortSignal | undefined): Promise<object> {
    const known = ['VisibilityTimeout', 'WaitTimeSeconds', 'MessageSystemAttributeNames'];
    onlyKeys('ReceiveMessage', input, ['QueueUrl', 'MaxNumberOfMessages', ...known]);
    if (String(input.MessageSystemAttributeNames) !== 'ApproximateReceiveCount') throw new NotInFake('attributes');
    const max = whole(input.MaxNumberOfMessages ?? 1, 1, 10, 'MaxNumberOfMessages');
    const hidden = whole(input.VisibilityTimeout, 0, 43_200, 'VisibilityTimeout');
    const deadline = this.clock.now() + whole(input.WaitTimeSeconds ?? 0, 0, 20, 'WaitTimeSeconds') * 1000;
    const queue = this.queue(String(input.QueueUrl));
    for (;;) {
      signal?.throwIfAborted();
      const taken = this.take(queue, max, hidden);
      if (taken.length > 0) return { Messages: taken };
      const now = this.clock.now();
      if (now >= deadline) return {};
      const next = Math.min(deadline, ...[...queue.values()].map(({ visible }) => Math.max(visible, now + 1)));
      await this.wait(next - now, signal);
    }
  }

  private take(queue: Map<string, Message>, max: number, hidden: number): object[] {
    const now = this.clock.now();
    const inFlight = new Map<string, number>();
    const visible: Message[] = [];
    for (const message of queue.values()) {
      if (message.visible <= now) visible.push(message);
      else if (message.received > 0) inFlight.set(message.group, (inFlight.get(message.group) ?? 0) + 1);
    }
    const taken: object[] = [];
    while (taken.length < max && visible.length > 0) {
      // Fair queues: the group with the fewest messages in flight comes first.
      let best = 0;
      const load = (index: number) => inFlight.get(visible[index]?.group ?? '') ?? 0;
      for (let index = 1; index < visible.length && load(best) > 0; index++) if (load(index) < load(best)) best = index;
      const [message] = visible.splice(best, 1);
      if (!message) break;
      inFlight.set(message.group, (inFlight.get(message.group) ?? 0) + 1);
      message.visible = now + hidden * 1000;
      message.received++;
      message.handle = `${message.id}#${message.received}`;
      taken.push({
        MessageId: message.id,
        ReceiptHandle: message.handle,
        Body: message.body,
        MD5OfBody: md5(message.body),
        Attributes: { ApproximateReceiveCount: String(message.received) },
      });
    }
    return taken;
  }

  private deleteBatch(input: Record<string, unknown>): object {
    onlyKeys('DeleteMessageBatch', input, ['QueueUrl', 'Entries']);
    const queue = this.queue(String(input.QueueUrl));
    const entries = input.Entries as { Id: string; ReceiptHandle: string }[];
    if (entries.length === 0) throw new SqsError('EmptyBatchRequest');
    if (entries.length > 10) throw new SqsError('TooManyEntriesInBatchRequest');
    if (new Set(entries.map(({ Id }) => Id)).size < entries.length) throw new SqsError('BatchEntryIdsNotDistinct');
    const Successful: object[] = [];
    const Failed: object[] = [];
    for (const { Id, ReceiptHandle } of entries) {
      const [id = ''] = ReceiptHandle.split('#');
      if (!/^[0-9a-f-]{36}#\d+$/.test(ReceiptHandle)) {
        Failed.push({ Id, SenderFault: true, Code: 'ReceiptHandleIsInvalid', Message: 'invalid' });
      } else if (this.failDeletes > 0) {
        this.failDeletes--;
        Failed.push({ Id, SenderFault: false, Code: 'InternalError', Message: 'try again' });
      } else {
        // An old handle deletes nothing, and is not told so.
        if (queue.get(id)?.handle === ReceiptHandle) queue.delete(id);
        Successful.push({ Id });
      }
    }
    return { Successful, Failed };
  }

  private changeVisibility(input: Record<string, unknown>): object {
    onlyKeys('ChangeMessageVisibility', input, ['QueueUrl', 'ReceiptHandle', 'VisibilityTimeout']);
    const seconds = whole(input.VisibilityTimeout, 0, 43_200, 'VisibilityTimeout');
    const handle = String(input.ReceiptHandle);
    if (!/^[0-9a-f-]{36}#\d+$/.test(handle)) throw new SqsError('ReceiptHandleIsInvalid');
    const message = this.queue(String(input.QueueUrl)).get(handle.split('#')[0] ?? '');
    const now = this.clock.now();
    if (!message || message.handle !== handle || message.visible <= now) throw new SqsError('MessageNotInflight');
    message.visible = now + seconds * 1000;
    for (const wake of [...this.waiters]) wake();
    return {};
  }

  private queue(url: string): Map<string, Message> {
    const queue = this.queues.get(url);
    if (!queue) throw new SqsError('QueueDoesNotExist');
    return queue;
  }

  private wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        cancel();
        this.waiters.delete(done);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const cancel = this.clock.after(ms, done);
      this.waiters.add(done);
      signal?.addEventListener('abort', done);
    });
  }
}

function whole(value: unknown, least: number, most: number, name: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
    throw invalid(`Value ${String(value)} for parameter ${name} is invalid`);
  }
  return value;
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
