import type { DirectoryService } from '../../mail/directory/directory.ts';
import type { Random } from '../../mail/ports/index.ts';
import { randomName } from '../../mail/ports/index.ts';

const DOMAIN = 'example.test';
const NAMES = ['alice', 'bob'];

export interface DemoAccount {
  readonly address: string;
  readonly password: string;
}

/** Makes the demo domain and its accounts in a store that has no domain yet; gives their passwords, this once. */
export async function makeDemo(directory: DirectoryService, random: Random): Promise<readonly DemoAccount[]> {
  await directory.domains.add(DOMAIN);
  const made: DemoAccount[] = [];
  for (const name of NAMES) {
    const account = { address: `${name}@${DOMAIN}`, password: `${randomName(random, 5)}-${randomName(random, 5)}` };
    await directory.accounts.add(account.address, account.password);
    made.push(account);
  }
  await directory.settings.set('accounts.postmaster', made[0]!.address, {});
  return made;
}
