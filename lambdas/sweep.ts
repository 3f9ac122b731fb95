import middy from '@middy/core';
import * as z from 'zod';
import { sweepReleased } from '../mail/blobs/release.ts';
import { contactsLog } from '../mail/contacts/log.ts';
import { sweepSnoozed } from '../mail/jmap/snooze/wake.ts';
import { sweepSubmissions } from '../mail/jmap/submission/release.ts';
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
  /** Lets snoozed emails come back and held submissions go whose time has come. */
  due: async () => {
    const deps = { ...runtime, ...mail };
    return { snoozed: await sweepSnoozed(deps), submissions: await sweepSubmissions(deps) };
  },
  /** Deletes messages that nobody owns any more. */
  blobs: async () => {
    const retention = (await mail.directory.setting('retention.days')) * 86_400_000;
    return sweepReleased(runtime, clock.now(), retention);
  },
  /** Deletes what was indexed by processes that died. */
  index: () => mail.sweepIndex(),
};

/** On a schedule, each sweep by itself. */
export const handler = middy(async (given: unknown) => {
  const { sweep } = z.object({ sweep: z.enum(['queue', 'accounts', 'removed', 'due', 'blobs', 'index']) }).parse(given);
  log.info('sweep.done', { sweep, result: await SWEEPS[sweep]() });
});
