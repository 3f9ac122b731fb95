import type { Audit } from '../audit/audit.ts';
import type { DirectoryService } from '../directory/directory.ts';
import type { Clock, Log, Random } from '../ports/index.ts';

/** What the API of sign-ins and credentials is made of. */
export interface AuthDeps {
  readonly directory: DirectoryService;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Our name, which stands beside the account's in authenticator programs. */
  readonly hostname: string;
  readonly version: () => string;
}
