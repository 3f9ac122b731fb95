import { isTransient, NotFound, TooLarge, WireClosed, WireTimeout } from '../ports/index.ts';
import { type RefusalCode, Refused } from '../refused.ts';

/**
 * The three ways in which a command ends badly, and their protocol text, all in one place: the client's syntax (`Bad`), a refusal
 * (`No`, `Refused`, a store that does not answer), and a bug. The last tells the client nothing of what happened inside.
 */

/** The command is not what the grammar allows; the message says what was expected. Answered with BAD. */
export class Bad extends Error {
  override readonly name = 'Bad';
  /** What stands in the square brackets; '' for none, which is the rule. */
  readonly code: string;

  constructor(message: string, code = '') {
    super(message);
    this.code = code;
  }
}

/** The command is understood and refused. Answered with NO and a response code (RFC 3501 7.1, RFC 5530). */
export class No extends Error {
  override readonly name = 'No';
  /** What stands in the square brackets, for example `TRYCREATE`; '' for none. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The connection is ended by us: said as `* BYE`, then closed. */
export class Bye extends Error {
  override readonly name = 'Bye';
}

/** RFC 5530 section 3. `throttled` has no code of its own: like UNAVAILABLE it means "later". */
const CODES: Readonly<Record<RefusalCode, string>> = {
  nonexistent: 'NONEXISTENT',
  alreadyexists: 'ALREADYEXISTS',
  cannot: 'CANNOT',
  overquota: 'OVERQUOTA',
  limit: 'LIMIT',
  noperm: 'NOPERM',
  authenticationfailed: 'AUTHENTICATIONFAILED',
  throttled: 'UNAVAILABLE',
  unavailable: 'UNAVAILABLE',
  invalid: 'CANNOT',
};

export interface Failure {
  /** BAD or NO, the code in brackets where there is one, and the text: what follows the tag. */
  readonly text: string;
  /** True when nobody but us can be blamed. */
  readonly bug: boolean;
}

/** What the client is told about an error. Errors of the connection itself are not told: they must be thrown on. */
export function failure(error: unknown): Failure {
  if (error instanceof Bad || error instanceof No) {
    const status = error instanceof Bad ? 'BAD' : 'NO';
    const code = error.code === '' ? '' : `[${error.code}] `;
    return { text: `${status} ${code}${oneLine(error.message)}`, bug: false };
  }
  if (error instanceof Refused) return { text: `NO [${CODES[error.code]}] ${oneLine(error.message)}`, bug: false };
  if (isTransient(error)) return { text: 'NO [UNAVAILABLE] The store does not answer; try again later', bug: false };
  if (error instanceof TooLarge) return { text: 'NO [LIMIT] That is too large to be kept', bug: false };
  if (error instanceof NotFound) return { text: 'NO [EXPUNGEISSUED] The message is gone', bug: false };
  return { text: 'NO [SERVERBUG] Internal error; it has been logged', bug: true };
}

/** Whether the error says that the connection is over, whatever command is running. */
export function isConnectionEnd(error: unknown): boolean {
  return error instanceof WireClosed || error instanceof WireTimeout || error instanceof Bye;
}

/** Response text is one line of printable ASCII (RFC 3501 section 9, resp-text). */
function oneLine(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, '?').slice(0, 400);
}
