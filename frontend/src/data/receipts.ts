import { accountOf } from '../api/ids.ts';
import { call, openSession } from '../api/jmap.ts';
import { type Refusals, throwRefused } from '../api/method-error.ts';
import { email, take, update } from './emails.ts';
import { readIdentities } from './identities.ts';
import { identityFor } from './reply.ts';
import type { Message } from './types.ts';

const MDN = 'urn:ietf:params:jmap:mdn';

/** Whether a message asks to be told that it was read (RFC 8098 section 2.1), and nobody has answered it yet. */
export async function asksForReceipt(one: Message, own: string): Promise<boolean> {
  const asked = one['header:Disposition-Notification-To:asAddresses'];
  if (!asked?.length || '$mdnsent' in one.keywords || '$draft' in one.keywords || '$junk' in one.keywords) return false;
  // Who reads in another's name does not answer in his.
  if (accountOf(one.id) !== undefined) return false;
  if (one.from?.some(({ email: from }) => from.toLowerCase() === own.toLowerCase())) return false;
  return MDN in (await openSession()).capabilities;
}

/** Says that it was read (RFC 9007 section 2.1). Throws what the server refused. */
export async function sendReceipt(one: Message): Promise<void> {
  const identities = await readIdentities();
  const identity = identityFor(identities, one) ?? identities[0];
  if (identity === undefined) throw new Error('There is no address to answer from.');
  const { notSent } = await call<{ notSent: Refusals }>('MDN/send', {
    identityId: identity.id,
    send: {
      receipt: {
        forEmailId: one.id,
        disposition: { actionMode: 'manual-action', sendingMode: 'mdn-sent-manually', type: 'displayed' },
      },
    },
    onSuccessUpdateEmail: { '#receipt': { 'keywords/$mdnsent': true } },
  });
  throwRefused(notSent);
  const shown = email(one.id).peek();
  if (shown !== undefined) take([{ ...shown, keywords: { ...shown.keywords, $mdnsent: true } }]);
}

/** Nobody is told, and nobody asks again: RFC 3503 section 3.1 has the keyword stand for that as well. */
export function declineReceipt(one: Message): Promise<void> {
  return update({ [one.id]: { 'keywords/$mdnsent': true } });
}
