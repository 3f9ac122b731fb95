import { ConditionFailed, type Random, randomName } from '../ports/index.ts';
import { Refused } from '../refused.ts';
import { type Address, formatAddress, requireAddress, splitDetail } from './address.ts';
import type { Domains } from './domains.ts';
import { type AccountItem, accountItem, addressItem, credentialItem, type Factor, keys, serverItem } from './items.ts';
import { checkNewPassword, makeCredential } from './passwords.ts';
import type { PublicFolders } from './public-folders.ts';
import type { Removed } from './removed.ts';
import type { Role } from './roles.ts';
import { acceptValue, type SettingMap } from './settings.ts';
import type { DirectoryStore } from './store.ts';
import type { AccountInfo } from './types.ts';

/** What can be given when an account is made, and changed later. Absent: as it was. */
export interface AccountChange {
  /** Bytes, or as `5G`; 'none': none for this account; null: as the domain or server says. */
  readonly quota?: number | string | null | undefined;
  /** 'none': none for this account; null: as the domain or server says. */
  readonly maxMessages?: number | string | null | undefined;
  /** Whether it may set limits of accounts of its tenant. */
  readonly admin?: boolean | 'on' | 'off' | undefined;
  readonly imap?: boolean | 'on' | 'off' | undefined;
  readonly pop3?: boolean | 'on' | 'off' | undefined;
  readonly enabled?: boolean | undefined;
  /** '' removes it. */
  readonly displayName?: string | undefined;
}

/** What can be changed of an account that is there. */
export interface PublicChange {
  readonly public?: boolean | undefined;
}

interface Deps {
  readonly store: DirectoryStore;
  readonly random: Random;
  readonly domains: Domains;
  readonly removed: Removed;
  readonly publicFolders: PublicFolders;
  /** Writes the first entry of a new account's log: its mailboxes. */
  readonly createMailboxes: (account: string) => Promise<void>;
  /** Called when the account is there. Never rejects. */
  readonly welcome: (account: AccountInfo) => Promise<void>;
  readonly info: (item: AccountItem) => Promise<AccountInfo>;
  /** Called when the password or what it is good for changed, the account or a service of it was switched off, or is gone. */
  readonly forget: (account: string) => Promise<void>;
  readonly endSessions: (account: string, but?: string) => Promise<unknown>;
}

/** Making, changing and removing accounts. See items.ts for why each is one conditional write. */
export class AccountAdmin {
  private readonly deps: Deps;

  constructor(deps: Deps) {
    this.deps = deps;
  }

  /**
   * Refused: `alreadyexists`, `invalid`, `nonexistent` (the domain). `by`: who makes it; nobody who comes by himself is made postmaster.
   */
  async add(
    text: string,
    password: string,
    change: AccountChange = {},
    by: 'admin' | 'self' = 'admin',
  ): Promise<AccountInfo> {
    const { store, random } = this.deps;
    const { tenant, ...address } = await this.check(text, password, change);
    const id = `a${randomName(random, 20)}`;
    const blank: AccountItem = {
      v: 1,
      kind: 'account',
      id,
      ...address,
      tenant,
      added: store.clock.now(),
      enabled: true,
      settings: {},
    };
    const item = apply(blank, change);
    await store.put(keys.credential(id), await makeCredential(random, password, store.clock.now()), 'absent');
    await store.put(keys.pointer(id), { v: 1, ...address }, 'absent');
    await this.deps.createMailboxes(id);
    // Until here nothing names the account. This write makes it.
    try {
      await store.put(keys.address(address.local, address.domain), item, 'absent');
    } catch (error) {
      if (error instanceof ConditionFailed) throw taken(address);
      throw error;
    }
    await this.undoIfDomainGoes(address);
    if (by === 'admin') await this.nameFirstPostmaster(address);
    const made = await this.deps.info(item);
    await this.deps.welcome(made);
    return made;
  }

  /** Whether `add` would do it now. Refused as `add` is. */
  async check(
    text: string,
    password: string | undefined,
    change: AccountChange,
  ): Promise<Address & { tenant: string }> {
    const { domains } = this.deps;
    const address = requireAddress(text);
    if (splitDetail(address.local) !== undefined) {
      throw new Refused('invalid', 'An account\'s name has no "+": what follows one is the subaddress.');
    }
    if (password !== undefined) checkNewPassword(password);
    const { tenant } = await domains.requireOpen(address.domain);
    await domains.tenants.requireRoom(tenant, 'accounts');
    await this.requireFree(address);
    apply({ settings: {} } as AccountItem, change);
    return { ...address, tenant };
  }

  async get(text: string): Promise<AccountInfo> {
    return this.deps.info(await this.require(requireAddress(text)));
  }

  /** Accounts of one domain in the order of their names, from behind the local part `after`. */
  async *list(domain: string, after?: string): AsyncGenerator<AccountInfo> {
    for await (const item of this.own(domain, after)) yield await this.deps.info(item);
  }

  /** As `list`, with what is set for the account itself only. */
  async *own(domain: string, after?: string): AsyncGenerator<AccountItem> {
    const { pk } = keys.address('x', domain);
    const start = after === undefined ? undefined : keys.address(after, domain).sk;
    for await (const [, item] of this.deps.store.list(pk, addressItem, 'local/', start)) {
      if (item.kind === 'account') yield item;
    }
  }

  /** `public`: its mailboxes are its tenant's public folders. Refused: `alreadyexists` where another account's are. */
  async set(text: string, { public: isPublic, ...rest }: AccountChange & PublicChange): Promise<AccountInfo> {
    const address = requireAddress(text);
    const change = (item: AccountItem) => apply(item, rest);
    const changed = await this.setPublic(address, change, isPublic);
    if (rest.enabled === false || isOff(rest.imap) || isOff(rest.pop3)) await this.deps.forget(changed.id);
    return this.deps.info(changed);
  }

  private async setPublic(
    address: Address,
    change: (item: AccountItem) => AccountItem,
    isPublic: boolean | undefined,
  ): Promise<AccountItem> {
    if (isPublic === undefined) return this.change(address, change);
    const { publicFolders } = this.deps;
    const { id, tenant } = await this.require(address);
    if (!isPublic) await publicFolders.release(tenant, id);
    const changed = await this.change(address, (item) => withPublic(change(item), isPublic));
    if (!isPublic) return changed;
    try {
      await publicFolders.claim(tenant, id);
    } catch (error) {
      await this.change(address, (item) => withPublic(item, false));
      throw error;
    }
    return changed;
  }

  /** Ends all sessions of the account, but `keep`. */
  async setPassword(text: string, password: string, keep?: string): Promise<void> {
    const { store, random } = this.deps;
    const { id } = await this.require(requireAddress(text));
    checkNewPassword(password);
    const before = (await store.fresh(keys.credential(id), credentialItem))?.value;
    const credential = await makeCredential(random, password, store.clock.now(), before);
    await store.update(keys.credential(id), credentialItem, (now) => {
      return { ...credential, ...(now?.factors === undefined ? {} : { factors: now.factors }) };
    });
    await this.deps.forget(id);
    await this.deps.endSessions(id, keep);
  }

  /** Second factors that are asked for beside the password. */
  async factors(id: string): Promise<readonly Factor[]> {
    return (await this.deps.store.fresh(keys.credential(id), credentialItem))?.value.factors ?? [];
  }

  /** Whether one more is asked for from now on. Refused: `cannot` (the account has no password). */
  async setFactor(id: string, factor: Factor, on: boolean): Promise<void> {
    await this.deps.store.update(keys.credential(id), credentialItem, (now) => {
      if (now === undefined) throw new Refused('cannot', 'A second factor needs a password beside it: set one first.');
      const others = (now.factors ?? []).filter((each) => each !== factor);
      return { ...now, factors: on ? [...others, factor] : others };
    });
    await this.deps.forget(id);
  }

  /** The account is gone when it resolves, its address refused; its mail is erased by the next sweep (removed.ts). */
  async remove(text: string): Promise<void> {
    const { store, removed } = this.deps;
    const address = requireAddress(text);
    const key = keys.address(address.local, address.domain);
    const kept = await store.fresh(key, addressItem);
    if (kept?.value.kind !== 'account') throw missing(address);
    const { id } = kept.value;
    await removed.begin(id);
    if (!(await store.removeVersion(key, kept.rev))) {
      throw new Refused('unavailable', 'Somebody else is changing this account. Try again.');
    }
    await this.deps.forget(id);
    await removed.finish(id);
  }

  /** Gives an account a role, or takes it. Refused: `nonexistent` (a domain that its tenant does not have). */
  async setRole(text: string, role: Role | undefined): Promise<AccountInfo> {
    const address = requireAddress(text);
    const { tenant } = await this.require(address);
    const given = role?.kind === 'domain' ? { ...role, domains: await this.domainsOf(tenant, role.domains) } : role;
    const changed = await this.change(address, ({ role: _, ...item }) => {
      return given === undefined ? item : { ...item, role: given };
    });
    return this.deps.info(changed);
  }

  /** `change` gives the settings that the account itself shall have, as they are kept. */
  async changeSettings(text: string, change: (settings: SettingMap) => Record<string, unknown>): Promise<void> {
    await this.change(requireAddress(text), (item) => ({ ...item, settings: change(item.settings) }));
  }

  async settings(text: string): Promise<AccountItem> {
    return this.require(requireAddress(text));
  }

  private async domainsOf(tenant: string, names: readonly string[]): Promise<string[]> {
    const found = await Promise.all([...new Set(names)].map((name) => this.deps.domains.get(name)));
    const other = found.find((domain) => domain.tenant !== tenant);
    if (other !== undefined) throw new Refused('nonexistent', `The account's tenant has no domain ${other.domain}.`);
    return found.map(({ domain }) => domain);
  }

  private async require(address: Address): Promise<AccountItem> {
    const kept = await this.deps.store.fresh(keys.address(address.local, address.domain), addressItem);
    if (kept?.value.kind !== 'account') throw missing(address);
    return kept.value;
  }

  private async change(address: Address, change: (item: AccountItem) => AccountItem): Promise<AccountItem> {
    const changed = await this.deps.store.update(keys.address(address.local, address.domain), addressItem, (item) => {
      if (item?.kind !== 'account') throw missing(address);
      return change(item);
    });
    return accountItem.parse(changed);
  }

  private async requireFree(address: Address): Promise<void> {
    const key = keys.address(address.local, address.domain);
    if ((await this.deps.store.fresh(key, addressItem)) !== undefined) throw taken(address);
  }

  private async undoIfDomainGoes(address: Address): Promise<void> {
    try {
      await this.deps.domains.requireOpen(address.domain);
    } catch (error) {
      if (error instanceof Refused) await this.remove(formatAddress(address));
      throw error;
    }
  }

  /** RFC 5321 section 4.5.1 wants a postmaster everywhere: the first account is it until somebody decides otherwise. */
  private async nameFirstPostmaster(address: Address): Promise<void> {
    const { store } = this.deps;
    const key = 'accounts.postmaster';
    const now = await store.fresh(keys.server(), serverItem);
    if (now !== undefined && Object.hasOwn(now.value.settings, key)) return;
    await store.update(keys.server(), serverItem, (item) => ({
      v: 1 as const,
      settings: { [key]: formatAddress(address), ...item?.settings },
    }));
  }
}

function apply(item: AccountItem, change: AccountChange): AccountItem {
  let next = item;
  if (change.enabled !== undefined) next = { ...next, enabled: change.enabled };
  if (change.displayName !== undefined) {
    const { displayName: _, ...rest } = next;
    const name = change.displayName.trim();
    if (/\p{Cc}/u.test(name) || name.length > 200) throw new Refused('invalid', 'That is no name to display.');
    next = name === '' ? rest : { ...rest, displayName: name };
  }
  if (change.imap !== undefined) next = withSetting(next, 'accounts.imap', change.imap);
  if (change.pop3 !== undefined) next = withSetting(next, 'accounts.pop3', change.pop3);
  if (change.quota !== undefined) next = withSetting(next, 'accounts.quota', change.quota ?? undefined);
  if (change.maxMessages !== undefined) {
    next = withSetting(next, 'accounts.maxMessages', change.maxMessages ?? undefined);
  }
  if (change.admin !== undefined) next = withSetting(next, 'accounts.admin', change.admin);
  return next;
}

function isOff(value: boolean | 'on' | 'off' | undefined): boolean {
  return value === false || value === 'off';
}

function withPublic({ public: _, ...item }: AccountItem, isPublic: boolean): AccountItem {
  return isPublic ? { ...item, public: true } : item;
}

function withSetting(item: AccountItem, key: string, value: unknown): AccountItem {
  const { [key]: _, ...rest } = item.settings;
  if (value === undefined) return { ...item, settings: rest };
  return { ...item, settings: { ...rest, [key]: acceptValue(key, 'account', value) } };
}

function taken(address: Address): Refused {
  return new Refused('alreadyexists', `${formatAddress(address)} is taken already.`);
}

function missing(address: Address): Refused {
  return new Refused('nonexistent', `There is no account ${formatAddress(address)}.`);
}
