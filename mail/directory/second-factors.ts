import type { Credentials } from '../credentials/credentials.ts';
import { Refused } from '../refused.ts';
import type { AccountAdmin } from './accounts.ts';
import type { Factor } from './items.ts';

export interface FactorsInfo {
  readonly factors: readonly Factor[];
  /** That have not been used. */
  readonly recoveryCodes: number;
}

interface Deps {
  readonly credentials: Pick<Credentials, 'totp' | 'recovery' | 'passkeys'>;
  readonly accounts: Pick<AccountAdmin, 'factors' | 'setFactor'>;
}

/**
 * What an account is asked for beside its password. That it is asked for stands with the password (`factors`); the factor itself is
 * an item of its own, which is there before that and gone after it.
 */
export class SecondFactors {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  async of(account: string): Promise<FactorsInfo> {
    const { credentials, accounts } = this.#deps;
    const [factors, recoveryCodes] = await Promise.all([accounts.factors(account), credentials.recovery.left(account)]);
    return { factors, recoveryCodes };
  }

  /** Takes an authenticator into use. Gives recovery codes where there are none. Refused: as `Totp.confirm`. */
  async confirmTotp(account: string, code: string): Promise<readonly string[] | undefined> {
    await this.#deps.credentials.totp.confirm(account, code);
    return this.add(account, 'totp');
  }

  /** Asks for a factor that is there from now on. Gives recovery codes, never to be seen again, where there are none. */
  async add(account: string, factor: Factor): Promise<readonly string[] | undefined> {
    const { credentials, accounts } = this.#deps;
    await accounts.setFactor(account, factor, true);
    const { recovery } = credentials;
    return (await recovery.left(account)) > 0 ? undefined : recovery.make(account);
  }

  /** Asks for it no more. Recovery codes go with the last one. */
  async remove(account: string, factor: Factor): Promise<void> {
    const { credentials, accounts } = this.#deps;
    await accounts.setFactor(account, factor, false);
    if (factor === 'totp') await credentials.totp.remove(account);
    if ((await accounts.factors(account)).length === 0) await credentials.recovery.remove(account);
  }

  /** New recovery codes; those from before count no more. Refused: `cannot` (nothing is asked for beside the password). */
  async newRecoveryCodes(account: string): Promise<readonly string[]> {
    if ((await this.#deps.accounts.factors(account)).length === 0) {
      throw new Refused('cannot', 'Recovery codes stand in for a second factor: set one up first.');
    }
    return this.#deps.credentials.recovery.make(account);
  }

  /**
   * For an administrator, when somebody has lost them all: the password alone signs in again. Gives what was asked for. Passkeys go
   * too, also those that were not asked for: the device that has them is lost.
   */
  async removeAll(account: string): Promise<readonly Factor[]> {
    const { accounts, credentials } = this.#deps;
    const there = await accounts.factors(account);
    for (const factor of there) await this.remove(account, factor);
    for (const { id } of await credentials.passkeys.list(account)) await credentials.passkeys.remove(account, id);
    return there;
  }
}
