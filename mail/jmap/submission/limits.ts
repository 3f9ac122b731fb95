/** Announced (RFC 8621 section 1.3.2) and kept. */

/** Seconds between creation and sending. */
export const MAX_DELAYED_SEND = 30 * 86_400;
/** Of one submission. */
export const MAX_RECIPIENTS = 500;
/** Submissions of an account that wait for their time. */
export const MAX_PENDING = 100;
/** Submissions that are remembered: each is in the snapshot of the account. Those that are over go first, the oldest before others. */
export const MAX_KEPT = 500;

/** RFC 4865 section 3: seconds, and the latest time. */
export const EXTENSIONS = { FUTURERELEASE: [String(MAX_DELAYED_SEND), '9999-12-31T23:59:59Z'] };
