/** The domains, accounts and aliases of a history, written as they are stored, because hashing a password takes longer than a history. */
import { createMailboxes } from '../../mail/account/new-account.ts';
import { encode, type Key, keys } from '../../mail/directory/items.ts';
import type { Clock, Records } from '../../mail/ports/index.ts';
import type { Mail } from '../../mail/stages.ts';

const NAMES = ['alice', 'bob', 'carol'] as const;

export interface Address {
  readonly address: string;
  /** Ids of accounts. */
  readonly accounts: readonly string[];
  readonly remote: readonly string[];
}

export interface People {
  /** Ids of the accounts. */
  readonly accounts: readonly string[];
  readonly addresses: readonly Address[];
}

export function accountId(name: string): string {
  return `a${name.padEnd(20, 'x')}`;
}

export async function fillDirectory(records: Records, count: number, retentionDays: number): Promise<People> {
  const put = (key: Key, value: unknown) => records.put(encode(key, value, 1), 'any');
  const base = { v: 1, added: 0, settings: {} } as const;
  const names = NAMES.slice(0, count);
  await put(keys.tenant('default'), { v: 1, name: 'default' });
  await put(keys.server(), { v: 1, settings: { 'retention.days': retentionDays } });
  for (const domain of ['example.test', 'catch.test']) {
    await put(keys.domain(domain), { ...base, domain, tenant: 'default' });
  }
  for (const local of names) {
    const address = { local, domain: 'example.test' };
    const id = accountId(local);
    await put(keys.address(local, 'example.test'), {
      ...base,
      kind: 'account',
      id,
      ...address,
      tenant: 'default',
      enabled: true,
    });
    await put(keys.pointer(id), { v: 1, ...address });
  }
  const alias = (local: string, domain: string, targets: readonly string[]) =>
    put(keys.address(local, domain), { v: 1, kind: 'alias', local, domain, added: 0, targets });
  const all = names.map((name) => `${name}@example.test`);
  await alias('team', 'example.test', all);
  await alias('away', 'example.test', ['ok@remote.test']);
  await alias('both', 'example.test', ['team@example.test', 'later@remote.test', 'no@remote.test']);
  await alias('', 'catch.test', ['bob@example.test']);
  const ids = names.map(accountId);
  return {
    accounts: ids,
    addresses: [
      ...names.map((name) => ({ address: `${name}@example.test`, accounts: [accountId(name)], remote: [] })),
      { address: 'alice+detail@example.test', accounts: [accountId('alice')], remote: [] },
      { address: 'team@example.test', accounts: ids, remote: [] },
      { address: 'away@example.test', accounts: [], remote: ['ok@remote.test'] },
      { address: 'both@example.test', accounts: ids, remote: ['later@remote.test', 'no@remote.test'] },
      { address: 'anybody@catch.test', accounts: [accountId('bob')], remote: [] },
    ],
  };
}

/** At different times, so that no UIDVALIDITY of one account's inbox is another's. */
export async function openMailboxes(mail: Mail, accounts: readonly string[], clock: Clock): Promise<void> {
  for (const id of accounts) {
    await createMailboxes(await mail.accounts.open(id));
    await clock.sleep(10_000);
  }
}
