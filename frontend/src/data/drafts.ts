import { call } from '../api/jmap.ts';
import { MethodError, type Refusals, throwRefused } from '../api/method-error.ts';
import { message } from './emails.ts';
import { byRole } from './mailboxes.ts';
import type { Address, Message } from './types.ts';

/** A file that goes with a draft, as the server has it. */
export interface DraftFile {
  readonly blobId: string;
  readonly type: string;
  readonly name: string;
  readonly size: number;
  /** Of an image that the text shows (RFC 2392). */
  readonly cid: string | null;
}

/** A draft as it is written; a message once it is kept. */
export interface Draft {
  /** Without angle brackets. It stays the same however often the draft is replaced. */
  readonly messageId: string;
  readonly from: Address;
  readonly replyTo: readonly Address[] | null;
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  readonly bcc: readonly Address[];
  readonly subject: string;
  readonly text: string;
  /** Undefined: plain text. */
  readonly html: string | undefined;
  readonly inReplyTo: readonly string[] | null;
  readonly references: readonly string[] | null;
  readonly wantsReceipt: boolean;
  readonly files: readonly DraftFile[];
}

/** How ids begin that api/offline.ts gives. */
const PROMISED = 'waiting-';

export const RECEIPT = 'header:Disposition-Notification-To:asAddresses';

/**
 * Keeps a draft on the server. An email never changes, so that each version is a new one; what it replaces goes once the new one is there,
 * never before. Throws `ApiError`, `MethodError`.
 */
export async function saveDraft(draft: Draft, replaces: readonly string[]): Promise<string> {
  const drafts = byRole('drafts');
  if (drafts === undefined) throw new MethodError({ type: 'notFound', description: 'There is no folder for drafts.' });
  const { created, notCreated } = await call<{
    created: Readonly<Record<string, { readonly id: string }>> | null;
    notCreated: Refusals;
  }>('Email/set', { create: { draft: emailOf(draft, drafts.id) } });
  throwRefused(notCreated);
  const id = created!.draft!.id;
  if (replaces.length > 0) void forget(draft.messageId, drafts.id, replaces, id).catch(() => undefined);
  return id;
}

/** Ids that were promised without a line are not the server's: then its own are looked for. */
async function forget(messageId: string, drafts: string, replaced: readonly string[], but: string): Promise<void> {
  let ids = replaced;
  if (replaced.some((id) => id.startsWith(PROMISED))) {
    const filter = { operator: 'AND', conditions: [{ inMailbox: drafts }, { header: ['Message-ID', messageId] }] };
    ids = (await call<{ ids: readonly string[] }>('Email/query', { filter })).ids.filter((id) => id !== but);
  }
  await call('Email/set', { destroy: ids });
}

export async function destroyDraft(ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await call('Email/set', { destroy: ids });
}

/** A draft with what only drafts have. */
export async function readDraft(id: string): Promise<{ readonly one: Message; readonly wantsReceipt: boolean }> {
  const [one, { list }] = await Promise.all([
    message(id),
    call<{ list: Record<string, unknown>[] }>('Email/get', { ids: [id], properties: [RECEIPT] }),
  ]);
  return { one, wantsReceipt: Boolean(list[0]?.[RECEIPT]) };
}

/** As RFC 8621 section 4.6 has emails created. */
export function emailOf(draft: Draft, mailboxId: string, now = new Date()): Readonly<Record<string, unknown>> {
  const { html, text, files, wantsReceipt, from } = draft;
  const isHtml = html !== undefined;
  return {
    mailboxIds: { [mailboxId]: true },
    keywords: { $draft: true, $seen: true },
    messageId: [draft.messageId],
    sentAt: `${now.toISOString().slice(0, 19)}Z`,
    from: [from],
    replyTo: some(draft.replyTo),
    to: some(draft.to),
    cc: some(draft.cc),
    bcc: some(draft.bcc),
    subject: draft.subject.replace(/[\r\n\0]+/g, ' '),
    inReplyTo: draft.inReplyTo,
    references: draft.references,
    ...(wantsReceipt ? { [RECEIPT]: [from] } : {}),
    bodyValues: { text: { value: text }, ...(isHtml ? { html: { value: html } } : {}) },
    textBody: [{ partId: 'text', type: 'text/plain' }],
    ...(isHtml ? { htmlBody: [{ partId: 'html', type: 'text/html' }] } : {}),
    attachments: files.map(({ blobId, type, name, cid }) => ({
      blobId,
      type: /^[\w.+-]+\/[\w.+-]+$/.test(type) ? type : 'application/octet-stream',
      name: name.replace(/[\x00-\x1f\x7f]/g, ' '),
      ...(cid !== null && isHtml ? { cid, disposition: 'inline' } : { disposition: 'attachment' }),
    })),
  };
}

function some(addresses: readonly Address[] | null): readonly Address[] | null {
  return addresses === null || addresses.length === 0 ? null : addresses;
}
