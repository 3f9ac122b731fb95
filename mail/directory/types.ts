import type { Scope } from '../credentials/scopes.ts';
import type { Tokens } from '../credentials/sessions.ts';
import type { Limits } from '../limits.ts';
import type { Role } from './roles.ts';

/** What the rest of the system asks of the directory. `mail/directory/directory.ts` answers it. */

export interface AccountInfo extends Limits {
  /** Never used again, even after the account is gone (design: rule 15). */
  readonly id: string;
  /** Full address, lower case domain. */
  readonly address: string;
  readonly tenant: string;
  readonly enabled: boolean;
  readonly displayName?: string;
  /** Its mailboxes are its tenant's public folders. */
  readonly public?: boolean;
  /** False: others of its tenant are not told of it. */
  readonly listed?: false;
  readonly imap: boolean;
  readonly pop3: boolean;
  /** Whether it may set limits of accounts of its tenant. */
  readonly admin?: true;
  /** What it administers. Absent: nothing. */
  readonly role?: Role;
}

/** What an administrator may ask for over IMAP. */
export interface LimitsAdmin {
  /** The account as it is now. Refused: `nonexistent`, `invalid` (no address). */
  get(address: string): Promise<AccountInfo>;
  /** Sets what is given. Refused besides: a limit out of range (`invalid`). */
  set(
    address: string,
    limits: { readonly quota: number | 'none'; readonly maxMessages: number | 'none' },
  ): Promise<AccountInfo>;
}

/** Where mail for an address goes; aliases, subaddress and catch-all already followed, every account and target once. */
export type Resolution =
  | {
      readonly kind: 'local';
      readonly tenant: string;
      readonly deliveries: readonly { readonly account: string; readonly detail?: string }[];
      /** Addresses elsewhere, from aliases. */
      readonly relay: readonly string[];
      /** What an account may keep, for those of the accounts that have a limit. Absent: none has. */
      readonly quotas?: ReadonlyMap<string, Limits>;
    }
  /** The domain is ours and has no such address. */
  | { readonly kind: 'unknown' }
  /** The domain is not ours. */
  | { readonly kind: 'foreign' }
  /** The account exists and is switched off. */
  | { readonly kind: 'disabled' };

/** What somebody signs in to. `api`: JMAP; `auth`: sessions and credentials. */
export type Service = 'smtp' | 'imap' | 'pop3' | 'sieve' | 'dav' | 'api' | 'auth' | 'admin';

export interface LoginContext {
  readonly service: Service;
  /** The client's. */
  readonly address: string;
}

/** Who has signed in, and how. */
export interface SignedIn {
  readonly account: AccountInfo;
  readonly by: 'password' | 'app-password' | 'session';
  /** What he may use; `admin` only with a role. */
  readonly scopes: ReadonlySet<Scope>;
  /** Which of the account's credentials it was, for `Directory.holds`: `session/ID`, `app/ID`, `password/VERSION`. */
  readonly credential: string;
}

/** What proves, beside the password, who it is. */
export type SecondFactor = { readonly code: string } | { readonly recoveryCode: string };

/** How outgoing mail of a domain leaves. A chain is tried in order within one attempt. */
export type Route =
  | { readonly kind: 'mx' }
  | { readonly kind: 'ses' }
  | {
      readonly kind: 'smarthost';
      readonly host: string;
      readonly port: number;
      /** `implicit`: TLS from the first byte; `required`: STARTTLS or fail; `opportunistic`: STARTTLS where offered. */
      readonly tls: 'implicit' | 'required' | 'opportunistic' | 'none';
      readonly user?: string;
      readonly password?: string;
    };

export interface ScramApp {
  readonly id: string;
  readonly storedKey: string;
  readonly serverKey: string;
}

/** A SCRAM login that has begun (RFC 5802). For a name that nobody has it looks the same, and no proof is right. */
export interface ScramLogin {
  /** Ours, fresh; printable, without a comma. */
  readonly nonce: string;
  /** Base64, as are the keys; the same for a name every time. */
  readonly salt: string;
  readonly iterations: number;
  readonly storedKey: string;
  readonly serverKey: string;
  /** The keys of app passwords, which have the same salt: a proof by one of them is right too. */
  readonly apps?: readonly ScramApp[];
  /** Ends it, with whether the client's proof was right, and by which app password: counts a failure, and throws as `authenticate`. */
  finish(right: boolean, app?: ScramApp): Promise<SignedIn>;
}

/** What is shared of an account: mailboxes, or address books. */
export type SharedPart = 'mail' | 'contacts';

/** A note that an owner may share something with an account, or with a tenant; see shares.ts. */
export interface ShareHint {
  readonly pk: string;
  /** An account's id. */
  readonly owner: string;
  readonly part: SharedPart;
  /** With everybody of his tenant. */
  readonly forAll: boolean;
  /** Milliseconds since 1970 when it was put last. */
  readonly time: number;
}

export interface ShareHints {
  /** To be called, and waited for, before something is shared. */
  put(
    owner: string,
    grantee: { readonly account: string } | { readonly tenant: string },
    part?: SharedPart,
  ): Promise<void>;
  /** Who may share something of that part with an account or its tenant, itself left out; both lists are read at once. @default mail */
  for(account: AccountInfo, part?: SharedPart | 'any'): Promise<readonly ShareHint[]>;
  /** As `for`, of any part, without who may share with the account alone. */
  forTenantOf(account: AccountInfo): Promise<readonly ShareHint[]>;
  /** Deletes a hint that leads to nothing, unless it is newer than a day or was put again. */
  dropEmpty(hint: ShareHint): Promise<void>;
}

/** What sharing of mailboxes asks of the directory. Cached for some seconds. */
export interface Sharing {
  account(id: string): Promise<AccountInfo | undefined>;
  /** The account that has exactly this address: no alias, no subaddress. */
  accountNamed(address: string): Promise<AccountInfo | undefined>;
  /** The account whose mailboxes are the tenant's public folders. */
  publicAccount(tenant: string): Promise<AccountInfo | undefined>;
  readonly hints: ShareHints;
}

export interface Directory {
  /** Throws `Unavailable` when the store does not answer (SMTP: 451). */
  resolve(address: string): Promise<Resolution>;
  account(id: string): Promise<AccountInfo | undefined>;
  /**
   * Checks a password, or an app password, for a service. Throws `Refused`: `authenticationfailed` (never saying which of name and
   * password was wrong, in like time), `throttled`, `noperm` (the service is off for the account, or not what the app password is for;
   * the password alone where a second factor is set up, except for `auth`, which asks for it).
   */
  authenticate(login: string, password: string, context: LoginContext): Promise<SignedIn>;
  /** Begins a login in which the client proves that it knows the password. Throws `Refused`: `throttled`. */
  scram(login: string, context: LoginContext): Promise<ScramLogin>;
  /** Checks an access token of a session. Throws `Refused` as `authenticate`. */
  bearer(token: string, context: LoginContext): Promise<SignedIn>;
  /** New tokens for a refresh token, and whose they are. Throws `Refused`: `authenticationfailed`, `throttled`. */
  refresh(token: string, context: LoginContext): Promise<{ readonly tokens: Tokens; readonly account: AccountInfo }>;
  /** Takes a second factor of an account, once. Throws `Refused`: `authenticationfailed`, `throttled`. */
  secondFactor(account: string, given: SecondFactor, context: LoginContext): Promise<void>;
  /**
   * Whether what somebody signed in with (`SignedIn.credential`) would still do, as known in the last 15 seconds; and whether the service is
   * still on for the account, where one is named.
   */
  holds(account: string, credential: string, service?: Service): Promise<boolean>;
  /**
   * Calls `over` when what somebody signed in to a service with holds no more: at once where this process takes it back, within 45 seconds where
   * another does; one whose time is over, within 15 minutes. The result stops it.
   */
  untilEnded(account: string, credential: string, service: Service, over: () => void): () => void;
  /** Calls `listener` when what somebody signed in to an account with may hold no more, as far as this process does it; the result stops it. */
  watch(listener: (account: string) => void): () => void;
  /** Whether the account may use the address as sender (its own, its aliases, with any subaddress). */
  maySendAs(account: string, address: string): Promise<boolean>;
  /** The routes for mail of a sender's domain, first to last. Default: direct MX locally, SES in the cloud. */
  routes(senderDomain: string): Promise<readonly Route[]>;
}
