/**
 * Why a request of a user or a peer is refused, independent of the protocol that carries it. Each protocol turns the
 * code into its own reply in one place (IMAP: RFC 5530 response codes; SMTP: RFC 3463 enhanced codes; HTTP: RFC 9457).
 */
export type RefusalCode =
  /** The mailbox, account, address or message is not there. */
  | 'nonexistent'
  | 'alreadyexists'
  /** Never possible (delete INBOX, a name that is not allowed). */
  | 'cannot'
  | 'overquota'
  /** A limit on size or number is passed. */
  | 'limit'
  | 'noperm'
  | 'authenticationfailed'
  /** Too many tries or connections: try again later. */
  | 'throttled'
  /** Not now: a store does not answer, or an outcome is not settled. Try again later. */
  | 'unavailable'
  /** The input is not what it must be. */
  | 'invalid';

/** A refusal with one plain line for the person at the other end. Nothing was changed. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string) {
    super(message);
    this.code = code;
  }

  /** Whether the same request may succeed later. */
  get temporary(): boolean {
    return this.code === 'throttled' || this.code === 'unavailable';
  }
}
