import { accountOf, bareId } from '../api/ids.ts';
import { call, mailAccount } from '../api/jmap.ts';
import { type Refusals, throwRefused } from '../api/method-error.ts';

/** Copies what is in the account of another into one's own, where a message of one's own can name it (RFC 8620 section 6.3). Gives the new ids. */
export async function blobsHere(blobIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const fromAccountId = blobIds.map(accountOf).find((account) => account !== undefined);
  if (fromAccountId === undefined) return new Map();
  const { copied, notCopied } = await call<{ copied: Readonly<Record<string, string>> | null; notCopied: Refusals }>(
    'Blob/copy',
    { fromAccountId, accountId: await mailAccount(), blobIds: [...new Set(blobIds.map(bareId))] },
  );
  throwRefused(notCopied);
  return new Map(blobIds.map((id) => [id, copied![bareId(id)]!]));
}
