import type { Clock, Random } from '../ports/index.ts';
import { Refused } from '../refused.ts';
import { normalLocal, parseAddress } from './address.ts';
import { Gate } from './gate.ts';
import { type AccountItem, domainItem } from './items.ts';
import { verifyPassword } from './passwords.ts';
import { RememberedPasswords } from './remembered.ts';
import { effective } from './settings.ts';
import type { DirectoryStore } from './store.ts';
import { isLoopback, Throttle } from './throttle.ts';
import type { AccountInfo, Service } from './types.ts';

/** argon2 at once (Node has four threads for them, 19 MiB each), and sign-ins that wait for one. */
const AT_ONCE = 4;
const WAITING = 500;

const WRONG = 'The name or the password is wrong.';
const LATER = 'Too many wrong passwords. Wait a little and try again.';

/** Checks names and passwords. */
export class Authenticator {
  readonly remembered: RememberedPasswords;
  private readonly store: DirectoryStore;
  private readonly throttle: Throttle;
  private readonly gate = new Gate(AT_ONCE, WAITING);
  private readonly info: (item: AccountItem) => Promise<AccountInfo>;

  constructor(deps: {
    readonly store: DirectoryStore;
    readonly clock: Clock;
    readonly random: Random;
    readonly info: (item: AccountItem) => Promise<AccountInfo>;
  }) {
    this.store = deps.store;
    this.info = deps.info;
    this.throttle = new Throttle(deps.store);
    this.remembered = new RememberedPasswords(deps.clock, deps.random);
  }

  /** As `Directory.authenticate`. */
  async authenticate(
    login: string,
    password: string,
    context: { readonly service: Service; readonly address: string },
  ): Promise<AccountInfo> {
    const account = await this.find(login);
    const name = account?.id ?? `?${login.slice(0, 320).toLowerCase()}`;
    // Loopback waits only after a wrong password: a local program with the right one is never kept out.
    const loopback = isLoopback(context.address);
    const before = await this.throttle.state(name, context.address);
    if (before.blocked && !loopback) throw new Refused('throttled', LATER);
    const right = await this.check(account, password, name, loopback ? undefined : context.address);
    if (!right || account === undefined) {
      await this.throttle.failed(name, context.address);
      throw before.blocked ? new Refused('throttled', LATER) : new Refused('authenticationfailed', WRONG);
    }
    if (before.failures) await this.throttle.forgive(name);
    return this.allowed(account, context.service);
  }

  private async check(
    account: AccountItem | undefined,
    password: string,
    name: string,
    address: string | undefined,
  ): Promise<boolean> {
    const credential = account === undefined ? undefined : await this.store.credential(account.id);
    if (account !== undefined && credential !== undefined) {
      if (this.remembered.matches(account.id, credential.rev, password)) return true;
    }
    const right = await this.gate.run(async () => {
      // Those that waited behind others' failures are throttled by them: many tries at once are no way around.
      if (address !== undefined && (await this.throttle.state(name, address)).blocked)
        throw new Refused('throttled', LATER);
      return verifyPassword(credential?.value, password);
    });
    if (right && account !== undefined && credential !== undefined) {
      this.remembered.remember(account.id, credential.rev, password);
    }
    return right;
  }

  private async allowed(account: AccountItem, service: Service): Promise<AccountInfo> {
    const info = await this.info(account);
    if (!info.enabled) throw new Refused('noperm', 'This account is switched off. Ask your administrator.');
    if ((service === 'imap' && !info.imap) || (service === 'pop3' && !info.pop3)) {
      throw new Refused('noperm', `${service.toUpperCase()} is switched off for this account. Ask your administrator.`);
    }
    return info;
  }

  private async find(login: string): Promise<AccountItem | undefined> {
    if (login.includes('@')) {
      const address = parseAddress(login);
      return address === undefined ? undefined : this.accountAt(address.local, address.domain);
    }
    const server = (await this.store.server()).value.settings;
    const local = normalLocal(login);
    if (local === undefined || effective('accounts.loginNames', [server]) !== 'both') return undefined;
    let found: AccountItem | undefined;
    for await (const [domain] of this.store.list('dir/domains', domainItem)) {
      const account = await this.accountAt(local, domain);
      if (account !== undefined && found !== undefined) return undefined;
      found = account ?? found;
    }
    return found;
  }

  private async accountAt(local: string, domain: string): Promise<AccountItem | undefined> {
    const item = (await this.store.address(local, domain))?.value;
    return item?.kind === 'account' ? item : undefined;
  }
}
