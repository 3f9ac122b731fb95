import { isSame, unique } from './addresses.ts';
import type { Address, Message } from './types.ts';

export type ReplyKind = 'reply' | 'replyAll' | 'forward';

type Original = Pick<Message, 'from' | 'to' | 'cc' | 'replyTo' | 'subject' | 'messageId' | 'inReplyTo' | 'references'>;

/** Who an answer goes to. `own`: addresses of who writes, who does not write to himself, unless he answers what he wrote himself. */
export function recipientsOf(
  kind: ReplyKind,
  original: Pick<Original, 'from' | 'to' | 'cc' | 'replyTo'>,
  own: readonly string[],
): { readonly to: readonly Address[]; readonly cc: readonly Address[] } {
  if (kind === 'forward') return { to: [], cc: [] };
  const isOwn = ({ email }: Address) => own.some((address) => isSame({ email: address }, { email }));
  const from = original.from ?? [];
  const isMine = from.length > 0 && from.every(isOwn);
  // RFC 5322 section 3.6.3: Reply-To, where it is there, says where answers go. To one's own mail one adds.
  const answered = isMine ? (original.to ?? []) : original.replyTo?.length ? original.replyTo : from;
  if (kind === 'reply') return { to: unique(answered), cc: [] };
  const others = [...(isMine ? [] : (original.to ?? [])), ...(original.cc ?? [])];
  const to = unique(answered).filter((one) => isMine || !isOwn(one) || answered.length === 1);
  const cc = unique(others).filter((one) => !isOwn(one) && !to.some((already) => isSame(already, one)));
  return { to, cc };
}

/** One `Re:` or `Fwd:` however often it is answered, and whatever other programs call them. */
export function subjectOf(kind: ReplyKind, subject: string | null): string {
  const bare = (subject ?? '').replace(/^(\s*(re|aw|sv|antw|fwd?|wg|tr|rv)(\[\d+\])?\s*:\s*)+/i, '');
  return `${kind === 'forward' ? 'Fwd' : 'Re'}: ${bare.trim()}`.trim();
}

/** References kept (RFC 5322 section 3.6.4 sets no limit; a line of the header has one): the first and the latest say where it belongs. */
const MAX_REFERENCES = 40;

/** RFC 5322 section 3.6.4. A forward answers nothing, but belongs to the same conversation. */
export function threadingOf(
  kind: ReplyKind,
  { messageId, inReplyTo, references }: Pick<Original, 'messageId' | 'inReplyTo' | 'references'>,
): { readonly inReplyTo: readonly string[] | null; readonly references: readonly string[] | null } {
  const before = references?.length ? references : inReplyTo?.length === 1 ? inReplyTo : [];
  const all = [...before, ...(messageId ?? [])];
  const kept = all.length <= MAX_REFERENCES ? all : [all[0]!, ...all.slice(1 - MAX_REFERENCES)];
  return {
    inReplyTo: kind === 'forward' || !messageId?.length ? null : messageId,
    references: kept.length === 0 ? null : kept,
  };
}

/** Which of one's addresses an answer comes from: the one that was written to. Undefined where that is none of them. */
export function identityFor<T extends { readonly email: string }>(
  identities: readonly T[],
  original: Pick<Original, 'from' | 'to' | 'cc'>,
): T | undefined {
  const named = [...(original.to ?? []), ...(original.cc ?? []), ...(original.from ?? [])];
  for (const address of named) {
    const found = identities.find((one) => isSame(one, address));
    if (found !== undefined) return found;
  }
  return undefined;
}
