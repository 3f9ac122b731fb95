import { MAX_MESSAGE } from '../../limits.ts';
import type { JmapDeps } from '../method.ts';

/** Announced (RFC 8621 section 1.3.1) and kept. */

/** Bytes of one message, as over SMTP and IMAP. */
export async function maxMessage({ maxMessage: setting }: Pick<JmapDeps, 'maxMessage'>): Promise<number> {
  return (await setting?.()) ?? MAX_MESSAGE;
}

/** Bytes of the blobs that a created message is made of, before they are encoded: then it is no larger than a message may be. */
export function maxAttachments(message: number): number {
  return Math.floor(message * 0.7);
}

/** Bytes of one level of a mailbox's name, and levels. */
export const MAX_MAILBOX_NAME = 255;
export const MAX_MAILBOX_DEPTH = 32;
