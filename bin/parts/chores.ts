import type { LocalStore } from '../../adapters/local/index.ts';
import { sweepReleased } from '../../mail/blobs/release.ts';
import { sweepUploads } from '../../mail/blobs/uploads.ts';
import { contactsLog } from '../../mail/contacts/log.ts';
import { sweepSnoozed } from '../../mail/jmap/snooze/wake.ts';
import { sweepSubmissions } from '../../mail/jmap/submission/release.ts';
import type { Mail } from '../../mail/stages.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
/** Chores that read much wait until those who came back after a restart have been served. */
const SETTLED = 15 * MINUTE;

/** What has to be done now and then while a single process is the whole system. */
export function startChores({ mail, store }: { readonly mail: Mail; readonly store: LocalStore }): {
  stop(): Promise<void>;
} {
  const { clock, log } = store;
  const ending = new AbortController();
  const repeat = async (name: string, first: number, every: number, chore: () => Promise<unknown>) => {
    await clock.sleep(first, ending.signal);
    for (;;) {
      try {
        await chore();
      } catch (error) {
        log.warn('chore.failed', { chore: name, error: String(error) });
      }
      await clock.sleep(every, ending.signal);
    }
  };
  const chores = [
    repeat('queue', 5 * MINUTE, 5 * MINUTE, () => mail.sweepQueue()),
    repeat('submissions', 0, MINUTE / 4, () => sweepSubmissions({ ...store, ...mail })),
    repeat('snoozed', 0, MINUTE / 4, () => sweepSnoozed({ ...store, ...mail })),
    repeat('removed', MINUTE, MINUTE, () => mail.sweepRemoved()),
    repeat('accounts', SETTLED, DAY, async () => {
      for await (const { domain } of mail.directory.domains.list()) {
        for await (const { id } of mail.directory.accounts.list(domain)) {
          while (await mail.compact(id));
          await mail.accounts.compact(contactsLog(id));
        }
      }
    }),
    repeat('blobs', SETTLED, DAY, async () => {
      const retention = (await mail.directory.setting('retention.days')) * DAY;
      await sweepReleased(store, clock.now(), retention);
    }),
    repeat('index', SETTLED, DAY, () => mail.sweepIndex()),
    repeat('uploads', SETTLED, DAY, () => sweepUploads(store)),
    repeat('audit', SETTLED, DAY, () => mail.sweepAudit()),
    repeat('orphans', SETTLED, DAY, async () => {
      if (await isDue(store, 'orphans', 7 * DAY)) {
        log.info('chore.orphans', await mail.sweepOrphans(() => store.queues.deliver.bodies()));
        await done(store, 'orphans');
      }
    }),
  ];
  return {
    stop: async () => {
      ending.abort();
      await Promise.allSettled(chores);
    },
  };
}

/** Whether a chore was last done so long ago; the first time counts from now on. Restarts do not make it due. */
async function isDue({ records, clock }: LocalStore, name: string, every: number): Promise<boolean> {
  const item = await records.get('chores', name);
  if (item === undefined) {
    await done({ records, clock }, name);
    return false;
  }
  return Number(Buffer.from(item.body).toString()) + every <= clock.now();
}

async function done({ records, clock }: Pick<LocalStore, 'records' | 'clock'>, name: string): Promise<void> {
  await records.put({ pk: 'chores', sk: name, body: Buffer.from(String(clock.now())) }, 'any');
}
