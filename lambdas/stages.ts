/** What several functions are made of: the parts of mail/ on this function's ports. */
import { OpenAccounts } from '../mail/account/accounts.ts';
import { CompactionRequests } from '../mail/account/compaction-request.ts';
import { createMailboxes } from '../mail/account/new-account.ts';
import { createDirectory, type DirectoryService } from '../mail/directory/directory.ts';
import type { Runtime } from './runtime.ts';

const DAY = 86_400_000;
const MIB = 2 ** 20;
const DEFAULT_ROUTES = [{ kind: 'ses' }] as const;

/** The directory, for functions that look things up in it and make no accounts. */
export function readDirectory(runtime: Runtime): DirectoryService {
  const never = () => Promise.reject(new Error('this function makes no accounts: the admin API does'));
  return createDirectory({ ...runtime, createMailboxes: never, defaultRoutes: DEFAULT_ROUTES });
}

/** The directory, for the admin API: a new account gets its mailboxes. */
export function fullDirectory(runtime: Runtime, accounts: () => OpenAccounts): DirectoryService {
  return createDirectory({
    ...runtime,
    createMailboxes: async (account) => createMailboxes(await accounts().open(account)),
    defaultRoutes: DEFAULT_ROUTES,
  });
}

export interface Opening {
  readonly writer: 'person' | 'worker';
  readonly onLongTail: (account: string) => void;
}

/** The accounts of this function. `worker`: it works in the background, people's writers go first (design: rule 11). */
export async function openAccounts(
  runtime: Runtime,
  directory: DirectoryService,
  opening: Opening,
): Promise<OpenAccounts> {
  const retentionMs = (await directory.setting('retention.days')) * DAY;
  const limits = { accountBytes: 256 * MIB, summaryBytes: 64 * MIB };
  return new OpenAccounts({ ...runtime, ...opening, exclusive: false, retentionMs }, limits);
}

/** Asks the compact function for what grew here. Wait for `settled` before the function ends: it may be frozen then. */
export function compactionRequests(runtime: Runtime): CompactionRequests {
  return new CompactionRequests({ ...runtime, queue: runtime.queues.compact });
}
