import { compactionJob } from '../mail/account/compaction-request.ts';
import { batch } from './batch.ts';
import { openRuntime } from './runtime.ts';
import { openMail } from './stages.ts';

const runtime = openRuntime();
const { mail } = await openMail(runtime, { writer: 'worker', compacts: true });

/** The `compact` queue: packs the log of one account at a time into a snapshot, and indexes its messages. */
export const handler = batch(async (jobs) => {
  const again: string[] = [];
  for (const { handle, body } of jobs) {
    try {
      // What is left to index comes with the same job again.
      if (await mail.compact(compactionJob.parse(JSON.parse(body)).account)) again.push(handle);
    } catch (error) {
      runtime.log.warn('compact.failed', { body: body.slice(0, 200), error: String(error) });
      again.push(handle);
    }
  }
  return again;
});
