import { type Item, queryAll, type Records } from '../../ports/index.ts';
import type { PushKeys } from './encryption.ts';

/** A device that wants to be pushed to (RFC 8620 section 7.2). */
export interface Subscription {
  readonly account: string;
  readonly id: string;
  /** What created it (`SignedIn.credential`), with which it goes. Absent: it was created before that was kept. */
  readonly credential?: string;
  readonly deviceClientId: string;
  readonly url: string;
  readonly keys: PushKeys | null;
  /** What was sent to the URL. */
  readonly code: string;
  /** The client has shown that it can read what is sent there. */
  readonly isVerified: boolean;
  /** Milliseconds since 1970. Absent: it was created before that was kept. */
  readonly created?: number;
  /** Milliseconds since 1970. */
  readonly expires: number;
  /** null: all. */
  readonly types: readonly string[] | null;
}

const PARTITION = 'push';

/** All that there are, in one partition: few, and read whole when a process starts. Expired ones are not given. */
export async function listSubscriptions(
  records: Records,
  now: number,
  account?: string,
): Promise<readonly Subscription[]> {
  const range = account === undefined ? {} : { from: `${account}/`, to: `${account}/~` };
  const found: Subscription[] = [];
  for await (const item of queryAll(records, { pk: PARTITION, ...range })) found.push(read(item));
  return found.filter(({ expires }) => expires > now);
}

/** `isNew`: it must not be there; else it must. Throws `ConditionFailed`. */
export async function putSubscription(records: Records, subscription: Subscription, isNew: boolean): Promise<void> {
  const { account, id, ...body } = subscription;
  const item = {
    pk: PARTITION,
    sk: `${account}/${id}`,
    body: Buffer.from(JSON.stringify({ v: 1, ...body })),
    rev: 1,
    expires: Math.ceil(subscription.expires / 1000),
  };
  await records.put(item, isNew ? 'absent' : { rev: 1 });
}

export async function deleteSubscription(records: Records, account: string, id: string): Promise<void> {
  await records.delete(PARTITION, `${account}/${id}`, 'any');
}

function read({ sk, body }: Item): Subscription {
  const [account, id] = sk.split('/') as [string, string];
  const { v: _, ...rest } = JSON.parse(Buffer.from(body).toString('utf8'));
  return { account, id, ...rest };
}
