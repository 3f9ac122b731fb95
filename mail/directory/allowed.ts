import type { AppPassword } from '../credentials/app-passwords.ts';
import { ALL_SCOPES, type Scope } from '../credentials/scopes.ts';
import type { SessionInfo } from '../credentials/sessions.ts';
import type { CredentialItem, Kept } from './items.ts';
import { LoginRefused } from './login-refused.ts';
import type { AccountInfo, Service, SignedIn } from './types.ts';

/** What proved who it is. */
export type Proof =
  | { readonly by: 'password'; readonly credential: Kept<CredentialItem> }
  | { readonly by: 'app-password'; readonly app: AppPassword }
  | { readonly by: 'session'; readonly session: SessionInfo };

const NEEDS: Readonly<Record<Service, Scope>> = {
  imap: 'imap',
  pop3: 'pop3',
  smtp: 'smtp',
  dav: 'dav',
  sieve: 'mail',
  api: 'mail',
  auth: 'account',
  admin: 'admin',
};

/** What the one who has proved to own the account may do with a service. Throws `LoginRefused`. */
export function allowed(account: AccountInfo, service: Service, proof: Proof): SignedIn {
  if (!account.enabled) {
    throw new LoginRefused('noperm', 'This account is switched off. Ask your administrator.', 'the account is off');
  }
  if ((service === 'imap' && !account.imap) || (service === 'pop3' && !account.pop3)) {
    const message = `${service.toUpperCase()} is switched off for this account. Ask your administrator.`;
    throw new LoginRefused('noperm', message, `${service} is off`);
  }
  // Who has set up a second factor is asked for it; the other protocols cannot ask.
  if (proof.by === 'password' && service !== 'auth' && (proof.credential.value.factors ?? []).length > 0) {
    const message = 'This account has a second factor: use an app password, made in its settings.';
    throw new LoginRefused('noperm', message, 'the password alone is not enough');
  }
  const scopes = scopesOf(account, proof);
  if (!scopes.has(NEEDS[service])) {
    const what = proof.by === 'app-password' ? 'This app password' : 'This token';
    throw new LoginRefused('noperm', `${what} is not for ${NAMES[service]}.`, `no scope ${NEEDS[service]}`);
  }
  return { account, by: proof.by, scopes, credential: credentialOf(proof) };
}

const NAMES: Readonly<Record<Service, string>> = {
  imap: 'IMAP',
  pop3: 'POP3',
  smtp: 'sending by SMTP',
  dav: 'calendars and contacts',
  sieve: 'ManageSieve',
  api: 'JMAP',
  auth: 'changing the account',
  admin: 'administration',
};

function scopesOf({ role }: AccountInfo, proof: Proof): ReadonlySet<Scope> {
  const scopes = new Set<Scope>(
    proof.by === 'password' ? ALL_SCOPES : proof.by === 'session' ? proof.session.scopes : proof.app.scopes,
  );
  if (role === undefined) scopes.delete('admin');
  return scopes;
}

function credentialOf(proof: Proof): string {
  if (proof.by === 'session') return `session/${proof.session.id}`;
  return proof.by === 'app-password' ? `app/${proof.app.id}` : `password/${proof.credential.rev}`;
}
