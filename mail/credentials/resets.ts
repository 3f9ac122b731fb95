import * as z from 'zod';
import { type Log, randomName } from '../ports/index.ts';
import { Refused } from '../refused.ts';
import type { AppPasswords } from './app-passwords.ts';
import { passwordReset, resetPassword } from './notices.ts';
import { OnceTokens } from './once.ts';
import type { LinkDeps, Owner, RecoveryAddresses } from './recovery-address.ts';

const MINUTE = 60_000;
const MINUTES = 30;
const HOUR = 3_600_000;
/** Of one account: whoever else asks is told nothing, and mails nothing. */
const OF_ACCOUNT = { most: 3, windowMs: HOUR };
const OF_CLIENT = { most: 10, windowMs: HOUR };
/** Everybody who asks waits so long: more than the look-up and the mail take, so that the time tells nothing. */
const ANSWER_MS = 1_000;

const RESET = {
  name: 'reset',
  forMs: MINUTES * MINUTE,
  means: z.object({ account: z.string(), address: z.string() }),
  refusal: 'This link was used already, or its time is over. Ask for another.',
};

interface Deps extends LinkDeps {
  readonly log: Log;
  readonly addresses: RecoveryAddresses;
  /** The account that signs in by that name, if it is there and switched on. */
  readonly named: (login: string) => Promise<Owner | undefined>;
  readonly passwords: {
    /** Throws `Refused` where it is none for anybody. */
    check(password: string): void;
    /** Ends all sessions, too. */
    set(address: string, password: string): Promise<void>;
  };
  readonly appPasswords: Pick<AppPasswords, 'revokeAll'>;
}

/** A new password for who has forgotten his, by a link to the recovery address. A second factor is asked for as before. */
export class Resets {
  readonly #deps: Deps;
  readonly #tokens: OnceTokens<{ account: string; address: string }>;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#tokens = new OnceTokens(deps, RESET);
  }

  /**
   * Mails a link, if there is such an account, with a confirmed address. Whether there is, whoever asks does not learn: not by
   * the answer, and not by when it comes. `client`: what counts as one client address. Refused: `throttled`, for any name alike.
   */
  async ask(login: string, client: string): Promise<void> {
    const { counts, clock, log } = this.#deps;
    if (!(await counts.take('reset-client', client, OF_CLIENT))) {
      throw new Refused('throttled', 'Too many passwords were asked for from your network. Try again in an hour.');
    }
    const mailing = this.#mail(login).catch((error: unknown) => log.error('reset.failed', { error: String(error) }));
    await Promise.all([mailing, clock.sleep(ANSWER_MS)]);
  }

  /**
   * Sets the password, signs everybody out, and tells the recovery address. A password that is refused leaves the link as it
   * is. Refused: `invalid`.
   */
  async finish(token: string, password: string, appPasswords: 'keep' | 'remove'): Promise<Owner> {
    const deps = this.#deps;
    deps.passwords.check(password);
    const { account, address } = await this.#tokens.spend(token);
    const owner = await deps.account(account);
    // The address that the link went to may be the account's no more.
    if (owner === undefined || (await deps.addresses.get(account)).address !== address) {
      throw new Refused('invalid', RESET.refusal);
    }
    await deps.passwords.set(owner.address, password);
    if (appPasswords === 'remove') await deps.appPasswords.revokeAll(account);
    const id = randomName(deps.random, 26);
    await deps.post({ id, to: address, account: owner, ...passwordReset(owner.address, appPasswords) });
    return owner;
  }

  async #mail(login: string): Promise<void> {
    const { named, addresses, counts, page, post, random } = this.#deps;
    const owner = await named(login);
    if (owner === undefined) return;
    const { address } = await addresses.get(owner.id);
    if (address === undefined || !(await counts.take('reset', owner.id, OF_ACCOUNT))) return;
    const token = await this.#tokens.make({ account: owner.id, address });
    const link = `${await page('reset')}#${token}`;
    await post({
      id: randomName(random, 26),
      to: address,
      account: owner,
      ...resetPassword(owner.address, link, MINUTES),
    });
  }
}
