import type { Resolution } from '../directory/types.ts';
import type { Usage } from '../inbound/usage.ts';
import { broken, type Kept } from '../limits.ts';
import type { Session } from './session.ts';

type Local = Extract<Resolution, { kind: 'local' }>;

/**
 * Whether nobody behind a recipient has room for a message of `size` bytes (0: not known): every account is over a limit, and
 * there is nobody elsewhere. Where an alias leads to several, one that has room is enough, and all of them get the message:
 * one full mailbox must not keep a message from the others, and after the 250 it is always filed (design: rule 14).
 */
export async function isFull(session: Session, size: number, { deliveries, relay, quotas }: Local): Promise<boolean> {
  const { usage } = session.options;
  if (usage === undefined || quotas === undefined || relay.length > 0) return false;
  for (const { account } of deliveries) {
    const quota = quotas.get(account);
    const more = { bytes: Math.max(1, size), messages: 1 };
    if (quota === undefined || broken(quota, await used(session, usage, account), more) === undefined) return false;
  }
  return true;
}

/** An account that cannot be looked at now is taken to have room: what is queued for it waits until it can be filed. */
async function used(session: Session, usage: Usage, account: string): Promise<Kept> {
  try {
    return await usage(account);
  } catch (error) {
    session.options.log.warn('smtp.usageUnknown', { account, error: (error as Error).message });
    return { bytes: 0, messages: 0 };
  }
}
