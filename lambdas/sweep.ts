import middy from '@middy/core';
import * as z from 'zod';
import { sweepReleased } from '../mail/blobs/release.ts';
import { contactsLog } from '../mail/contacts/log.ts';
import { sweepSnoozed } from '../mail/jmap/snooze/wake.ts';
import { openRuntime } from './runtime.ts';
import { openMail } from './stages.ts';

const runtime = openRuntime();
const { mail } = await openMail(runtime, { writer: 'worker' });
const { clock, log, queues } = runtime;

const SWEEPS = {
  /** Wakes outgoing mail that queue and schedule both forgot. */
  queue: () => mail.sweepQueue(),
  /** Has every account compacted, quiet ones too. */
  accounts: async () => {
    for await (const { domain } of mail.directory.domains.list()) {
      for await (const { id: account } of mail.directory.accounts.list(domain)) {
        for (const log of [account, contactsLog(account)]) {
          await queues.compact.send(JSON.stringify({ v: 1, account: log }), { group: log });
        }
      }
    }
  },
  /** Erases the mail of accounts that were removed. */
  removed: () => mail.sweepRemoved(),
  /** Lets snoozed emails come back whose time has come. */
  snoozed: () => sweepSnoozed({ ...runtime, ...mail }),
  /** Deletes messages that nobody owns any more, and what was indexed by processes that died. */
  blobs: async () => {
    const retention = (await mail.directory.setting('retention.days')) * 86_400_000;
    const messages = await sweepReleased(runtime, clock.now(), retention);
    return { messages, index: await mail.sweepIndex() };
  },
};

/** On a schedule, each sweep by itself. */
export const handler = middy(async (given: unknown) => {
  const { sweep } = z.object({ sweep: z.enum(['queue', 'accounts', 'removed', 'snoozed', 'blobs']) }).parse(given);
  log.info('sweep.done', { sweep, result: await SWEEPS[sweep]() });
});
