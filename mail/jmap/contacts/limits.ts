/** Address books of an account, and cards of all of them. */
export const MAX_BOOKS = 200;
export const MAX_CARDS = 50_000;
/** Bytes of a card as JSON, its media apart. */
export const MAX_CARD = 100_000;
/** Bytes of one photo, logo or sound. */
export const MAX_MEDIA = 10 * 1024 * 1024;
/** Of a name or a description, in bytes (RFC 9610 section 2: a name has at most 255). */
export const MAX_NAME = 255;
export const MAX_DESCRIPTION = 4_000;
