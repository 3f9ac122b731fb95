import { batch } from './batch.ts';
import { openRuntime } from './runtime.ts';
import { openMail } from './stages.ts';

const { mail, settled } = await openMail(openRuntime(), { writer: 'worker' });

/** The `deliver` queue: each message into its mailboxes, or on to where it is sent from. */
export const handler = batch(async (jobs) => {
  const again = await mail.deliver(jobs);
  await settled();
  return again;
});
