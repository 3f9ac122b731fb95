import middy, { type MiddyfiedHandler } from '@middy/core';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { ReceivedJob } from '../mail/ports/index.ts';

/** Works on jobs, and gives the handles of those that must come again. */
export type Work = (jobs: readonly ReceivedJob[]) => Promise<readonly string[]>;

/**
 * A stage of mail/ as a consumer of SQS: what it does not finish comes again by itself, the rest of its batch does not.
 * A throw gives the whole batch back.
 */
export function batch(work: Work): MiddyfiedHandler<SQSEvent, SQSBatchResponse> {
  return middy(async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
    const again = await work(
      Records.map(({ messageId, body, attributes }) => ({
        handle: messageId,
        body,
        attempt: Number(attributes.ApproximateReceiveCount),
      })),
    );
    return { batchItemFailures: again.map((itemIdentifier) => ({ itemIdentifier })) };
  });
}
