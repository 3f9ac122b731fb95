import * as z from 'zod';
import { type Account, emailId } from '../../account/types.ts';
import { messageIds } from '../../message/summarize.ts';
import { blobOf } from '../blob/blob.ts';
import { MDN } from '../capabilities.ts';
import { factsOf } from '../email/facts.ts';
import { MethodError } from '../errors.ts';
import { ID, type Method, method } from '../method.ts';
import { inParallel } from '../parallel.ts';
import { LIMITS } from '../request.ts';
import { readMdn } from './read.ts';

/** Blobs that are in memory at the same time. */
const AT_ONCE = 2;
/** Emails of a thread that are looked at for the one that is meant. */
const MOST = 1000;

/** MDN/parse (RFC 9007 section 2.2): blobs read as notifications. */
export const mdnParse: Method = method({
  capability: MDN,
  args: z.strictObject({ accountId: z.string(), blobIds: z.array(ID) }),
  async run(call, { accountId, blobIds }) {
    const account = await call.account(accountId);
    if (blobIds.length > LIMITS.maxObjectsInGet) {
      throw new MethodError('requestTooLarge', `At most ${LIMITS.maxObjectsInGet} blobs at once`);
    }
    const parsed: Record<string, unknown> = Object.create(null);
    const notParsable: string[] = [];
    const notFound: string[] = [];
    await inParallel([...new Set(blobIds)], AT_ONCE, async (given) => {
      const blob = await blobOf(call, account, call.idOf(given) ?? given);
      if (blob === undefined) return void notFound.push(given);
      const mdn = blob.size > LIMITS.maxSizeUpload ? undefined : await readMdn(await blob.bytes(LIMITS.maxSizeUpload));
      if (mdn === undefined) return void notParsable.push(given);
      parsed[given] = { ...mdn, forEmailId: await emailWith(account, mdn.originalMessageId) };
    });
    const orNull = (ids: readonly string[]) => (ids.length === 0 ? null : ids);
    return {
      accountId,
      parsed: Object.keys(parsed).length === 0 ? null : parsed,
      notParsable: orNull(notParsable),
      notFound: orNull(notFound),
    };
  },
});

/** The email with that Message-ID, where there is one and no other. */
async function emailWith(account: Account, field: string | null): Promise<string | null> {
  const [id, ...more] = messageIds(field ?? '');
  if (id === undefined || more.length > 0) return null;
  const { state } = account;
  const thread = state.threadWith?.(id);
  if (thread === undefined) return null;
  const numbers = state.inThread(thread).filter((number) => factsOf(state, number) !== undefined);
  const emails = await account.emails(numbers.slice(0, MOST));
  const [found, ...others] = [...emails.values()].filter(({ summary }) => summary.messageId === id);
  return found === undefined || others.length > 0 ? null : emailId(found.email);
}
