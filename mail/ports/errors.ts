/**
 * What a port may answer besides success. Every adapter throws these and nothing else for a failure of the outside,
 * so that the code under `mail/` can tell "nothing happened" from "perhaps it did".
 */

/** The store refused before doing anything (throttled, overloaded, unreachable). Safe to try again. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}

/**
 * The call's outcome is not known: it timed out or the connection broke after it was sent.
 * It may have taken effect, or take effect later. The caller must settle it by reading (design: rule 2).
 */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown';
}

/** A conditional write found something else than expected. Nothing was written. */
export class ConditionFailed extends Error {
  override readonly name = 'ConditionFailed';
}

/** The blob or object asked for is not there. */
export class NotFound extends Error {
  override readonly name = 'NotFound';
}

/** An item, blob or job is over the port's size limit. Trying again cannot help. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge';
}

/** Whether trying the same call again later may succeed. */
export function isTransient(error: unknown): boolean {
  return error instanceof Unavailable || error instanceof OutcomeUnknown;
}
