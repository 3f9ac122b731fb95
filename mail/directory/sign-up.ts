import { Refused } from '../refused.ts';
import type { AccountAdmin } from './accounts.ts';
import { type Address, formatAddress, requireAddress } from './address.ts';
import { Cache } from './cache.ts';
import { addressItem, type DomainItem, domainItem, keys } from './items.ts';
import { checkNewPassword } from './passwords.ts';
import type { Rates } from './rate.ts';
import { checkChosenName, isReserved } from './reserved-names.ts';
import { effective, type SettingMap } from './settings.ts';
import type { DirectoryStore } from './store.ts';
import { network } from './throttle.ts';
import type { AccountInfo } from './types.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Names that one client address may ask about. A person who types one asks a few times. */
const LOOKUPS = { most: 60, windowMs: HOUR };
/** More domains than anybody would choose from are not listed. */
const LISTED = 1_000;
const LISTED_FOR_MS = 15_000;

export interface NewAccount {
  readonly address: string;
  readonly password: string;
  readonly displayName?: string | undefined;
}

/** The domains whose pages may name them. */
export interface OpenDomains {
  /** Where somebody can make an account for himself. */
  readonly signUp: readonly string[];
  /** That may be offered where somebody signs in. */
  readonly signIn: readonly string[];
}

interface Deps {
  readonly store: DirectoryStore;
  readonly accounts: Pick<AccountAdmin, 'add'>;
  readonly rates: Rates;
}

/** Accounts that people make for themselves, in domains where the administrator allows it (`signup.enabled`). */
export class SignUp {
  readonly #deps: Deps;
  readonly #open: Cache<OpenDomains>;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#open = new Cache(deps.store.clock, LISTED_FOR_MS, 1);
  }

  /** In the order of their names; a change may go unseen for 15 s. */
  async domains(): Promise<OpenDomains> {
    const { store } = this.#deps;
    const read = async () => {
      const open = { signUp: [] as string[], signIn: [] as string[] };
      for await (const [domain, item] of store.list(keys.domain('').pk, domainItem)) {
        const maps = [item.settings, ...(await store.settingsOf(undefined, item.tenant))];
        if (open.signUp.length < LISTED && effective('signup.enabled', maps)) open.signUp.push(domain);
        if (open.signIn.length < LISTED && effective('signin.listed', maps)) open.signIn.push(domain);
      }
      return open;
    };
    return (await this.#open.get('domains', read))!;
  }

  /**
   * Whether somebody at the client address `client` could have that address. What is taken and what is kept from him look alike.
   * Refused: `invalid` (no name to choose), `noperm` (nobody signs up there), `throttled`.
   */
  async isAvailable(text: string, client: string): Promise<boolean> {
    const address = chosen(text);
    const maps = await this.#requireOpen(address.domain);
    await this.#mayLook(client);
    return this.#isFree(address, maps);
  }

  /**
   * Makes the account, as an administrator would. Refused: as `isAvailable`, and `alreadyexists`, `invalid` (the password, the
   * display name).
   */
  async create({ address: text, password, displayName }: NewAccount, client: string): Promise<AccountInfo> {
    const { accounts, rates } = this.#deps;
    const address = chosen(text);
    const maps = await this.#requireOpen(address.domain);
    checkNewPassword(password);
    await this.#mayLook(client);
    if (!(await this.#isFree(address, maps))) {
      throw new Refused('alreadyexists', `${formatAddress(address)} cannot be had. Choose another name.`);
    }
    const perAddress = { most: effective('signup.perAddress', maps), windowMs: DAY };
    const message = 'Too many accounts were made from your network today. Try again tomorrow.';
    await rates.require('sign-up', network(client), perAddress, message);
    const perDomain = { most: effective('signup.perDay', maps), windowMs: DAY };
    const full = `Too many accounts were made in ${address.domain} today. Try again tomorrow.`;
    await rates.require('sign-up-domain', address.domain, perDomain, full);
    return accounts.add(formatAddress(address), password, displayName === undefined ? {} : { displayName }, 'self');
  }

  /** What is set for the domain, nearest level first. A domain that is not ours is refused as one that is not open. */
  async #requireOpen(domain: string): Promise<readonly SettingMap[]> {
    const { store } = this.#deps;
    const item = await store.fresh<DomainItem>(keys.domain(domain), domainItem);
    const above = await store.settingsOf(undefined, item?.value.tenant);
    const maps = item === undefined ? above : [item.value.settings, ...above];
    if (item === undefined || !effective('signup.enabled', maps)) {
      throw new Refused('noperm', `Nobody can sign up at ${domain} by himself. Ask its administrator.`);
    }
    return maps;
  }

  async #mayLook(client: string): Promise<void> {
    const message = 'You have asked about many names. Try again in an hour.';
    await this.#deps.rates.require('sign-up-lookup', network(client), LOOKUPS, message);
  }

  async #isFree(address: Address, maps: readonly SettingMap[]): Promise<boolean> {
    const item = await this.#deps.store.fresh(keys.address(address.local, address.domain), addressItem);
    return item === undefined && !isReserved(address.local, effective('signup.reserved', maps));
  }
}

function chosen(text: string): Address {
  const address = requireAddress(text);
  checkChosenName(address.local);
  return address;
}
