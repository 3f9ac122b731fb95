/**
 * Handing one message to one SMTP server (RFC 5321 section 3.3).
 *
 * Contract, checked by test/unit/smtp-client for the adapter over sockets:
 * - `deliver` makes one connection to one address, at most one transaction, and no look-up of its own when `address` is given.
 * - It resolves with one result for each recipient, in the order given: what the server said about it. A recipient is `ok` only after
 *   the server's final positive reply to the message.
 * - It throws `RelayError` and nothing else when there is nothing to say about single recipients: no connection, a refused
 *   session, a refused MAIL FROM or DATA, a broken connection.
 */
export interface Relay {
  deliver(attempt: RelayAttempt): Promise<readonly RelayResult[]>;
}

/**
 * `implicit`: TLS from the first byte, certificate verified. `required`: STARTTLS, verified, or no delivery.
 * `opportunistic`: STARTTLS where offered, any certificate, cleartext where it fails (RFC 7435). `none`: cleartext.
 */
export type RelayTls = 'implicit' | 'required' | 'opportunistic' | 'none';

export interface RelayAttempt {
  /** The server's name: for TLS and for what is written in reports. */
  readonly host: string;
  /** The address to connect to. Absent: that of `host`. */
  readonly address?: string;
  readonly port: number;
  readonly tls: RelayTls;
  /** Sent over TLS only, unless `tls` is `none`. */
  readonly auth?: { readonly user: string; readonly password: string };
  /** Our name in EHLO: a fully qualified one (RFC 5321 section 4.1.1.1). */
  readonly heloName: string;
  readonly envelope: RelayEnvelope;
  /** Opens the message from its first byte. Called when the server is ready for it; again only on another connection. */
  readonly message: () => AsyncIterable<Uint8Array>;
  readonly timeouts: RelayTimeouts;
  /** Gives up at once, with a temporary error. */
  readonly signal?: AbortSignal;
}

export interface RelayEnvelope {
  /** Reverse-path; '' is the null sender. */
  readonly from: string;
  /** One or more. */
  readonly to: readonly string[];
  /** The message or an address of it needs SMTPUTF8: a server without it cannot take the message (RFC 6531 section 3.2). */
  readonly smtputf8: boolean;
  /** The message holds 8-bit data. */
  readonly eightBit: boolean;
  /** Bytes of the message; a server whose SIZE is smaller is not sent any of it (RFC 1870). */
  readonly size: number;
  /** Passed on to a server that offers DSN (RFC 3461). */
  readonly dsn?: { readonly ret?: 'full' | 'hdrs' | undefined; readonly envid?: string | undefined };
}

/** In milliseconds. */
export interface RelayTimeouts {
  /** Until the connection is established. */
  readonly connect: number;
  /** Until the server has greeted and STARTTLS is done. */
  readonly greeting: number;
  /** The longest silence of the server after that. */
  readonly idle: number;
}

/** What RFC 5321 section 4.5.3.2 asks for: the longest of its times, that for the reply to the final dot, bounds every later wait. */
export const RELAY_TIMEOUTS: RelayTimeouts = { connect: 30_000, greeting: 300_000, idle: 600_000 };

export interface RelayResult {
  readonly recipient: string;
  readonly ok: boolean;
  /** The server's reply code, 200 to 599. */
  readonly code: number;
  /** RFC 3463, the server's or made from its reply code. */
  readonly enhanced: string;
  /** The server's words, one line, without the codes. */
  readonly text: string;
  /** `host[address]`. */
  readonly remote: string;
}

/**
 * How far the session had come. `source`: the message could not be read, which is our failure and not the server's.
 * `sent`: the message was sent whole or in part and no final reply came, so that the server may have taken it.
 */
export type RelayStage = 'connect' | 'greeting' | 'tls' | 'auth' | 'mail' | 'rcpt' | 'data' | 'source' | 'sent';

export class RelayError extends Error {
  override readonly name = 'RelayError';
  readonly temporary: boolean;
  /** The server's reply code; 0 when it gave none. */
  readonly code: number;
  /** RFC 3463. */
  readonly enhanced: string;
  /** One line. */
  readonly text: string;
  readonly stage: RelayStage;
  /** `host[address]`. */
  readonly remote: string;

  constructor(options: {
    readonly temporary: boolean;
    readonly code: number;
    readonly enhanced: string;
    readonly text: string;
    readonly stage: RelayStage;
    readonly remote: string;
    readonly cause?: unknown;
  }) {
    super(
      `${options.remote}: ${options.enhanced} ${options.text}`,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.temporary = options.temporary;
    this.code = options.code;
    this.enhanced = options.enhanced;
    this.text = options.text;
    this.stage = options.stage;
    this.remote = options.remote;
  }
}
