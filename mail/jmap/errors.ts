/** The three levels at which JMAP says no (RFC 8620 section 3.6): the request, one method call, one object of a /set. */

/** A request that is answered with problem details (RFC 7807) and no method is run (RFC 8620 section 3.6.1). */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  /** Behind `urn:ietf:params:jmap:error:`. */
  readonly type: 'unknownCapability' | 'notJSON' | 'notRequest' | 'limit';
  /** For `limit`: which one. */
  readonly limit: string | undefined;

  constructor(type: RequestError['type'], detail: string, limit?: string) {
    super(detail);
    this.type = type;
    this.limit = limit;
  }
}

/** RFC 8620 sections 3.6.2 and 5; RFC 8621; RFC 9404. */
export type MethodErrorType =
  | 'serverUnavailable'
  | 'serverFail'
  | 'unknownMethod'
  | 'invalidArguments'
  | 'invalidResultReference'
  | 'forbidden'
  | 'accountNotFound'
  | 'accountNotSupportedByMethod'
  | 'accountReadOnly'
  | 'requestTooLarge'
  | 'cannotCalculateChanges'
  | 'stateMismatch'
  | 'anchorNotFound'
  | 'unsupportedSort'
  | 'unsupportedFilter'
  | 'tooManyChanges'
  | 'fromAccountNotFound'
  | 'fromAccountNotSupportedByMethod'
  | 'unknownDataType';

/** One method call that fails; the others of the request go on. */
export class MethodError extends Error {
  override readonly name = 'MethodError';
  readonly type: MethodErrorType;

  /** `description` says what was wrong where, for a developer. */
  constructor(type: MethodErrorType, description: string) {
    super(description);
    this.type = type;
  }
}

/** Why one object was not created, updated or destroyed (RFC 8620 section 5.3): goes to the client as it is. */
export interface SetError {
  readonly type: string;
  readonly description: string;
  /** For `invalidProperties`. */
  readonly properties?: readonly string[];
  /** For `alreadyExists`. */
  readonly existingId?: string;
  readonly [more: string]: unknown;
}

/** Thrown by what changes one object. */
export class SetFailure extends Error {
  override readonly name = 'SetFailure';
  readonly error: SetError;

  constructor(type: string, description: string, more: Readonly<Record<string, unknown>> = {}) {
    super(description);
    this.error = { type, description, ...more };
  }
}

/** `invalidProperties`, with the names. */
export function invalidProperties(properties: readonly string[], description: string): SetFailure {
  return new SetFailure('invalidProperties', description, { properties });
}
