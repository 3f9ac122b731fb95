import type { Account, Accounts, State } from '../account/types.ts';
import type { AccountInfo, Directory, LimitsAdmin } from '../directory/types.ts';
import type { Blobs, Clock, Log, Peer } from '../ports/index.ts';
import type { SaslContext } from '../sasl/types.ts';
import type { CompressibleWire } from '../wire/compressible.ts';
import type { ConnectionState } from './command.ts';
import { Bad } from './errors.ts';
import type { Input } from './input.ts';
import type { Output } from './output.ts';
import type { Recents } from './recent.ts';
import type { SyncOptions, View } from './view.ts';

/** What the IMAP server is made of. */
export interface ImapDeps {
  readonly directory: Pick<Directory, 'authenticate' | 'scram'>;
  /** Tells and sets what accounts may keep. */
  readonly limits: LimitsAdmin;
  readonly accounts: Accounts;
  readonly blobs: Blobs;
  readonly clock: Clock;
  readonly log: Log;
  /** Our name in the greeting. */
  readonly hostname: string;
  /** Whether STARTTLS is offered on connections in cleartext. */
  readonly startTls: boolean;
  /** Whether a client may log in without TLS. @default both ends are loopback addresses */
  readonly clearLogin?: (peer: Peer) => boolean;
  /** The largest message that APPEND takes, in bytes. @default 40 MiB */
  readonly maxMessage?: number;
}

const DEFAULT_MAX_MESSAGE = 40 * 1024 * 1024;

/** One client's connection as the commands see it. */
export class Session {
  readonly deps: ImapDeps;
  readonly wire: CompressibleWire;
  readonly input: Input;
  readonly out: Output;
  readonly recents: Recents;
  /** Extensions that ENABLE has switched on. */
  readonly enabled = new Set<string>();
  /** Set by LOGOUT: nothing is read any more. */
  loggedOut = false;
  failedLogins = 0;
  /** The tag of the command at work. */
  tag = '';
  /** What has to be done right after the tagged reply has been sent (STARTTLS). */
  afterReply: (() => Promise<void>) | undefined;
  #account: Account | undefined;
  #info: AccountInfo | undefined;
  #view: View | undefined;

  constructor(deps: ImapDeps, wire: CompressibleWire, input: Input, out: Output, recents: Recents) {
    this.deps = deps;
    this.wire = wire;
    this.input = input;
    this.out = out;
    this.recents = recents;
  }

  get state(): ConnectionState {
    if (this.#account === undefined) return 'not authenticated';
    return this.#view === undefined ? 'authenticated' : 'selected';
  }

  /** Whether mailbox names are UTF-8 (RFC 6855 section 3, RFC 9051 section 5.1). */
  get utf8Names(): boolean {
    return this.enabled.has('UTF8=ACCEPT') || this.enabled.has('IMAP4REV2');
  }

  get maxMessage(): number {
    return this.deps.maxMessage ?? DEFAULT_MAX_MESSAGE;
  }

  /** Whether passwords may be sent on this connection. */
  get mayLogIn(): boolean {
    return this.wire.tls !== undefined || (this.deps.clearLogin ?? isLoopback)(this.wire.peer);
  }

  get mayStartTls(): boolean {
    return this.deps.startTls && this.wire.tls === undefined;
  }

  /** The account; commands that use it are allowed after login only. */
  get account(): Account {
    if (this.#account === undefined) throw new Bad('Log in first');
    return this.#account;
  }

  /** The selected mailbox; commands that use it are allowed after SELECT only. */
  get view(): View {
    if (this.#view === undefined) throw new Bad('Select a mailbox first');
    return this.#view;
  }

  get selected(): View | undefined {
    return this.#view;
  }

  /** Whose account it is; commands that use it are allowed after login only. */
  get user(): AccountInfo {
    if (this.#info === undefined) throw new Bad('Log in first');
    return this.#info;
  }

  /** The directory says something else of the user than at login. */
  set user(info: AccountInfo) {
    this.#info = info;
  }

  /** What a login needs to know of this connection. */
  get saslContext(): SaslContext {
    const { directory } = this.deps;
    return { directory, service: 'imap', address: this.wire.peer.address, tls: this.wire.tls };
  }

  /** Opens the account of somebody who has logged in. */
  async enter(info: AccountInfo): Promise<void> {
    this.#account = await this.deps.accounts.open(info.id);
    this.#info = info;
  }

  /** The user has gone; the next one finds the connection as it was before (RFC 8437). */
  leave(): void {
    this.unselect();
    this.enabled.clear();
    this.#account = undefined;
    this.#info = undefined;
  }

  /**
   * From now on, FETCH responses that nobody asked for carry mod-sequences. Every command that shows that the client knows them
   * comes here first (RFC 7162 section 3.1).
   */
  enableCondstore(): void {
    if (this.enabled.has('CONDSTORE')) return;
    this.enabled.add('CONDSTORE');
    if (this.#view !== undefined) {
      this.out.line(`* OK [HIGHESTMODSEQ ${this.#view.highestModseq}] Mod-sequences are told from now on`);
    }
  }

  select(view: View): void {
    this.#view = view;
  }

  unselect(): void {
    this.#view = undefined;
  }

  /** After a sync: what it does to searches that are kept up to date. */
  async updateContexts(): Promise<void> {
    const view = this.#view;
    if (view === undefined || view.contexts.isEmpty) return;
    await view.contexts.update(this, view, this.account.state);
  }

  /** Tells the client what is new in the selected mailbox, as far as this process knows. */
  sync(options: SyncOptions, state?: State): void {
    if (this.#view !== undefined) this.#view.sync(state ?? this.account.state, this.out, options);
  }
}

function isLoopback(peer: Peer): boolean {
  return [peer.address, peer.localAddress].every((address) => address === '::1' || address.startsWith('127.'));
}
