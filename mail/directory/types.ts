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

export type Service = 'smtp' | 'imap' | 'pop3' | 'sieve' | 'api';

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

/** A SCRAM login that has begun (RFC 5802). For a name that nobody has it looks the same, and no proof is right. */
export interface ScramLogin {
  /** Ours, fresh; printable, without a comma. */
  readonly nonce: string;
  /** Base64, as are the keys; the same for a name every time. */
  readonly salt: string;
  readonly iterations: number;
  readonly storedKey: string;
  readonly serverKey: string;
  /** Ends it, with whether the client's proof was right: counts a failure, and throws as `authenticate` does. */
  finish(right: boolean): Promise<AccountInfo>;
}

/** A note that an owner may share something with an account, or with a tenant; see shares.ts. */
export interface ShareHint {
  readonly pk: string;
  /** An account's id. */
  readonly owner: string;
  /** Milliseconds since 1970 when it was put last. */
  readonly time: number;
}

export interface ShareHints {
  /** To be called, and waited for, before something is shared. */
  put(owner: string, grantee: { readonly account: string } | { readonly tenant: string }): Promise<void>;
  /** Who may share something with an account, itself left out; both lists are read at once. */
  for(account: AccountInfo): Promise<readonly ShareHint[]>;
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
   * Checks a password for a service. Throws `Refused`: `authenticationfailed` (never saying which of name and password was wrong,
   * in like time), `throttled`, `noperm` (the service is off for the account).
   */
  authenticate(
    login: string,
    password: string,
    context: { readonly service: Service; readonly address: string },
  ): Promise<AccountInfo>;
  /** Begins a login in which the client proves that it knows the password. Throws `Refused`: `throttled`. */
  scram(login: string, context: { readonly service: Service; readonly address: string }): Promise<ScramLogin>;
  /** Whether the account may use the address as sender (its own, its aliases, with any subaddress). */
  maySendAs(account: string, address: string): Promise<boolean>;
  /** The routes for mail of a sender's domain, first to last. Default: direct MX locally, SES in the cloud. */
  routes(senderDomain: string): Promise<readonly Route[]>;
}
