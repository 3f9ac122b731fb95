import type { Clock, Log, Random } from '../ports/index.ts';
import { AppPasswords } from './app-passwords.ts';
import type { ScramKeys } from './items.ts';
import { SignOnLinks } from './links.ts';
import { Passkeys, type RelyingParty } from './passkeys.ts';
import { RecoveryCodes } from './recovery.ts';
import { Secrets } from './secrets.ts';
import { type Lifetimes, Sessions } from './sessions.ts';
import type { CredentialStore } from './store.ts';
import { Totp } from './totp.ts';

/** All that signs in to an account besides its password. */
export interface Credentials {
  readonly secrets: Secrets;
  readonly sessions: Sessions;
  readonly appPasswords: AppPasswords;
  readonly totp: Totp;
  readonly recovery: RecoveryCodes;
  readonly passkeys: Passkeys;
  readonly links: SignOnLinks;
  /** Calls `listener` when something that signed in to an account does so no more, in this process; the result stops it. */
  watch(listener: (account: string) => void): () => void;
  /** To be called, and waited for, when the password, the account or its being switched on has changed. */
  changed(account: string): Promise<void>;
}

export function createCredentials(deps: {
  readonly store: CredentialStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly relyingParty: () => Promise<RelyingParty>;
  readonly lifetimes: () => Promise<Lifetimes>;
  /** Tells other processes that something that signed in to an account does so no more. */
  readonly tell: (account: string) => Promise<void>;
  /** As `AppPasswords` wants it. */
  readonly scramKeys: (account: string, password: string) => Promise<ScramKeys | undefined>;
}): Credentials {
  const listeners = new Set<(account: string) => void>();
  const ended = (account: string) => {
    for (const listener of listeners) listener(account);
    return deps.tell(account);
  };
  const secrets = new Secrets(deps.store, deps.random);
  const all = { ...deps, secrets, ended };
  return {
    secrets,
    sessions: new Sessions(all),
    appPasswords: new AppPasswords(all),
    totp: new Totp(all),
    recovery: new RecoveryCodes(all),
    passkeys: new Passkeys(all),
    links: new SignOnLinks(all),
    watch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    changed: ended,
  };
}
