import type { Draft } from '../../data/drafts.ts';
import type { Identity } from '../../data/identities.ts';
import type { Stored } from './opening.ts';

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
