/** A queue of jobs in SQS (standard, with fair queues by message group). */
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import {
  JOB_LIMIT,
  MAX_DELAY_SECONDS,
  OutcomeUnknown,
  type Queue,
  type ReceivedJob,
  type ReceiveOptions,
  TooLarge,
} from '../../mail/ports/index.ts';
import { calling, nameOf } from './errors.ts';

export interface SqsQueueOptions {
  readonly client: SQSClient;
  readonly url: string;
}

/** Messages of one call. */
const BATCH = 10;
/** Seconds of one long poll. */
const LONGEST_WAIT = 20;
/** Seconds that a message can be hidden: 12 hours. */
const LONGEST_VISIBILITY = 43_200;
const DELETE_ATTEMPTS = 3;

/** The message is no longer ours to delete or show: deleted, expired, or received by somebody else. */
const GONE = new Set(['ReceiptHandleIsInvalid', 'InvalidParameterValue', 'MessageNotInflight']);

export class SqsQueue implements Queue {
  private readonly client: SQSClient;
  private readonly url: string;

  constructor(options: SqsQueueOptions) {
    this.client = options.client;
    this.url = options.url;
  }

  async send(body: string, options: { readonly delaySeconds?: number; readonly group?: string } = {}): Promise<void> {
    const { delaySeconds = 0, group } = options;
    if (!(delaySeconds >= 0 && delaySeconds <= MAX_DELAY_SECONDS)) {
      throw new RangeError(`a queue delays by 0 to ${MAX_DELAY_SECONDS} s, not ${delaySeconds}: use the schedule`);
    }
    const text = jobText(body);
    const command = new SendMessageCommand({
      QueueUrl: this.url,
      MessageBody: text,
      DelaySeconds: Math.ceil(delaySeconds),
      ...(group === undefined ? {} : { MessageGroupId: group }),
    });
    await calling('write', 'send job', () => this.client.send(command));
  }

  async receive(options: ReceiveOptions): Promise<readonly ReceivedJob[]> {
    const { max, visibility, waitSeconds, signal } = options;
    if (max <= 0 || signal?.aborted) return [];
    const command = new ReceiveMessageCommand({
      QueueUrl: this.url,
      MaxNumberOfMessages: Math.min(BATCH, max),
      VisibilityTimeout: Math.min(LONGEST_VISIBILITY, visibility),
      WaitTimeSeconds: Math.min(LONGEST_WAIT, Math.max(0, Math.floor(waitSeconds))),
      MessageSystemAttributeNames: ['ApproximateReceiveCount'],
    });
    try {
      const { Messages } = await this.client.send(command, signal ? { abortSignal: signal } : {});
      return (Messages ?? []).map(({ ReceiptHandle, Body, Attributes }) => ({
        handle: ReceiptHandle ?? '',
        body: Body ?? '',
        attempt: Number(Attributes?.ApproximateReceiveCount ?? 1),
      }));
    } catch (error) {
      // What the abandoned call may have received comes again when its visibility ends.
      if (signal?.aborted) return [];
      return await calling('read', 'receive jobs', () => Promise.reject(error));
    }
  }

  async delete(handles: readonly string[]): Promise<void> {
    for (let at = 0; at < handles.length; at += BATCH) await this.deleteBatch(handles.slice(at, at + BATCH));
  }

  async retry(handle: string, delaySeconds: number): Promise<void> {
    const command = new ChangeMessageVisibilityCommand({
      QueueUrl: this.url,
      ReceiptHandle: handle,
      VisibilityTimeout: Math.min(LONGEST_VISIBILITY, Math.max(0, Math.ceil(delaySeconds))),
    });
    await calling('write', 'retry job', async () => {
      try {
        await this.client.send(command);
      } catch (error) {
        if (!GONE.has(nameOf(error))) throw error;
      }
    });
  }

  /** A batch may fail in part: what failed for SQS's reasons is tried again. */
  private async deleteBatch(handles: readonly string[]): Promise<void> {
    let left = handles;
    for (let attempt = 1; left.length > 0; attempt++) {
      const entries = left.map((handle, index) => ({ Id: String(index), ReceiptHandle: handle }));
      const command = new DeleteMessageBatchCommand({ QueueUrl: this.url, Entries: entries });
      const { Failed } = await calling('write', 'delete jobs', () => this.client.send(command));
      const failed = (Failed ?? []).filter(({ SenderFault, Code }) => !(SenderFault && GONE.has(Code ?? '')));
      if (failed.length > 0 && attempt === DELETE_ATTEMPTS) {
        throw new OutcomeUnknown(`delete jobs: ${failed.length} failed: ${failed[0]?.Code}`);
      }
      left = failed.map(({ Id }) => left[Number(Id)] ?? '').filter((handle) => handle !== '');
    }
  }
}

/**
 * SQS takes the characters of XML 1.0 and puts U+FFFD for any other. A job is JSON, where such a character stands in
 * a string and its \u escape means the same.
 */
function jobText(body: string): string {
  const text = body.replace(
    /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const size = Buffer.byteLength(text);
  if (size > JOB_LIMIT) throw new TooLarge(`job of ${size} bytes: at most ${JOB_LIMIT}`);
  return text;
}
