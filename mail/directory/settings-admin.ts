import { Refused } from '../refused.ts';
import type { AccountAdmin } from './accounts.ts';
import { requireAddress, requireDomain } from './address.ts';
import { DEFAULT_TENANT, domainItem, keys, serverItem, tenantItem } from './items.ts';
import {
  acceptValue,
  effective,
  type Level,
  requireSetting,
  SETTINGS,
  type SettingKey,
  type SettingMap,
} from './settings.ts';
import type { DirectoryStore } from './store.ts';
import type { Tenants } from './tenants.ts';

/** Which level a change or question is about: the server when none is given. */
export interface SettingScope {
  readonly tenant?: string | undefined;
  readonly domain?: string | undefined;
  readonly account?: string | undefined;
}

export interface SettingInfo {
  readonly key: string;
  /** In force; passwords within are hidden. */
  readonly value: unknown;
  /** Where it comes from. */
  readonly from: Level | 'default';
  readonly help: string;
}

/** Stands for a password that is set; what is kept is never shown. */
const HIDDEN = '(hidden)';

/** Reading and changing settings, as an administrator does. Reads are fresh. */
export class SettingsAdmin {
  private readonly store: DirectoryStore;
  private readonly tenants: Tenants;
  private readonly accounts: AccountAdmin;

  constructor(store: DirectoryStore, tenants: Tenants, accounts: AccountAdmin) {
    this.store = store;
    this.tenants = tenants;
    this.accounts = accounts;
  }

  /** All settings that mean something at that level. */
  async list(scope: SettingScope = {}): Promise<readonly SettingInfo[]> {
    const maps = await this.maps(scope);
    const level = levelOf(scope);
    const known = (Object.keys(SETTINGS) as SettingKey[]).filter((key) =>
      (SETTINGS[key].levels as readonly Level[]).includes(level),
    );
    return known.sort().map((key) => describe(key, maps));
  }

  async get(key: string, scope: SettingScope = {}): Promise<SettingInfo> {
    requireSetting(key, levelOf(scope));
    return describe(key as SettingKey, await this.maps(scope));
  }

  /** Sets it at that level. Refused: `nonexistent` (key, domain or account), `invalid`. */
  async set(key: string, value: unknown, scope: SettingScope = {}): Promise<SettingInfo> {
    await this.change({ set: { [key]: value } }, scope);
    return this.get(key, scope);
  }

  /** Sets and takes back several at that level with one write: all of them, or none. Refused as `set` is. */
  async change(
    { set = {}, unset = [] }: { readonly set?: SettingMap | undefined; readonly unset?: readonly string[] | undefined },
    scope: SettingScope = {},
  ): Promise<void> {
    const level = levelOf(scope);
    const accepted = Object.entries(set).map(([key, value]) => [key, acceptedValue(key, level, value)] as const);
    for (const key of unset) requireSetting(key, level);
    const both = unset.find((key) => Object.hasOwn(set, key));
    if (both !== undefined) throw new Refused('invalid', `${both} cannot be set and taken back at once.`);
    await this.write(scope, (settings) => {
      const kept = Object.entries(settings).filter(([key]) => !unset.includes(key));
      return Object.fromEntries([...kept, ...accepted]);
    });
  }

  /** Takes it back at that level, so that the next one counts. */
  async unset(key: string, scope: SettingScope = {}): Promise<SettingInfo> {
    await this.change({ unset: [key] }, scope);
    return this.get(key, scope);
  }

  private async write(scope: SettingScope, change: (settings: SettingMap) => Record<string, unknown>): Promise<void> {
    if (scope.account !== undefined) return this.accounts.changeSettings(scope.account, change);
    if (scope.domain !== undefined) {
      const domain = requireDomain(scope.domain);
      await this.store.update(keys.domain(domain), domainItem, (item) => {
        if (item === undefined) throw new Refused('nonexistent', `There is no domain ${domain} here.`);
        return { ...item, settings: change(item.settings) };
      });
      return;
    }
    if (scope.tenant !== undefined) {
      const id = scope.tenant;
      const open = await this.tenants.requireOpen(id);
      if (id === DEFAULT_TENANT) throw new Refused('cannot', `Nothing can be set for ${id}: set it for the server.`);
      await this.store.update(keys.tenant(id), tenantItem, (item = open) => ({
        ...item,
        settings: change(item.settings),
      }));
      return;
    }
    await this.store.update(keys.server(), serverItem, (item) => ({
      v: 1 as const,
      settings: change(item?.settings ?? {}),
    }));
  }

  /** What is set, nearest level first. */
  private async maps(scope: SettingScope): Promise<readonly (readonly [Level, SettingMap])[]> {
    const maps: [Level, SettingMap][] = [];
    let domain = scope.domain === undefined ? undefined : requireDomain(scope.domain);
    if (scope.account !== undefined) {
      maps.push(['account', (await this.accounts.settings(scope.account)).settings]);
      domain = requireAddress(scope.account).domain;
    }
    if (domain !== undefined) {
      const item = await this.store.fresh(keys.domain(domain), domainItem);
      if (item === undefined) throw new Refused('nonexistent', `There is no domain ${domain} here.`);
      maps.push(['domain', item.value.settings]);
      const tenant = await this.store.fresh(keys.tenant(item.value.tenant), tenantItem);
      if (tenant !== undefined) maps.push(['tenant', tenant.value.settings]);
    }
    if (scope.tenant !== undefined) maps.push(['tenant', (await this.tenants.requireOpen(scope.tenant)).settings]);
    maps.push(['server', (await this.store.fresh(keys.server(), serverItem))?.value.settings ?? {}]);
    return maps;
  }
}

function acceptedValue(key: string, level: Level, value: unknown): unknown {
  const accepted = acceptValue(key, level, value);
  if (JSON.stringify(accepted).includes(JSON.stringify(HIDDEN))) {
    throw new Refused('invalid', `"${HIDDEN}" stands for a password that is set. Give the password itself.`);
  }
  return accepted;
}

function levelOf(scope: SettingScope): Level {
  const given = (['account', 'domain', 'tenant'] as const).filter((level) => scope[level] !== undefined);
  if (given.length > 1) throw new Refused('invalid', `Give one of them only: ${given.join(', ')}.`);
  return given[0] ?? 'server';
}

function describe(key: SettingKey, maps: readonly (readonly [Level, SettingMap])[]): SettingInfo {
  const nearest = maps.find(([, map]) => Object.hasOwn(map, key) && SETTINGS[key].schema.safeParse(map[key]).success);
  const value = effective(
    key,
    maps.map(([, map]) => map),
  );
  return { key, value: hidePasswords(value), from: nearest?.[0] ?? 'default', help: SETTINGS[key].help };
}

/** Fields of a setting that hold a password. */
const SECRET = new Set(['password', 'clientSecret']);

function hidePasswords(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(hidePasswords);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, SECRET.has(key) ? HIDDEN : one]));
}
