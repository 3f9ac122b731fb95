import type { Accounts } from '../account/types.ts';
import type { Directory, SignedIn } from '../directory/types.ts';
import type { Blobs, Clock, Log, Peer, Wire } from '../ports/index.ts';
import { Refused } from '../refused.ts';
import { type SaslContext, WrongIdentity } from '../sasl/types.ts';
import type { LineReader } from '../wire/reader.ts';
import { Bad, type Pop3State } from './command.ts';
import { Maildrop } from './maildrop.ts';

/** What the POP3 server is made of. */
export interface Pop3Deps {
  readonly directory: Pick<Directory, 'authenticate' | 'scram' | 'bearer' | 'untilEnded'>;
  readonly accounts: Accounts;
  readonly blobs: Blobs;
  readonly clock: Clock;
  readonly log: Log;
  /** Our name in the greeting. */
  readonly hostname: string;
  /** Whether STLS is offered on connections in cleartext. */
  readonly startTls: boolean;
  /** Whether a client may log in without TLS. @default both ends are loopback addresses */
  readonly clearLogin?: (peer: Peer) => boolean;
}

/** One client's connection as the commands see it. */
export class Session {
  readonly deps: Pop3Deps;
  readonly wire: Wire;
  readonly reader: LineReader;
  /** The name that USER gave, until PASS or anything else comes. */
  user: string | undefined;
  failedLogins = 0;
  /** Whether the client takes internationalised messages as they are (RFC 6856). */
  utf8 = false;
  readonly #end: () => void;
  #maildrop: Maildrop | undefined;
  #release: (() => void) | undefined;

  /** `end` closes the connection as soon as no command is at work. */
  constructor(deps: Pop3Deps, wire: Wire, reader: LineReader, end: () => void) {
    this.deps = deps;
    this.wire = wire;
    this.reader = reader;
    this.#end = end;
  }

  get state(): Pop3State {
    return this.#maildrop === undefined ? 'authorization' : 'transaction';
  }

  /** The messages; commands that use them are allowed after login only. */
  get maildrop(): Maildrop {
    if (this.#maildrop === undefined) throw new Bad('Log in first');
    return this.#maildrop;
  }

  /** Whether passwords may be sent on this connection. */
  get mayLogIn(): boolean {
    return this.wire.tls !== undefined || (this.deps.clearLogin ?? isLoopback)(this.wire.peer);
  }

  get mayStartTls(): boolean {
    return this.deps.startTls && this.wire.tls === undefined;
  }

  /** What a login needs to know of this connection. */
  get saslContext(): SaslContext {
    const { directory } = this.deps;
    return { directory, service: 'pop3', address: this.wire.peer.address, tls: this.wire.tls };
  }

  /** Lets `prove` find out whose account it is, and enters the transaction state with the inbox as it is now (design: rule 9). */
  async logIn(prove: () => Promise<SignedIn>): Promise<void> {
    let signedIn: SignedIn;
    try {
      signedIn = await prove();
    } catch (error) {
      if (error instanceof Refused) this.failedLogins++;
      if (error instanceof WrongIdentity) this.logRefused('in the name of another account');
      throw error;
    }
    const { account: info, credential } = signedIn;
    const account = await this.deps.accounts.openFresh(info.id);
    this.#release = this.deps.directory.untilEnded(info.id, credential, 'pop3', this.#end);
    this.#maildrop = new Maildrop(account, account.state, this.deps.blobs, this.utf8);
    this.ok(`${this.#maildrop.summary}`);
  }

  /** To be called when the connection is over. */
  close(): void {
    this.#release?.();
  }

  /** For the reasons that the directory does not see; it logs the others. */
  logRefused(reason: string): void {
    const { service, address } = this.saslContext;
    this.deps.log.info('login.refused', { service, address, reason });
  }

  /** A reply of one line, or the first of several. */
  ok(text: string): Promise<void> | void {
    return this.wire.write(`+OK ${text}\r\n`);
  }
}

function isLoopback(peer: Peer): boolean {
  return [peer.address, peer.localAddress].every((address) => address === '::1' || address.startsWith('127.'));
}
