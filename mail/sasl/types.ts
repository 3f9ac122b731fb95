import type { AccountInfo, Directory, Service, SignedIn } from '../directory/types.ts';
import type { TlsState } from '../ports/index.ts';
import { Refused } from '../refused.ts';

/** What a mechanism needs to know of the connection and the directory. */
export interface SaslContext {
  readonly directory: Pick<Directory, 'authenticate' | 'scram' | 'bearer'>;
  readonly service: Service;
  /** The client's address. */
  readonly address: string;
  /** Absent in cleartext. */
  readonly tls: TlsState | undefined;
}

/** Bytes for the client to answer, or who it has proved to be. */
export type SaslStep = { readonly challenge: string | Uint8Array } | { readonly signedIn: SignedIn };

/**
 * One authentication (RFC 4422 section 3). `next` takes what the client said, decoded; undefined where it gave no initial response.
 * Throws `Malformed`, `WrongIdentity`, other `Refused`, `Unavailable`; after any of them the exchange is over.
 */
export interface SaslExchange {
  next(response: Buffer | undefined): Promise<SaslStep>;
}

/** A response that is not what the mechanism asks for: the client's syntax. */
export class Malformed extends Error {
  override readonly name = 'Malformed';
}

/** The password is right, and the client wants to act for somebody else. */
export class WrongIdentity extends Refused {
  constructor() {
    super('noperm', 'You can log in as yourself only');
  }
}

/** Throws `WrongIdentity` unless the identity to act for is nobody in particular, the name given, or the account's address. */
export function checkIdentity(identity: string, name: string, account: AccountInfo): void {
  const as = identity.toLowerCase();
  if (as !== '' && as !== name.toLowerCase() && as !== account.address.toLowerCase()) throw new WrongIdentity();
}
