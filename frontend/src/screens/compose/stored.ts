import type { Draft, DraftFile } from '../../data/drafts.ts';
import type { Identity } from '../../data/identities.ts';
import type { ReplyKind } from '../../data/reply.ts';
import type { Address } from '../../data/types.ts';

/** A file as it is kept in this browser: what was not uploaded yet with its bytes. */
export interface StoredFile extends Omit<DraftFile, 'blobId'> {
  readonly blobId: string | undefined;
  readonly file: Blob | undefined;
}

/** All that a window has, as it is kept in this browser. */
export interface Stored {
  readonly messageId: string;
  readonly identityId: string;
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  readonly bcc: readonly Address[];
  readonly subject: string;
  readonly isPlain: boolean;
  readonly html: string;
  readonly text: string;
  readonly inReplyTo: readonly string[] | null;
  readonly references: readonly string[] | null;
  readonly wantsReceipt: boolean;
  readonly files: readonly StoredFile[];
  /** What the server has of it; the last is the newest. */
  readonly emailIds: readonly string[];
  /** What it answers or passes on. */
  readonly original: { readonly kind: ReplyKind; readonly emailId: string } | undefined;
  /** It is to be sent as soon as the server is reached: seconds for which it can be undone, or when. */
  readonly queued: number | Date | undefined;
  /** The version whose sending was begun and is not known to have failed: before another try, the server is asked. */
  readonly begun?: string | undefined;
}

/** What a window has, as the server keeps it: without files that are not uploaded yet. */
export function draftOf(stored: Stored, identity: Identity): Draft {
  const { messageId, to, cc, bcc, subject, text, html, isPlain, inReplyTo, references, wantsReceipt, files } = stored;
  return {
    ...{ messageId, to, cc, bcc, subject, text, inReplyTo, references, wantsReceipt },
    from: { name: identity.name === '' ? null : identity.name, email: identity.email },
    replyTo: identity.replyTo,
    html: isPlain ? undefined : html,
    files: files.flatMap(({ blobId, ...file }) => (blobId === undefined ? [] : [{ ...file, blobId }])),
  };
}
