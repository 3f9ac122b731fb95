/** Announced (RFC 8621 section 1.3.1) and kept. */

/** Bytes of one message; as over IMAP. */
export const MAX_MESSAGE = 40 * 1024 * 1024;
/** Bytes of the blobs that a created message is made of, before they are encoded: then it is no larger than a message may be. */
export const MAX_ATTACHMENTS = 28 * 1024 * 1024;
/** Bytes of one level of a mailbox's name, and levels. */
export const MAX_MAILBOX_NAME = 255;
export const MAX_MAILBOX_DEPTH = 32;
