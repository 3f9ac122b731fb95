import * as z from 'zod';
import { SIEVE } from '../capabilities.ts';
import { SetFailure } from '../errors.ts';
import { ID, type Method, method } from '../method.ts';
import { scriptContent } from './content.ts';

/** SieveScript/validate (RFC 9661 section 2.4): whether a blob could be a script, and else why not. */
export const scriptValidate: Method = method({
  capability: SIEVE,
  args: z.strictObject({ accountId: z.string(), blobId: ID }),
  async run(call, { accountId, blobId }) {
    const account = await call.account(accountId);
    try {
      await scriptContent(call, account, blobId);
      return { accountId, error: null };
    } catch (error) {
      if (!(error instanceof SetFailure)) throw error;
      return { accountId, error: error.error };
    }
  },
});
