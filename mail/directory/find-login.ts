import { normalLocal, parseAddress } from './address.ts';
import { type AccountItem, domainItem } from './items.ts';
import { effective } from './settings.ts';
import type { DirectoryStore } from './store.ts';

/** The account that a login name means, or why it means none. */
export type Found = { readonly account: AccountItem } | { readonly account: undefined; readonly why: string };

export async function findLogin(store: DirectoryStore, login: string): Promise<Found> {
  const none = (why: string) => ({ account: undefined, why });
  if (login.includes('@')) {
    const address = parseAddress(login);
    const account = address === undefined ? undefined : await accountAt(store, address.local, address.domain);
    return account === undefined ? none('no such account') : { account };
  }
  const server = (await store.server()).value.settings;
  const local = normalLocal(login);
  if (effective('accounts.loginNames', [server]) !== 'both') return none('short names are off');
  if (local === undefined) return none('no such account');
  let found: AccountItem | undefined;
  for await (const [domain] of store.list('dir/domains', domainItem)) {
    const account = await accountAt(store, local, domain);
    if (account !== undefined && found !== undefined) return none('more than one account has that short name');
    found = account ?? found;
  }
  return found === undefined ? none('no such account') : { account: found };
}

async function accountAt(store: DirectoryStore, local: string, domain: string): Promise<AccountItem | undefined> {
  const item = (await store.address(local, domain))?.value;
  return item?.kind === 'account' ? item : undefined;
}

/** What failures of a name that nobody has are counted under. */
export function unknownName(login: string): string {
  return `?${login.slice(0, 320).normalize('NFC').toLowerCase()}`;
}
