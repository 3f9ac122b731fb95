import { compactionJob } from '../mail/account/compaction-request.ts';
import { batch } from './batch.ts';
import { openRuntime } from './runtime.ts';
import { openAccounts, readDirectory } from './stages.ts';

const runtime = openRuntime();
const nothing = () => undefined;
const accounts = await openAccounts(runtime, readDirectory(runtime), { writer: 'worker', onLongTail: nothing });

/** The `compact` queue: packs the log of one account at a time into a snapshot. */
export const handler = batch(async (jobs) => {
  const again: string[] = [];
  for (const { handle, body } of jobs) {
    try {
      await accounts.compact(compactionJob.parse(JSON.parse(body)).account);
    } catch (error) {
      runtime.log.warn('compact.failed', { body: body.slice(0, 200), error: String(error) });
      again.push(handle);
    }
  }
  return again;
});
