/**
 * Handing one composed message to Amazon SES. It is a port of its own, not a wire, because SES is spoken through its API.
 *
 * Contract, checked by test/unit/aws-ses:
 * - `send` resolves when SES has accepted the message for every recipient, with the Message-ID that SES gave it
 *   (SES replaces ours).
 * - `send` throws `SesError` and nothing else. After a temporary one the message may or may not have been accepted: SES has
 *   no idempotency token, so a repeat can duplicate (`uncertain` says when).
 */

/** The largest message that SES takes, as sent (40 MB; over 10 MB it needs the v2 API and is throttled). */
export const SES_LIMIT = 40_000_000;
/** The most recipients of one call. */
export const SES_MAX_RECIPIENTS = 50;

export interface Ses {
  /**
   * `envelopeFrom`: the address of MAIL FROM, which must belong to a verified identity; '' for the null sender.
   * `recipients`: 1 to SES_MAX_RECIPIENTS addresses. `bytes`: the whole message, CRLF lines.
   */
  send(envelopeFrom: string, recipients: readonly string[], bytes: Uint8Array): Promise<{ readonly id: string }>;
}

/** SES did not accept the message, or nobody knows whether it did. */
export class SesError extends Error {
  override readonly name = 'SesError';
  /** True: this message will never be accepted as it is. False: try again later. */
  readonly permanent: boolean;
  /** The enhanced status code (RFC 3463), for example '5.6.0'. */
  readonly code: string;
  /** One plain line for the log and the DSN's Diagnostic-Code. */
  readonly text: string;
  /** True when the call was sent and no answer came: it may have been accepted. */
  readonly uncertain: boolean;

  constructor(options: {
    readonly permanent: boolean;
    readonly code: string;
    readonly text: string;
    readonly uncertain?: boolean;
    readonly cause?: unknown;
  }) {
    super(`${options.code} ${options.text}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.permanent = options.permanent;
    this.code = options.code;
    this.text = options.text;
    this.uncertain = options.uncertain ?? false;
  }
}
