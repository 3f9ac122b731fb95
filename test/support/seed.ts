import { join } from 'node:path';
import { localLog, openLocalStore } from '../../adapters/local/index.ts';
import { createMail } from '../../mail/stages.ts';

/** The password of every account that is made here. */
export const SEED_PASSWORD = 'correct horse battery';

/** Makes a domain and accounts in a home that no process uses. */
export async function seedHome(home: string, domain: string, names: readonly string[]): Promise<void> {
  const store = await openLocalStore({ home: join(home), log: localLog('warn') });
  try {
    const { directory } = await createMail(store, {
      hostname: 'mail.example.test',
      writer: 'person',
      exclusive: true,
      defaultRoutes: [{ kind: 'mx' }],
      onLongTail: () => {},
    });
    await directory.domains.add(domain);
    for (const name of names) await directory.accounts.add(`${name}@${domain}`, SEED_PASSWORD);
  } finally {
    await store.close();
  }
}
