import type { Clock, Log, Random } from '../ports/index.ts';
import { Refused } from '../refused.ts';
import { formatAddress, normalLocal, parseAddress } from './address.ts';
import { Gate } from './gate.ts';
import { type AccountItem, domainItem, keys, secretItem } from './items.ts';
import { scramOfNobody, verifyPassword } from './passwords.ts';
import { RememberedPasswords } from './remembered.ts';
import { effective } from './settings.ts';
import type { DirectoryStore } from './store.ts';
import { isLoopback, network, Throttle, type ThrottleState } from './throttle.ts';
import type { AccountInfo, ScramLogin, Service } from './types.ts';

/** argon2 at once (19 MiB each; Node has four threads, which read files too), and sign-ins that wait for one. */
const AT_ONCE = 2;
const WAITING = 500;

interface Context {
  readonly service: Service;
  /** The client's. */
  readonly address: string;
}

/** The account that a login name means, or why it means none. */
type Found = { readonly account: AccountItem } | { readonly account: undefined; readonly why: string };

/** A sign-in that is refused: `why` is for the log, the message for the client, which learns no more than it must. */
class LoginRefused extends Refused {
  readonly why: string;

  constructor(code: 'authenticationfailed' | 'throttled' | 'noperm', message: string, why: string) {
    super(code, message);
    this.why = why;
  }

  static wrong(why: string): LoginRefused {
    return new LoginRefused('authenticationfailed', 'The name or the password is wrong.', why);
  }

  static later(whose: ThrottleState['blocked']): LoginRefused {
    const message = 'Too many wrong passwords. Wait a little and try again.';
    return new LoginRefused('throttled', message, `too many failures of the ${whose}`);
  }
}

/** Checks names and passwords. */
export class Authenticator {
  readonly remembered: RememberedPasswords;
  private readonly store: DirectoryStore;
  private readonly throttle: Throttle;
  private readonly random: Random;
  private readonly log: Log;
  private secret: string | undefined;
  private readonly gate = new Gate(AT_ONCE, WAITING);
  private readonly info: (item: AccountItem) => Promise<AccountInfo>;

  constructor(deps: {
    readonly store: DirectoryStore;
    readonly clock: Clock;
    readonly random: Random;
    readonly log: Log;
    readonly info: (item: AccountItem) => Promise<AccountInfo>;
  }) {
    this.store = deps.store;
    this.info = deps.info;
    this.random = deps.random;
    this.log = deps.log;
    this.throttle = new Throttle(deps.store);
    this.remembered = new RememberedPasswords(deps.clock, deps.random);
  }

  /** As `Directory.authenticate`. */
  authenticate(login: string, password: string, context: Context): Promise<AccountInfo> {
    return this.logged(login, context, async () => {
      const found = await this.find(login);
      const { account } = found;
      const name = account?.id ?? unknownName(login);
      const before = await this.throttle.state(name, context.address);
      // Loopback waits only after a wrong password: a local program with the right one is never kept out.
      if (before.blocked !== undefined && !isLoopback(context.address)) throw LoginRefused.later(before.blocked);
      const right = await this.check(account, password, name, context.address);
      if (!right || account === undefined) {
        await this.throttle.failed(name, context.address);
        if (before.blocked !== undefined) throw LoginRefused.later(before.blocked);
        throw LoginRefused.wrong('why' in found ? found.why : 'wrong password');
      }
      if (before.failures) await this.throttle.forgive(name);
      return this.allowed(account, context.service);
    });
  }

  /** As `Directory.scram`. */
  scram(login: string, context: Context): Promise<ScramLogin> {
    return this.logged(login, context, async () => {
      const found = await this.find(login);
      const { account } = found;
      const name = account?.id ?? unknownName(login);
      await this.checkThrottle(name, context.address);
      const kept = account === undefined ? undefined : await this.store.credential(account.id);
      const scram = kept?.value.scram ?? scramOfNobody(await this.salts(), unknownName(login));
      const finish = async (right: boolean) => {
        if (right && account !== undefined && kept !== undefined) {
          // Many exchanges that were begun at once are no way around the delay.
          await this.checkThrottle(name, context.address);
          if ((await this.throttle.state(name, context.address)).failures) await this.throttle.forgive(name);
          return this.allowed(account, context.service);
        }
        const { blocked } = await this.throttle.state(name, context.address);
        await this.throttle.failed(name, context.address);
        if (blocked !== undefined) throw LoginRefused.later(blocked);
        throw LoginRefused.wrong('why' in found ? found.why : 'wrong password');
      };
      return {
        ...scram,
        nonce: Buffer.from(this.random.bytes(18)).toString('base64'),
        finish: (right) => this.logged(login, context, () => finish(right)),
      };
    });
  }

  /** The reason of a refusal goes to the log. The name too where it is an address: else it may be a password in the wrong field. */
  private async logged<T>(login: string, { service, address }: Context, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Refused) {
        const name = parseAddress(login);
        const reason = error instanceof LoginRefused ? error.why : error.message;
        this.log.info('login.refused', {
          service,
          address,
          ...(name === undefined ? {} : { name: formatAddress(name) }),
          reason,
        });
      }
      throw error;
    }
  }

  private async checkThrottle(name: string, address: string): Promise<void> {
    if (isLoopback(address)) return;
    const { blocked } = await this.throttle.state(name, address);
    if (blocked !== undefined) throw LoginRefused.later(blocked);
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
    address: string,
  ): Promise<boolean> {
    const credential = account === undefined ? undefined : await this.store.credential(account.id);
    if (account !== undefined && credential !== undefined) {
      if (this.remembered.matches(account.id, credential.rev, password)) return true;
    }
    const right = await this.gate.run(network(address), async () => {
      // Those that waited behind others' failures are throttled by them: many tries at once are no way around.
      await this.checkThrottle(name, address);
      return verifyPassword(credential?.value, password);
    });
    if (right && account !== undefined && credential !== undefined) {
      this.remembered.remember(account.id, credential.rev, password);
    }
    return right;
  }

  private async allowed(account: AccountItem, service: Service): Promise<AccountInfo> {
    const info = await this.info(account);
    if (!info.enabled) {
      throw new LoginRefused('noperm', 'This account is switched off. Ask your administrator.', 'the account is off');
    }
    if ((service === 'imap' && !info.imap) || (service === 'pop3' && !info.pop3)) {
      const message = `${service.toUpperCase()} is switched off for this account. Ask your administrator.`;
      throw new LoginRefused('noperm', message, `${service} is off`);
    }
    return info;
  }

  private async find(login: string): Promise<Found> {
    const none = (why: string) => ({ account: undefined, why });
    if (login.includes('@')) {
      const address = parseAddress(login);
      const account = address === undefined ? undefined : await this.accountAt(address.local, address.domain);
      return account === undefined ? none('no such account') : { account };
    }
    const server = (await this.store.server()).value.settings;
    const local = normalLocal(login);
    if (effective('accounts.loginNames', [server]) !== 'both') return none('short names are off');
    if (local === undefined) return none('no such account');
    let found: AccountItem | undefined;
    for await (const [domain] of this.store.list('dir/domains', domainItem)) {
      const account = await this.accountAt(local, domain);
      if (account !== undefined && found !== undefined) return none('more than one account has that short name');
      found = account ?? found;
    }
    return found === undefined ? none('no such account') : { account: found };
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
