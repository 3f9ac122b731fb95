import { call, openSession } from '../api/jmap.ts';
import type { Refusals } from '../api/method-error.ts';
import { update } from './emails.ts';
import type { Message } from './types.ts';

/** Mailing lists, and how they are left. */

const CAPABILITY = 'https://postern.example/jmap/unsubscribe';
/** What other programs know of it, too. */
export const LEFT = '$unsubscribed';

/** How a message says that its list is left, the way that asks least of the reader first. */
export interface WayOut {
  /** `click`: our server does it (docs/jmap.md, "Leaving lists"). */
  readonly kind: 'click' | 'mail' | 'page';
  readonly href: string;
}

/** RFC 8058 section 3.1, RFC 2369 section 3.2. By mail rather than by a page: that it was read from here is told to nobody else. */
export function waysOut(one: Message, canClick: boolean): readonly WayOut[] {
  const urls = (one['header:List-Unsubscribe:asURLs'] ?? []).filter((url) => URL.canParse(url));
  const mail = urls.find((url) => /^mailto:/i.test(url));
  const page = urls.find((url) => /^https:\/\//i.test(url));
  const isClick = /^\s*list-unsubscribe=one-click\s*$/i.test(one['header:List-Unsubscribe-Post:asText'] ?? '');
  return [
    ...(page !== undefined && isClick && canClick ? [{ kind: 'click', href: page } as const] : []),
    ...(mail !== undefined ? [{ kind: 'mail', href: mail } as const] : []),
    ...(page !== undefined ? [{ kind: 'page', href: page } as const] : []),
  ];
}

/** Whether the server leaves lists for its users. */
export async function canLeaveLists(): Promise<boolean> {
  return CAPABILITY in (await openSession()).capabilities;
}

/** Has the server ask to leave the list of a message. Gives why it was not done (docs/jmap.md); undefined where it was. Throws `ApiError`. */
export async function leaveList(id: string): Promise<string | undefined> {
  const { notUnsubscribed } = await call<{ notUnsubscribed: Refusals }>('List/unsubscribe', { emailIds: [id] });
  const refusal = Object.values(notUnsubscribed ?? {})[0];
  if (refusal !== undefined) return refusal.type;
  // It is left whether or not that can be noted.
  await update({ [id]: { [`keywords/${LEFT}`]: true } }).catch(() => undefined);
  return undefined;
}
