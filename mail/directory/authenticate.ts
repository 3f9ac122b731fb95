import type { Credentials } from '../credentials/credentials.ts';
import type { BadToken, Tokens } from '../credentials/sessions.ts';
import type { Clock, Log, Random } from '../ports/index.ts';
import { Refused } from '../refused.ts';
import { formatAddress, parseAddress } from './address.ts';
import { allowed, type Proof } from './allowed.ts';
import { findLogin, unknownName } from './find-login.ts';
import { Gate } from './gate.ts';
import { type AccountItem, credentialItem, keys, secretItem } from './items.ts';
import { LoginRefused } from './login-refused.ts';
import { scramOfNobody, verifyPassword } from './passwords.ts';
import { RememberedPasswords } from './remembered.ts';
import type { DirectoryStore } from './store.ts';
import { isLoopback, network, Throttle } from './throttle.ts';
import type { AccountInfo, LoginContext, ScramApp, ScramLogin, SecondFactor, Service, SignedIn } from './types.ts';

/** argon2 at once (19 MiB each; Node has four threads, which read files too), and sign-ins that wait for one. */
const AT_ONCE = 2;
const WAITING = 500;

interface Deps {
  readonly store: DirectoryStore;
  readonly credentials: Credentials;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly info: (item: AccountItem) => Promise<AccountInfo>;
  readonly byId: (id: string) => Promise<AccountItem | undefined>;
}

/** Finds out who signs in, by whatever he shows: passwords, app passwords, proofs, codes, tokens. */
export class Authenticator {
  readonly remembered: RememberedPasswords;
  readonly #deps: Deps;
  readonly #throttle: Throttle;
  readonly #gate = new Gate(AT_ONCE, WAITING);
  #secret: string | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#throttle = new Throttle(deps.store);
    this.remembered = new RememberedPasswords(deps.clock, deps.random);
  }

  /** As `Directory.authenticate`. */
  authenticate(login: string, password: string, context: LoginContext): Promise<SignedIn> {
    return this.#logged(login, context, async () => {
      const found = await findLogin(this.#deps.store, login);
      const { account } = found;
      const name = account?.id ?? unknownName(login);
      const before = await this.#throttle.state(name, context.address);
      // Loopback waits only after a wrong password: a local program with the right one is never kept out.
      if (before.blocked !== undefined && !isLoopback(context.address)) throw LoginRefused.later(before.blocked);
      const proof = await this.#check(account, password, name, context);
      if (proof === undefined || account === undefined) {
        await this.#throttle.failed(name, context.address);
        if (before.blocked !== undefined) throw LoginRefused.later(before.blocked);
        throw LoginRefused.wrong('why' in found ? found.why : 'wrong password');
      }
      const signedIn = allowed(await this.#deps.info(account), context.service, proof);
      // With a second factor, the password alone forgives nothing: else it would buy tries at the codes.
      const isHalf = proof.by === 'password' && (proof.credential.value.factors ?? []).length > 0;
      if (before.failures && !isHalf) await this.#throttle.forgive(name);
      if (proof.by === 'app-password') await this.#deps.credentials.appPasswords.used(account.id, proof.app);
      return signedIn;
    });
  }

  /** As `Directory.scram`. */
  scram(login: string, context: LoginContext): Promise<ScramLogin> {
    return this.#logged(login, context, async () => {
      const { store, random, credentials } = this.#deps;
      const found = await findLogin(store, login);
      const { account } = found;
      const name = account?.id ?? unknownName(login);
      await this.#checkThrottle(name, context.address);
      // Past the cache, as another process may have just changed the password; and as costly for an account that nobody has.
      const kept = await store.fresh(keys.credential(account?.id ?? ''), credentialItem);
      const scram = kept?.value.scram ?? scramOfNobody(await this.#salts(), unknownName(login));
      const apps = await credentials.appPasswords.scram(account?.id ?? '', scram.salt);
      const finish = async (right: boolean, by: ScramApp | undefined) => {
        const app = by && account && (await credentials.appPasswords.find(account.id, by.id));
        if (right && account !== undefined && kept !== undefined && (by === undefined || app !== undefined)) {
          // Many exchanges that were begun at once are no way around the delay.
          await this.#checkThrottle(name, context.address);
          const proof: Proof = app === undefined ? { by: 'password', credential: kept } : { by: 'app-password', app };
          const signedIn = allowed(await this.#deps.info(account), context.service, proof);
          if ((await this.#throttle.state(name, context.address)).failures) await this.#throttle.forgive(name);
          if (app !== undefined) await credentials.appPasswords.used(account.id, app);
          return signedIn;
        }
        const { blocked } = await this.#throttle.state(name, context.address);
        await this.#throttle.failed(name, context.address);
        if (blocked !== undefined) throw LoginRefused.later(blocked);
        throw LoginRefused.wrong('why' in found ? found.why : 'wrong password');
      };
      return {
        ...scram,
        apps,
        nonce: Buffer.from(random.bytes(18)).toString('base64'),
        finish: (right, app) => this.#logged(login, context, () => finish(right, app)),
      };
    });
  }

  /** As `Directory.bearer`. A token that was ours and is over counts no failure: programs come with these every day. */
  bearer(token: string, context: LoginContext): Promise<SignedIn> {
    return this.#logged('', context, async () => {
      const found = await this.#deps.credentials.sessions.check(token);
      if (typeof found === 'string') throw await this.#badToken(found, context);
      const account = await this.#deps.byId(found.account);
      if (account === undefined) throw await this.#badToken('over', context);
      return allowed(await this.#deps.info(account), context.service, { by: 'session', session: found });
    });
  }

  /** As `Directory.refresh`. */
  refresh(token: string, context: LoginContext): Promise<{ readonly tokens: Tokens; readonly account: AccountInfo }> {
    return this.#logged('', context, async () => {
      const { sessions } = this.#deps.credentials;
      const tokens = await sessions.refresh(token, context.address);
      if (typeof tokens === 'string') throw await this.#badToken(tokens, context);
      const account = await this.#deps.byId(tokens.account);
      if (account?.enabled !== true) {
        await sessions.end(tokens.account, tokens.session);
        throw await this.#badToken('over', context);
      }
      return { tokens, account: await this.#deps.info(account) };
    });
  }

  async #badToken(how: BadToken, { address }: LoginContext): Promise<LoginRefused> {
    if (how === 'over') {
      const message = 'This sign-in is over. Refresh the token, or sign in again.';
      return new LoginRefused('authenticationfailed', message, 'an expired token, or one of an ended session');
    }
    const { blocked } = await this.#throttle.state(undefined, address);
    await this.#throttle.failed(undefined, address);
    if (blocked !== undefined) return LoginRefused.later(blocked);
    return new LoginRefused('authenticationfailed', 'This token is not one of ours.', 'a token that we never gave');
  }

  /** As `Directory.secondFactor`. */
  secondFactor(id: string, given: SecondFactor, context: LoginContext): Promise<void> {
    return this.#logged('', context, async () => {
      const { totp, recovery } = this.#deps.credentials;
      const { blocked, failures } = await this.#throttle.state(id, context.address);
      if (blocked !== undefined && !isLoopback(context.address)) throw LoginRefused.later(blocked);
      const right = 'code' in given ? await totp.verify(id, given.code) : await recovery.take(id, given.recoveryCode);
      if (right) {
        if (failures) await this.#throttle.forgive(id);
        return;
      }
      await this.#throttle.failed(id, context.address);
      if (blocked !== undefined) throw LoginRefused.later(blocked);
      const what =
        'code' in given ? 'This code is wrong, or was used before.' : 'This recovery code is wrong, or used.';
      throw new LoginRefused('authenticationfailed', what, 'wrong second factor');
    });
  }

  /** As `Directory.holds`. */
  async holds(id: string, credential: string, service?: Service): Promise<boolean> {
    const { store, credentials, byId, info } = this.#deps;
    const item = await byId(id);
    if (item?.enabled !== true) return false;
    if ((service === 'imap' || service === 'pop3') && !(await info(item))[service]) return false;
    const [kind, which = ''] = credential.split('/', 2);
    if (kind === 'session') return (await credentials.sessions.find(id, which)) !== undefined;
    if (kind === 'app') return (await credentials.appPasswords.find(id, which)) !== undefined;
    // Past the cache: a session that a password begins must not outlive it, also where another process has just changed it.
    return String((await store.fresh(keys.credential(id), credentialItem))?.rev) === which;
  }

  /** The reason of a refusal goes to the log. The name too where it is an address: else it may be a password in the wrong field. */
  async #logged<T>(login: string, { service, address }: LoginContext, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Refused) {
        const name = parseAddress(login);
        const reason = error instanceof LoginRefused ? error.why : error.message;
        this.#deps.log.info('login.refused', {
          service,
          address,
          ...(name === undefined ? {} : { name: formatAddress(name) }),
          reason,
        });
      }
      throw error;
    }
  }

  async #checkThrottle(name: string, address: string): Promise<void> {
    if (isLoopback(address)) return;
    const { blocked } = await this.#throttle.state(name, address);
    if (blocked !== undefined) throw LoginRefused.later(blocked);
  }

  /** Made by whichever process is the first to need it. */
  async #salts(): Promise<Buffer> {
    const { store, random } = this.#deps;
    const key = keys.salts();
    this.#secret ??= (await store.fresh(key, secretItem))?.value.secret;
    this.#secret ??= (
      await store.update(key, secretItem, (now) => {
        return now ?? { v: 1 as const, secret: Buffer.from(random.bytes(32)).toString('base64') };
      })
    ).secret;
    return Buffer.from(this.#secret, 'base64');
  }

  /** Which of the account's passwords it is. The client is not told which it was not. */
  async #check(
    account: AccountItem | undefined,
    password: string,
    name: string,
    { service, address }: LoginContext,
  ): Promise<Proof | undefined> {
    const { store, credentials } = this.#deps;
    const credential = account === undefined ? undefined : await store.credential(account.id);
    if (account !== undefined && credential !== undefined) {
      if (this.remembered.matches(account.id, credential.rev, password)) return { by: 'password', credential };
    }
    // App passwords make no sessions: whoever has one would come by all the rest.
    const app = service === 'auth' ? undefined : await credentials.appPasswords.verify(account?.id ?? '', password);
    if (app !== undefined) return { by: 'app-password', app };
    const right = await this.#gate.run(network(address), async () => {
      // Those that waited behind others' failures are throttled by them: many tries at once are no way around.
      await this.#checkThrottle(name, address);
      if (await verifyPassword(credential?.value, password)) return credential;
      // Past the cache: another process may have just changed it. As costly for an account that nobody has.
      const now = await store.fresh(keys.credential(account?.id ?? ''), credentialItem);
      if (now === undefined || now.rev === credential?.rev) return undefined;
      return (await verifyPassword(now.value, password)) ? now : undefined;
    });
    if (right === undefined || account === undefined) return undefined;
    this.remembered.remember(account.id, right.rev, password);
    return { by: 'password', credential: right };
  }
}
