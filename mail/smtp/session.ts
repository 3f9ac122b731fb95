import type { AccountInfo, Directory, SignedIn } from '../directory/types.ts';
import type { Accept } from '../inbound/accept.ts';
import type { InboundJob } from '../inbound/job.ts';
import type { Usage } from '../inbound/usage.ts';
import type { Clock, Log, Random, Wire } from '../ports/index.ts';
import type { SaslContext } from '../sasl/types.ts';
import type { LineReader } from '../wire/reader.ts';
import { REPLY, type Reply } from './replies.ts';

export interface SmtpLimits {
  /** Bytes of one message as it arrives. */
  readonly size: number;
  /** Recipients of one message. */
  readonly recipients: number;
}

export interface SmtpServerOptions {
  /**
   * `mx`: takes mail for our domains from anybody (RFC 5321). `submission`: takes mail for anywhere from our users, who must
   * authenticate (RFC 6409).
   */
  readonly profile: 'mx' | 'submission';
  /** Our name in the greeting, the EHLO reply and trace headers. */
  readonly hostname: string;
  readonly directory: Directory;
  readonly accept: Accept;
  /** Asked at RCPT, for accounts that have a limit. Absent: limits do not count. */
  readonly usage?: Usage;
  /**
   * Whether what an account submits may have none but its own addresses in the From field. Only for `submission`.
   * @default yes
   */
  readonly checkFrom?: (account: AccountInfo) => Promise<boolean>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Asked at the start of each connection. @default 40 MiB, 1000 recipients */
  readonly limits?: () => SmtpLimits;
  /** Whether the wire can start TLS. @default true */
  readonly startTls?: boolean;
  /** The listener is bound to loopback: its clients may authenticate in cleartext. @default false */
  readonly loopbackOnly?: boolean;
}

/** From MAIL to the end of DATA. */
export interface Transaction {
  readonly from: string;
  readonly smtputf8: boolean;
  /** RFC 1870: what the client says the size is; 0 where it does not. */
  readonly size: number;
  /** Addresses accepted at RCPT, as given. */
  readonly recipients: string[];
  /** What they stand for, by tenant. */
  readonly groups: Map<string, Group>;
  /** Bytes that the recipients take in a job, about. */
  jobBytes: number;
}

export interface Group {
  readonly tenant: string;
  readonly deliveries: Map<string, InboundJob['deliveries'][number]>;
  readonly relay: Set<string>;
}

/** What one connection knows, and commands act upon. */
export class Session {
  readonly wire: Wire;
  readonly reader: LineReader;
  readonly options: SmtpServerOptions;
  readonly limits: SmtpLimits;
  hello: { readonly name: string; readonly extended: boolean } | undefined;
  transaction: Transaction | undefined;
  /** Set by QUIT and by whatever else ends the conversation once the reply is out. */
  closing = false;
  /** The server is waiting for a command. */
  waiting = false;
  /** Faults so far, by weight; at ERROR_LIMIT the client is cut off. */
  faults = 0;
  #account: AccountInfo | undefined;
  #release: (() => void) | undefined;
  #goodbye: Reply | undefined;

  constructor(wire: Wire, reader: LineReader, options: SmtpServerOptions) {
    this.wire = wire;
    this.reader = reader;
    this.options = options;
    this.limits = options.limits?.() ?? { size: 40 * 1024 * 1024, recipients: 1_000 };
  }

  get submission(): boolean {
    return this.options.profile === 'submission';
  }

  get canStartTls(): boolean {
    return this.options.startTls !== false && this.wire.tls === undefined;
  }

  /** Whether passwords may be sent on this connection as it is now. */
  get mayAuthenticate(): boolean {
    return this.submission && (this.wire.tls !== undefined || this.options.loopbackOnly === true);
  }

  /** Whoever has authenticated. */
  get account(): AccountInfo | undefined {
    return this.#account;
  }

  /** Somebody has authenticated. */
  enter({ account, credential }: SignedIn): void {
    this.leave();
    this.#account = account;
    this.#release = this.options.directory.untilEnded(account.id, credential, 'smtp', () => this.end(REPLY.signedOut));
  }

  /** Nobody has authenticated. */
  leave(): void {
    this.#account = undefined;
    this.#release?.();
    this.#release = undefined;
  }

  /** The reply that ends the connection instead of the next command. */
  get goodbye(): Reply | undefined {
    return this.#goodbye;
  }

  /** Ends the connection with a 421 where the server waits for a command: now, or when the one at work is answered. */
  end(goodbye: Reply): void {
    if (this.#goodbye !== undefined) return;
    this.#goodbye = goodbye;
    if (!this.waiting) return;
    this.wire.write(goodbye);
    this.wire.end();
  }

  /** What a login needs to know of this connection. */
  get saslContext(): SaslContext {
    const { directory } = this.options;
    return { directory, service: 'smtp', address: this.wire.peer.address, tls: this.wire.tls };
  }

  /** Logs a failure that is nobody's fault at the other end, and gives the reply that makes the client come back. */
  failed(what: string, error: unknown): Reply {
    this.options.log.error('smtp.failed', {
      at: what,
      address: this.wire.peer.address,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
    return REPLY.unavailable;
  }
}

/** Weights of faults: guessing addresses is tolerated longer than bad syntax, and that longer than guessing passwords. */
export const FAULT = { refusal: 1, syntax: 5, password: 25 } as const;
export const FAULT_LIMIT = 100;
