import { type Credentials, createCredentials } from '../credentials/credentials.ts';
import { relyingParty } from '../credentials/passkeys.ts';
import type { Clock, Log, Random, Records } from '../ports/index.ts';
import { Refused } from '../refused.ts';
import { AccountAdmin } from './accounts.ts';
import { formatAddress, normalDomain, parseAddress } from './address.ts';
import { Aliases } from './aliases.ts';
import { Authenticator } from './authenticate.ts';
import { Domains } from './domains.ts';
import { EndedSignIns } from './ended.ts';
import { Groups } from './groups.ts';
import type { AccountItem } from './items.ts';
import { limitsOf } from './limits.ts';
import { OpenSignIns } from './open-sign-ins.ts';
import { scramKeys } from './passwords.ts';
import { People } from './people.ts';
import { PublicFolders } from './public-folders.ts';
import { Rates } from './rate.ts';
import { Removed } from './removed.ts';
import { resolve } from './resolve.ts';
import { administers } from './roles.ts';
import { SecondFactors } from './second-factors.ts';
import { effective, type SettingKey, type SettingValue, type Welcome } from './settings.ts';
import { SettingsAdmin } from './settings-admin.ts';
import { Shares } from './shares.ts';
import { SignUp } from './sign-up.ts';
import { DirectoryStore } from './store.ts';
import type { Tenants } from './tenants.ts';
import type { AccountInfo, Directory, Route, Sharing } from './types.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

export interface DirectoryDeps {
  readonly records: Records;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Writes the first entry of a new account's log: its mailboxes. Doing it again for one account is harmless. */
  readonly createMailboxes: (account: string) => Promise<void>;
  /** Sends a new account its first message. What goes wrong is logged: the account is there. */
  readonly welcome?: (account: AccountInfo, message: Welcome) => Promise<void>;
  /** How mail leaves where no setting says otherwise: direct MX locally, SES in the cloud. */
  readonly defaultRoutes: readonly Route[];
  /** Where browsers find us where no setting says otherwise. @default http://localhost */
  readonly origin?: string;
}

/** The directory, with what administers it. */
export interface DirectoryService extends Directory {
  readonly tenants: Tenants;
  readonly domains: Domains;
  readonly accounts: AccountAdmin;
  readonly removed: Pick<Removed, 'sweep'>;
  readonly aliases: Aliases;
  readonly groups: Groups;
  readonly settings: SettingsAdmin;
  /** App passwords, sessions, second factors. */
  readonly credentials: Credentials;
  readonly secondFactors: SecondFactors;
  readonly sharing: Sharing;
  /** The accounts of a tenant, but for those that are not to be found. Cached for some seconds. */
  people(tenant: string): Promise<readonly AccountInfo[]>;
  readonly signUp: Pick<SignUp, 'domains' | 'isAvailable' | 'create'>;
  /** A setting in force for the server, a domain, or an account (by its address). Cached for some seconds. */
  setting<K extends SettingKey>(key: K, at?: { domain?: string; account?: string }): Promise<SettingValue<K>>;
  /** Where browsers find us: scheme, host and port. */
  origin(): Promise<string>;
}

export function createDirectory(deps: DirectoryDeps): DirectoryService {
  const store = new DirectoryStore(deps.records, deps.clock);
  const domains = new Domains(store);

  async function info(item: AccountItem): Promise<AccountInfo> {
    const [above, tenant] = await Promise.all([store.settingsOf(item.domain, item.tenant), store.tenant(item.tenant)]);
    const maps = [item.settings, ...above];
    return {
      id: item.id,
      address: formatAddress(item),
      tenant: item.tenant,
      enabled: item.enabled,
      ...(item.displayName === undefined ? {} : { displayName: item.displayName }),
      ...(item.public === true ? { public: true } : {}),
      ...(effective('accounts.listed', maps) ? {} : { listed: false }),
      imap: effective('accounts.imap', maps),
      pop3: effective('accounts.pop3', maps),
      ...(administers(item.role) || effective('accounts.admin', maps.slice(0, 1)) ? { admin: true } : {}),
      ...(item.role === undefined ? {} : { role: item.role }),
      ...limitsOf(maps, tenant.value.limits.quota),
    };
  }

  async function byId(id: string): Promise<AccountItem | undefined> {
    const pointer = (await store.pointer(id))?.value;
    if (pointer === undefined) return undefined;
    const item = (await store.address(pointer.local, pointer.domain))?.value;
    // The address may belong to a later account by now.
    return item?.kind === 'account' && item.id === id ? item : undefined;
  }

  async function account(id: string): Promise<AccountInfo | undefined> {
    const item = await byId(id);
    return item === undefined ? undefined : info(item);
  }

  async function origin(): Promise<string> {
    const { settings } = (await store.server()).value;
    return effective('web.origin', [settings]) ?? deps.origin ?? 'http://localhost';
  }

  const ended = new EndedSignIns(deps);
  const credentials = createCredentials({
    ...deps,
    tell: (account) => ended.tell(account),
    store,
    relyingParty: async () => relyingParty(await origin()),
    async scramKeys(id, password) {
      const scram = (await store.credential(id))?.value.scram;
      return scram && scramKeys(password, Buffer.from(scram.salt, 'base64'), scram.iterations);
    },
    async lifetimes() {
      const { settings } = (await store.server()).value;
      return {
        access: effective('sessions.accessMinutes', [settings]) * MINUTE,
        session: effective('sessions.days', [settings]) * DAY,
      };
    },
  });
  const authenticator = new Authenticator({ ...deps, store, credentials, info, byId });
  const holds: Directory['holds'] = (id, credential, service) => authenticator.holds(id, credential, service);
  const openSignIns = new OpenSignIns({ ...deps, holds, watch: (listener) => credentials.watch(listener), ended });
  const shares = new Shares(deps.records, deps.clock);
  const removed = new Removed(store, (id) => shares.forget(id));
  const publicFolders = new PublicFolders(store, (account, tenant) => shares.put(account, { tenant }));
  async function welcome(account: AccountInfo): Promise<void> {
    try {
      const message = await setting('accounts.welcome', { account: account.address });
      if (message !== null) await deps.welcome?.(account, message);
    } catch (error) {
      deps.log.warn('account.notWelcomed', { account: account.id, error: String(error) });
    }
  }

  const accounts = new AccountAdmin({
    removed,
    store,
    random: deps.random,
    domains,
    publicFolders,
    createMailboxes: deps.createMailboxes,
    welcome,
    info,
    forget(account) {
      authenticator.remembered.drop(account);
      return credentials.changed(account);
    },
    endSessions: (account, but) => credentials.sessions.endAll(account, but),
  });
  const aliases = new Aliases(store, domains);
  const groups = new Groups(store, domains);
  const settings = new SettingsAdmin(store, domains.tenants, accounts);
  const signUp = new SignUp({ store, accounts, rates: new Rates(store) });

  async function setting<K extends SettingKey>(
    key: K,
    at: { domain?: string; account?: string } = {},
  ): Promise<SettingValue<K>> {
    const address = at.account === undefined ? undefined : parseAddress(at.account);
    const domain = address?.domain ?? (at.domain === undefined ? undefined : normalDomain(at.domain));
    const [account, above] = await Promise.all([
      address === undefined ? undefined : store.address(address.local, address.domain),
      store.settingsOf(domain),
    ]);
    const own = account?.value.kind === 'account' ? account.value.settings : undefined;
    return effective(key, [own, ...above]);
  }

  const people = new People({ domains, accounts, clock: deps.clock });
  const sharing: Sharing = {
    hints: shares,
    account,
    async accountNamed(text) {
      const address = parseAddress(text);
      if (address === undefined) return undefined;
      const item = (await store.address(address.local, address.domain))?.value;
      return item?.kind === 'account' ? info(item) : undefined;
    },
    async publicAccount(tenant) {
      const id = await publicFolders.of(tenant);
      const found = id === undefined ? undefined : await account(id);
      return found?.public === true && found.tenant === tenant ? found : undefined;
    },
  };

  return {
    tenants: domains.tenants,
    domains,
    accounts,
    removed,
    aliases,
    groups,
    settings,
    credentials,
    secondFactors: new SecondFactors({ credentials, accounts }),
    sharing,
    people: (tenant) => people.of(tenant),
    signUp,
    setting,
    origin,
    resolve: (address) => resolve(store, address),
    authenticate: (login, password, context) => authenticator.authenticate(login, password, context),
    scram: (login, context) => authenticator.scram(login, context),
    bearer: (token, context) => authenticator.bearer(token, context),
    refresh: (token, context) => authenticator.refresh(token, context),
    secondFactor: (id, given, context) => authenticator.secondFactor(id, given, context),
    holds,
    untilEnded: (id, credential, service, over) => openSignIns.add(id, credential, service, over),
    watch: (listener) => credentials.watch(listener),

    account,

    async maySendAs(account, address) {
      try {
        // Not through a catch-all: who receives what nobody else has may not write in anybody's name.
        const found = await resolve(store, address, false);
        return found.kind === 'local' && found.deliveries.some((delivery) => delivery.account === account);
      } catch (error) {
        if (error instanceof Refused && error.code === 'limit') return false;
        throw error;
      }
    },

    async routes(senderDomain) {
      const set = await setting('outbound.routes', { domain: senderDomain });
      return (set as readonly Route[] | null) ?? deps.defaultRoutes;
    },
  };
}
