import type { Account, Accounts, State } from '../account/types.ts';
import { UidSet } from '../account/uidset.ts';
import type { AccountInfo, Directory, LimitsAdmin, Sharing, SignedIn } from '../directory/types.ts';
import { MAX_MESSAGE } from '../limits.ts';
import type { Blobs, Clock, Log, Peer } from '../ports/index.ts';
import type { SaslContext } from '../sasl/types.ts';
import type { SearchIndex } from '../search/index/index.ts';
import type { CompressibleWire } from '../wire/compressible.ts';
import type { ConnectionState } from './command.ts';
import { Bad } from './errors.ts';
import type { Input } from './input.ts';
import type { Notifier } from './notify/notifier.ts';
import { OwnWrites } from './notify/own-writes.ts';
import { type Picture, takePicture } from './notify/picture.ts';
import type { Output } from './output.ts';
import { type Place, Places } from './places.ts';
import type { Recents } from './recent.ts';
import type { SyncOptions, View } from './view.ts';

/** What the IMAP server is made of. */
export interface ImapDeps {
  readonly directory: Pick<Directory, 'authenticate' | 'scram' | 'bearer' | 'untilEnded'>;
  /** Tells and sets what accounts may keep. */
  readonly limits: LimitsAdmin;
  readonly accounts: Accounts;
  /** Tells who shares mailboxes with whom. */
  readonly sharing: Sharing;
  readonly blobs: Blobs;
  readonly clock: Clock;
  readonly log: Log;
  /** The full-text index. Without it, messages are read. */
  readonly index?: Pick<SearchIndex, 'open'>;
  /** Our name in the greeting. */
  readonly hostname: string;
  /** Whether STARTTLS is offered on connections in cleartext. */
  readonly startTls: boolean;
  /** Whether a client may log in without TLS. @default both ends are loopback addresses */
  readonly clearLogin?: (peer: Peer) => boolean;
  /** The URL of JMAP's session for the same accounts (RFC 9698). Absent: there is none. */
  readonly jmap?: string;
  /** The largest message that APPEND takes, in bytes. @default 40 MiB */
  readonly maxMessage?: number;
  /** Messages that one command takes (RFC 9738: at least 1,000). @default 1,000,000 */
  readonly messageLimit?: number;
}

/** An account in the course of a write. */
interface Look {
  /** Of the selected mailbox. */
  readonly uidnext: number;
  /** Where a client wants to hear of all mailboxes. */
  readonly picture: Picture | undefined;
}

const DEFAULT_MESSAGE_LIMIT = 1_000_000;

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
  #scopes: SignedIn['scopes'] = new Set();
  #places: Places | undefined;
  #view: View | undefined;
  #notifier: Notifier | undefined;
  #release: (() => void) | undefined;

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
    return this.deps.maxMessage ?? MAX_MESSAGE;
  }

  get messageLimit(): number {
    return this.deps.messageLimit ?? DEFAULT_MESSAGE_LIMIT;
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

  /** Where mailboxes are, one's own and others'; commands that use it are allowed after login only. */
  get places(): Places {
    if (this.#places === undefined) throw new Bad('Log in first');
    return this.#places;
  }

  /** The selected mailbox; commands that use it are allowed after SELECT only. */
  get view(): View {
    if (this.#view === undefined) throw new Bad('Select a mailbox first');
    return this.#view;
  }

  /** The account of the selected mailbox, as the user may look at it. */
  get place(): Place {
    return this.view.place;
  }

  /** Where JMAP gives the same mail, for whom what he logged in with would do there too (RFC 9698 section 3). */
  get jmap(): string | undefined {
    return this.#scopes.has('mail') ? this.deps.jmap : undefined;
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
  async enter({ account: info, scopes, credential }: SignedIn): Promise<void> {
    const account = await this.deps.accounts.open(info.id);
    this.#release = this.deps.directory.untilEnded(info.id, credential, 'imap', () => {
      this.input.endSoon('What you logged in with is over; log in again');
    });
    this.#scopes = scopes;
    this.#account = new OwnWrites(
      account,
      (draft) => this.#look(draft),
      (before, after) => this.#wrote(before, after),
    );
    this.#info = info;
    this.#places = new Places(this.#account, info, this.deps.accounts, this.deps.sharing);
  }

  /** The user has gone; the next one finds the connection as it was before (RFC 8437). */
  leave(): void {
    this.close();
    this.unselect();
    this.enabled.clear();
    this.#account = undefined;
    this.#info = undefined;
    this.#scopes = new Set();
    this.#places = undefined;
  }

  /** Nobody is told anything any more. */
  close(): void {
    this.notify(undefined);
    this.#release?.();
    this.#release = undefined;
  }

  /** What has to be known of the account before and after a write of the client's own. */
  #look(draft: State): Look {
    const selected = this.#view?.place.isOwn === true ? draft.mailboxes.get(this.#view.mailbox) : undefined;
    return {
      uidnext: selected?.uidnext ?? 1,
      picture: this.#notifier === undefined ? undefined : takePicture(draft),
    };
  }

  #wrote(before: Look, after: Look): void {
    this.#view?.addOwn(UidSet.range(before.uidnext, after.uidnext - 1));
    if (before.picture !== undefined && after.picture !== undefined) {
      this.#notifier?.wrote(before.picture, after.picture);
    }
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

  /** Who tells what the client has asked to hear, where it has (RFC 5465). */
  get notifier(): Notifier | undefined {
    return this.#notifier;
  }

  notify(notifier: Notifier | undefined): void {
    this.#notifier?.stop();
    this.#notifier = notifier;
  }

  select(view: View): void {
    this.#view = view;
  }

  unselect(): void {
    this.#view = undefined;
  }

  /** Reads what is new in the own account, and in the one of the selected mailbox. */
  async refresh(): Promise<void> {
    const accounts = new Set([this.account, this.#view?.place.account ?? this.account]);
    await Promise.all([...accounts].map((account) => account.refresh()));
  }

  /** Tells the client what is new in the selected mailbox, as far as this process knows; nothing while it may not read there. */
  sync(options: SyncOptions, state?: State): void {
    const view = this.#view;
    if (view === undefined) return;
    const now = state ?? view.place.account.state;
    if (view.mayRead(now)) view.sync(now, this.out, this.#wanted(options));
  }

  /** Tells the client all that is new, and what that does to searches that are kept up to date. */
  async news(options: SyncOptions): Promise<void> {
    const view = this.#view;
    if (view !== undefined) {
      const { state } = view.place.account;
      this.sync(options, state);
      const fresh = view.takeFresh();
      const items = this.#notifier?.selected.items ?? [];
      const toTell = !view.contexts.isEmpty || (items.length > 0 && !fresh.isEmpty);
      if (toTell && view.mayRead(state)) await view.contexts.update(this, state, fresh, items);
    }
    await this.#notifier?.tell();
  }

  /** What it is told depends on what it wants to hear (RFC 5465). */
  #wanted(options: SyncOptions): SyncOptions {
    const notifier = this.#notifier;
    if (notifier === undefined) return options;
    const { messages, flags } = notifier.wants;
    const wants = { messages: messages || options.answers === true, flags };
    // RFC 5465 section 5.1: with the UID.
    return { ...options, wants, uid: options.uid === true || notifier.teller !== undefined };
  }
}

function isLoopback(peer: Peer): boolean {
  return [peer.address, peer.localAddress].every((address) => address === '::1' || address.startsWith('127.'));
}
