import type { Clock, Random } from '../ports/index.ts';
import { Refused } from '../refused.ts';
import { normalLocal, parseAddress } from './address.ts';
import { Gate } from './gate.ts';
import { type AccountItem, domainItem, keys, secretItem } from './items.ts';
import { scramOfNobody, verifyPassword } from './passwords.ts';
import { RememberedPasswords } from './remembered.ts';
import { effective } from './settings.ts';
import type { DirectoryStore } from './store.ts';
import { isLoopback, Throttle } from './throttle.ts';
import type { AccountInfo, ScramLogin, Service } from './types.ts';

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
  private readonly random: Random;
  private secret: string | undefined;
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
    this.random = deps.random;
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
    const name = account?.id ?? unknownName(login);
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

  /** As `Directory.scram`. */
  async scram(login: string, context: { readonly service: Service; readonly address: string }): Promise<ScramLogin> {
    const account = await this.find(login);
    const name = account?.id ?? unknownName(login);
    await this.checkThrottle(name, context.address);
    const kept = account === undefined ? undefined : await this.store.credential(account.id);
    const scram = kept?.value.scram ?? scramOfNobody(await this.salts(), unknownName(login));
    return {
      ...scram,
      nonce: Buffer.from(this.random.bytes(18)).toString('base64'),
      finish: async (right) => {
        if (right && account !== undefined && kept !== undefined) {
          // Many exchanges that were begun at once are no way around the delay.
          await this.checkThrottle(name, context.address);
          if ((await this.throttle.state(name, context.address)).failures) await this.throttle.forgive(name);
          return this.allowed(account, context.service);
        }
        const { blocked } = await this.throttle.state(name, context.address);
        await this.throttle.failed(name, context.address);
        throw blocked ? new Refused('throttled', LATER) : new Refused('authenticationfailed', WRONG);
      },
    };
  }

  private async checkThrottle(name: string, address: string): Promise<void> {
    if (isLoopback(address)) return;
    if ((await this.throttle.state(name, address)).blocked) throw new Refused('throttled', LATER);
  }

  /** Made by whichever process is the first to need it. */
  private async salts(): Promise<Buffer> {
    const key = keys.salts();
    this.secret ??= (await this.store.fresh(key, secretItem))?.value.secret;
    this.secret ??= (
      await this.store.update(key, secretItem, (now) => {
        return now ?? { v: 1 as const, secret: Buffer.from(this.random.bytes(32)).toString('base64') };
      })
    ).secret;
    return Buffer.from(this.secret, 'base64');
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

/** What failures of a name that nobody has are counted under. */
function unknownName(login: string): string {
  return `?${login.slice(0, 320).normalize('NFC').toLowerCase()}`;
}
