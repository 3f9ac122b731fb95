import * as z from 'zod';
import type { Account } from '../../account/types.ts';
import { CORE } from '../capabilities.ts';
import { MethodError, SetFailure } from '../errors.ts';
import { type Call, ID, type Method, method } from '../method.ts';
import { LIMITS } from '../request.ts';
import { setError } from '../standard/set.ts';
import { blobOf } from './blob.ts';
import { putUpload } from './uploads.ts';

const ARGS = z.strictObject({ fromAccountId: z.string(), accountId: z.string(), blobIds: z.array(ID) });

/** Blob/copy (RFC 8620 section 6.3). */
export const blobCopy: Method = method({
  capability: CORE,
  args: ARGS,
  async run(call, { fromAccountId, accountId, blobIds }) {
    const to = await call.account(accountId);
    const from = await source(call, fromAccountId);
    if (blobIds.length > LIMITS.maxObjectsInSet) {
      throw new MethodError('requestTooLarge', `At most ${LIMITS.maxObjectsInSet} blobs at once`);
    }
    // Clients name the keys: `__proto__` must be one like others.
    const copied: Record<string, string> = Object.create(null);
    const notCopied: Record<string, unknown> = Object.create(null);
    for (const id of new Set(blobIds)) {
      try {
        copied[id] = await copy(call, from, to, call.idOf(id) ?? id);
      } catch (error) {
        notCopied[id] = setError(error);
      }
    }
    const orNull = (map: object) => (Object.keys(map).length === 0 ? null : map);
    return { fromAccountId, accountId, copied: orNull(copied), notCopied: orNull(notCopied) };
  },
});

async function source(call: Call, id: string): Promise<Account> {
  try {
    return await call.account(id);
  } catch (error) {
    if (!(error instanceof MethodError)) throw error;
    throw new MethodError('fromAccountNotFound', error.message);
  }
}

/** Within one account a blob is where it is. */
async function copy(call: Call, from: Account, to: Account, id: string): Promise<string> {
  const blob = await blobOf(call, from, id);
  if (blob === undefined) throw new SetFailure('notFound', `There is no blob ${id}`);
  if (from.id === to.id) return id;
  if (blob.size > LIMITS.maxSizeUpload)
    throw new SetFailure('tooLarge', `A blob has at most ${LIMITS.maxSizeUpload} bytes`);
  const { name } = await putUpload(call.deps, call.uploads(to.id), blob.stream(), blob.type);
  return `u${name}`;
}
