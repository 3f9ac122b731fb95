import type { Clock, Random } from '../ports/index.ts';
import { Refused } from '../refused.ts';
import { base32 } from './base32.ts';
import { keys, totpItem } from './items.ts';
import { otpauthUri, stepOf } from './one-time.ts';
import type { Secrets } from './secrets.ts';
import type { CredentialStore } from './store.ts';

/** RFC 4226 section 4 recommends 160 bits. */
const SECRET = 20;
const SEAL = 'totp';
/** A secret that was asked for and not confirmed is forgotten. */
const PENDING_MS = 3_600_000;

interface Deps {
  readonly store: CredentialStore;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly random: Random;
}

/** Codes of an authenticator program (RFC 6238). Whether they are asked for is said by the account's factors. */
export class Totp {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** A new secret, which counts once a code of it is given. `issuer` and `name` say in the program what it is for. */
  async begin(
    account: string,
    issuer: string,
    name: string,
  ): Promise<{ readonly secret: string; readonly uri: string }> {
    const { store, secrets, clock, random } = this.#deps;
    const secret = random.bytes(SECRET);
    const sealed = await secrets.seal(SEAL, account, secret);
    const pending = { sealed, made: clock.now() };
    await store.update(keys.totp(account), totpItem, (now) => ({ ...now, v: 1 as const, pending }));
    return { secret: base32(secret), uri: otpauthUri(issuer, name, secret) };
  }

  /** Takes the new secret into use. Refused: `invalid` (the code), `nonexistent` (nothing was begun). */
  async confirm(account: string, code: string): Promise<void> {
    const { store, secrets, clock } = this.#deps;
    const now = clock.now();
    const at = keys.totp(account);
    const pending = (await store.fresh(at, totpItem))?.value.pending;
    if (pending === undefined || pending.made + PENDING_MS <= now) {
      throw new Refused('nonexistent', 'Begin to set up the authenticator first: there is no new secret.');
    }
    const step = stepOf(await secrets.open(SEAL, account, pending.sealed), digitsOf(code), now, -1);
    if (step === undefined) {
      throw new Refused('invalid', 'That is not the code which the authenticator shows now. Look at its clock too.');
    }
    await store.update(at, totpItem, (item) => {
      if (item?.pending?.sealed !== pending.sealed) throw new Refused('nonexistent', 'Another secret was made since.');
      return { v: 1 as const, active: { sealed: pending.sealed, since: now, last: step } };
    });
  }

  /** Whether the code is right, and is now taken: never again. */
  async verify(account: string, code: string): Promise<boolean> {
    const { store, secrets, clock } = this.#deps;
    const at = keys.totp(account);
    const active = (await store.fresh(at, totpItem))?.value.active;
    if (active === undefined) return false;
    const secret = await secrets.open(SEAL, account, active.sealed);
    const step = stepOf(secret, digitsOf(code), clock.now(), active.last);
    if (step === undefined) return false;
    try {
      await store.update(at, totpItem, (item) => {
        // Two that give one code at once: the second finds it taken.
        if (item?.active?.sealed !== active.sealed || item.active.last >= step) throw new CodeTaken();
        return { ...item, active: { ...item.active, last: step } };
      });
      return true;
    } catch (error) {
      if (error instanceof CodeTaken) return false;
      throw error;
    }
  }

  async remove(account: string): Promise<void> {
    await this.#deps.store.remove(keys.totp(account));
  }
}

class CodeTaken extends Error {}

/** People write "123 456". */
function digitsOf(code: string): string {
  return code.replace(/\s/g, '');
}
