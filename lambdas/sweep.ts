import middy from '@middy/core';
import { sweepQueue } from '../mail/outbound/sweep.ts';
import { openRuntime } from './runtime.ts';

const runtime = openRuntime();

/** On a schedule: wakes outgoing mail that queue and schedule both forgot. */
export const handler = middy(async () => {
  const swept = await sweepQueue({ ...runtime, send: runtime.queues.send });
  runtime.log.info('sweep.queue', { ...swept });
});
