/** Announced and kept. */

/** Emails of an account that are snoozed at once; as many are remembered that were. */
export const MAX_SNOOZED = 1000;
/** Seconds until an email comes back, at most: five years. */
export const MAX_DELAYED_WAKING = 5 * 365 * 86_400;
/** Keywords that one changes when it comes back. */
export const MAX_SET_KEYWORDS = 20;
