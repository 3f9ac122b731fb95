import type { State } from '../../account/types.ts';
import { kept, type Limits } from '../../limits.ts';

/** A Quota object (RFC 9425 section 4.1). */
export interface Quota {
  readonly id: 'octets' | 'count';
  readonly resourceType: 'octets' | 'count';
  readonly used: number;
  readonly hardLimit: number;
  readonly scope: 'account';
  readonly name: string;
  readonly types: readonly ['Email'];
  readonly warnLimit: number;
  readonly softLimit: null;
  readonly description: string;
}

/** What a client shows a warning at. */
const WARN_SHARE = 0.9;

/** One for each limit that the account has. */
export function quotas(limits: Limits, state: State): readonly Quota[] {
  const { bytes, messages } = kept(state);
  return [
    quota('octets', bytes, limits.quota, 'Storage', 'Bytes of all messages, each counted once'),
    quota('count', messages, limits.maxMessages, 'Messages', 'Messages, counted in each mailbox that they are in'),
  ].filter((one) => one !== undefined);
}

function quota(
  id: Quota['id'],
  used: number,
  hardLimit: number | undefined,
  name: string,
  description: string,
): Quota | undefined {
  if (hardLimit === undefined) return undefined;
  return {
    id,
    resourceType: id,
    used,
    hardLimit,
    scope: 'account',
    name,
    types: ['Email'],
    warnLimit: Math.floor(hardLimit * WARN_SHARE),
    softLimit: null,
    description,
  };
}

/** What a state says of a quota. */
export type Known = Readonly<Partial<Record<Quota['id'], { readonly used: number; readonly hardLimit: number }>>>;

/**
 * The state of all quotas is what they say: limits are set in the directory, which has no history, and so it needs none. Two states
 * are the same where, and only where, the objects are.
 */
export function quotaState(limits: Limits, state: State): string {
  return quotas(limits, state)
    .map(({ id, used, hardLimit }) => `${id}-${used}-${hardLimit}`)
    .concat('quotas')
    .join('_');
}

/** Reads a state; undefined where it is none. */
export function parseQuotaState(text: string): Known | undefined {
  const match = /^(?:octets-(\d{1,16})-(\d{1,16})_)?(?:count-(\d{1,16})-(\d{1,16})_)?quotas$/.exec(text);
  if (match === null) return undefined;
  const [, bytes, maxBytes, messages, maxMessages] = match;
  return {
    ...(bytes === undefined ? {} : { octets: { used: Number(bytes), hardLimit: Number(maxBytes) } }),
    ...(messages === undefined ? {} : { count: { used: Number(messages), hardLimit: Number(maxMessages) } }),
  };
}
