/** What AWS and the SDK throw, in the words of the ports. The one place where that is decided. */
import { ConditionFailed, NotFound, OutcomeUnknown, TooLarge, Unavailable } from '../../mail/ports/index.ts';

/** Whether the call changes anything: a read that fails has no outcome to be unsure of. */
export type Effect = 'read' | 'write';

/** Refused by a rate limit: the service did nothing. */
const THROTTLED = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
  'KmsThrottled',
]);

const CONDITION = new Set(['ConditionalCheckFailedException', 'PreconditionFailed']);
const MISSING = new Set(['NoSuchKey', 'NotFound', 'NoSuchVersion']);
const TOO_LARGE = new Set(['EntityTooLarge', 'MaxMessageLengthExceeded', 'RequestEntityTooLarge']);

/** The connection was never made, so nothing was sent. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL']);

/** We sent something that can never be right: a fault of this program, which must not be tried again in silence. */
const OURS = new Set([
  'ValidationException',
  'ValidationError',
  'SerializationException',
  'InvalidParameterValue',
  'InvalidRequest',
  'InvalidArgument',
  'MalformedXML',
]);

interface SdkError extends Error {
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: unknown;
}

/** The HTTP status of the answer; undefined when there was none. */
export function statusOf(error: unknown): number | undefined {
  return (error as SdkError | undefined)?.$metadata?.httpStatusCode;
}

/** The error's name as the service gave it. */
export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

export function isThrottle(error: unknown): boolean {
  return THROTTLED.has(nameOf(error)) || statusOf(error) === 429;
}

/** True when nothing left this machine: no connection, no name, no credentials. */
export function neverSent(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'CredentialsProviderError') return true;
  if (NOT_SENT.has(String((error as SdkError).code))) return true;
  return error.name === 'TimeoutError' && error.message.includes('did not establish a connection');
}

/**
 * The port's error for what a call threw. An error of a port passes unchanged; a fault of this program (a malformed
 * request, a TypeError) is returned as it is.
 *
 * A 5xx, also a 503, is not taken for a refusal: DynamoDB and S3 answer it for calls that took effect too. To be wrong
 * that way costs one read to settle; to be wrong the other way costs a duplicate.
 */
export function translate(error: unknown, effect: Effect, what: string): Error {
  if (!(error instanceof Error)) return new Error(`${what}: ${String(error)}`);
  if (error instanceof Unavailable || error instanceof OutcomeUnknown || error instanceof ConditionFailed) return error;
  if (error instanceof NotFound || error instanceof TooLarge) return error;

  const { name } = error;
  const status = statusOf(error);
  const text = `${what}: ${name}: ${error.message}`;
  const options = { cause: error };
  if (CONDITION.has(name)) return new ConditionFailed(text, options);
  if (MISSING.has(name)) return new NotFound(text, options);
  if (TOO_LARGE.has(name) || status === 413) return new TooLarge(text, options);
  if (name === 'ValidationException' && /item size/i.test(error.message)) return new TooLarge(text, options);
  if (isThrottle(error) || neverSent(error)) return new Unavailable(text, options);
  if (OURS.has(name) || isProgrammingError(error)) return error;
  // Denied, expired credentials, no such table or queue: the service did nothing, and an operator can mend it.
  if (status !== undefined && status >= 400 && status < 500) return new Unavailable(text, options);
  return effect === 'read' ? new Unavailable(text, options) : new OutcomeUnknown(text, options);
}

function isProgrammingError(error: Error): boolean {
  const noAnswer = statusOf(error) === undefined && (error as SdkError).code === undefined;
  return noAnswer && (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError);
}

/** Runs a call and throws what `translate` makes of its failure. */
export async function calling<T>(effect: Effect, what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw translate(error, effect, what);
  }
}
