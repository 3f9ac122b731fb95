import * as z from 'zod';
import { type Account, emailNumber } from '../../account/types.ts';
import { UNSUBSCRIBE_URN } from '../capabilities.ts';
import { factsOf } from '../email/facts.ts';
import { headerValue, instances, type RawField, rawFields } from '../email/header-forms.ts';
import { headerProperty } from '../email/header-property.ts';
import { MethodError, type SetError, SetFailure } from '../errors.ts';
import { type Call, ID, type Method, method } from '../method.ts';
import { inParallel } from '../parallel.ts';
import { setError } from '../standard/set.ts';
import { MAX_UNSUBSCRIBE } from './limits.ts';

const MAX_HEADER = 256 * 1024;
const AT_ONCE = 5;
const LINKS = headerProperty('header:List-Unsubscribe:asURLs:all');
const POST = headerProperty('header:List-Unsubscribe-Post:asText:all');

/**
 * List/unsubscribe (docs/jmap.md): leaves the lists that emails came from with one click (RFC 8058), in the user's place. What is asked is
 * in the email: a client cannot have any other address asked.
 */
export const listUnsubscribe: Method = method({
  capability: UNSUBSCRIBE_URN,
  args: z.strictObject({ accountId: z.string(), emailIds: z.array(ID) }),
  async run(call, { accountId, emailIds }) {
    const account = await call.account(accountId);
    if (call.deps.lists === undefined) throw new MethodError('forbidden', 'This server leaves no lists');
    if (emailIds.length > MAX_UNSUBSCRIBE) {
      throw new MethodError('requestTooLarge', `At most ${MAX_UNSUBSCRIBE} emails at once`);
    }
    const unsubscribed: Record<string, { readonly host: string }> = {};
    const notUnsubscribed: Record<string, SetError> = {};
    await inParallel([...new Set(emailIds)], AT_ONCE, async (id) => {
      try {
        const url = oneClickUrl(await fieldsOf(call, account, emailNumber(call.idOf(id) ?? '')));
        await call.deps.lists!.leave(call.user.id, url);
        unsubscribed[id] = { host: new URL(url).host };
      } catch (error) {
        notUnsubscribed[id] = setError(error);
      }
    });
    return { accountId, unsubscribed, notUnsubscribed };
  },
});

async function fieldsOf(call: Call, account: Account, number: number | undefined): Promise<readonly RawField[]> {
  const facts = number === undefined ? undefined : factsOf(account.state, number);
  const email = facts && (await account.emails([facts.number])).get(facts.number);
  if (email === undefined) throw new SetFailure('notFound', 'There is no such email');
  const end = Math.min(email.summary.headerEnd, MAX_HEADER);
  return end === 0 ? [] : rawFields(await call.deps.blobs.get(email.blob, { start: 0, end }));
}

/** RFC 8058 section 3.1: one https URL among those of the one List-Unsubscribe, and the one pair in List-Unsubscribe-Post. */
function oneClickUrl(fields: readonly RawField[]): string {
  const [links, ...moreLinks] = headerValue(instances(fields, LINKS), LINKS) as (readonly string[] | null)[];
  const [post, ...morePosts] = headerValue(instances(fields, POST), POST) as string[];
  const url = links?.find((link) => /^https:\/\//i.test(link) && URL.canParse(link));
  const isSaid = post?.trim().toLowerCase() === 'list-unsubscribe=one-click';
  if (url === undefined || !isSaid || moreLinks.length > 0 || morePosts.length > 0) {
    throw new SetFailure('notOneClick', 'This email does not say how to leave its list with one click');
  }
  return url;
}
