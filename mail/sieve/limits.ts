/** What a script may be. RFC 5228 section 2.10.6 asks for 15 levels of nesting at least. */

/** Bytes. */
export const MAX_SCRIPT = 64 * 1024;
/** Levels of blocks within blocks, and of tests within tests. */
export const MAX_DEPTH = 32;
/** Commands and tests in all. */
export const MAX_NODES = 2_000;
/** Strings of one list. */
export const MAX_LIST = 1_000;
/** The redirect actions that one message may lead to. */
export const MAX_REDIRECTS = 4;
