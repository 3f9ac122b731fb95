import { MAX_MESSAGE } from '../../limits.ts';
import type { JmapDeps } from '../method.ts';

/** Announced (RFC 8621 section 1.3.1) and kept. */

/** Every request asks: what was read holds for so long, in ms. */
const LATELY = 15_000;
const known = new WeakMap<NonNullable<JmapDeps['maxMessage']>, { readonly value: number; readonly until: number }>();

/** Bytes of one message, as over SMTP and IMAP. */
export async function maxMessage({ maxMessage: read, clock }: Pick<JmapDeps, 'maxMessage' | 'clock'>): Promise<number> {
  if (read === undefined) return MAX_MESSAGE;
  const last = known.get(read);
  if (last !== undefined && last.until > clock.now()) return last.value;
  const value = await read();
  known.set(read, { value, until: clock.now() + LATELY });
  return value;
}

/** Bytes of the blobs that a created message is made of, before they are encoded: then it is no larger than a message may be. */
export function maxAttachments(message: number): number {
  return Math.floor(message * 0.7);
}

/** Bytes of one level of a mailbox's name, and levels. */
export const MAX_MAILBOX_NAME = 255;
export const MAX_MAILBOX_DEPTH = 32;
