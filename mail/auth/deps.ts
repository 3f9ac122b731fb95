import type { Audit } from '../audit/audit.ts';
import type { DirectoryService } from '../directory/directory.ts';
import type { Outgoing } from '../outbound/submit.ts';
import type { Clock, Log, OpenId, Random, Records } from '../ports/index.ts';
import type { Doors } from './doors.ts';

/** What the API of sign-ins and credentials is made of. */
export interface AuthDeps {
  readonly directory: DirectoryService;
  readonly audit: Audit;
  readonly records: Records;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Our name, which stands beside the account's in authenticator programs. */
  readonly hostname: string;
  readonly version: () => string;
  /** Servers elsewhere that say who somebody is. */
  readonly openId: OpenId;
  /** Sends a message made here: `submitBytes` of mail/outbound. */
  readonly submit: (outgoing: Outgoing, bytes: Uint8Array) => Promise<unknown>;
}

/** What its handlers work with. */
export interface AuthParts extends AuthDeps {
  readonly doors: Doors;
}
