import type { Flags, Mailbox, Rows, State } from '../account/types.ts';
import { UidSet } from '../account/uidset.ts';
import { rightFor } from '../sharing/rights.ts';
import { changedSince, mergeAscending, rowsOf } from './changes.ts';
import { Bye, No } from './errors.ts';
import { checkSequence, resolve, SAVED, type SequenceSet } from './grammar/sequence.ts';
import { Numbers } from './numbers.ts';
import type { Output } from './output.ts';
import type { Place } from './places.ts';
import type { Recents } from './recent.ts';
import { Contexts } from './search/contexts.ts';

const SYSTEM = '\\Answered \\Flagged \\Deleted \\Seen \\Draft';

const NO_ROWS: Rows = {
  length: 0,
  find: () => -1,
  lowerBound: () => 0,
  uid: () => 0,
  flags: () => ({ system: 0, keywords: [], list: [] }),
  modseq: () => 0,
  created: () => 0,
  date: () => 0,
  saved: () => 0,
  size: () => 0,
  email: () => 0,
  changedSince: () => [],
};

export interface SyncOptions {
  /** Whether EXPUNGE may be said now: not while a command with sequence numbers is answered (RFC 3501 section 7.4.1). */
  readonly expunge: boolean;
  /** Whether the command is a UID command: FETCH responses then carry the UID (RFC 3501 section 6.4.8). */
  readonly uid?: boolean;
  /** Flags that the client knows or has set with .SILENT: not told again where they are still these. */
  readonly known?: (uid: number) => Flags | undefined;
  /** Whether it knows all flags, or has set them: nobody else has changed any. */
  readonly isUpToDate?: boolean;
  /** Messages whose flags are told whether or not they changed. */
  readonly tell?: UidSet;
  /** Messages whose mod-sequences are told at least, to a client that wants such (RFC 7162 section 3.1.3). */
  readonly tellModseq?: UidSet;
  /** Whether the command goes on: HIGHESTMODSEQ is then said by it, or at its end. */
  readonly interim?: boolean;
  /** What the client wants to hear. @default everything */
  readonly wants?: Wants;
  /** Whether a command is answered by what came and went: it is told then, wanted or not. */
  readonly answers?: boolean;
  /** Whether no command is in progress. */
  readonly unasked?: boolean;
}

/** What a client wants to hear of the selected mailbox (RFC 5465 section 6.1): flags only together with messages. */
export interface Wants {
  /** That messages came and went. Without it the mailbox stays for the client as it is. */
  readonly messages: boolean;
  readonly flags: boolean;
}

export const EVERYTHING: Wants = { messages: true, flags: true };

/**
 * A session's view of the selected mailbox: what the client has been told. `sync` brings it to a state with untagged responses.
 * Between two syncs nothing changes for the client, whatever others do. It holds UID runs and a log position, never rows.
 */
export class View {
  /** The account that the mailbox is in, as the user sees it. */
  readonly place: Place;
  readonly mailbox: string;
  readonly readOnly: boolean;
  readonly #uidvalidity: number;
  readonly #recents: Recents;
  /** Extensions that the client has switched on. */
  readonly #enabled: ReadonlySet<string>;
  #numbers: Numbers;
  #recent: UidSet;
  /** Messages below are known to the client, or gone. */
  #uidnext: number;
  /** What came and went up to this log position has been told, but for `#owed`. */
  #seq: number;
  /** Flags that changed up to this log position have been told. */
  #flagSeq: number;
  /** Whether messages are gone that the client still counts. */
  #owed = false;
  /** HIGHESTMODSEQ for the client: below it, it has been told everything, expunges too. */
  #modseq: number;
  #saved = UidSet.EMPTY;
  /** Messages below have been given by `takeFresh`. */
  #introduced: number;
  /** Messages that this client itself has put here, not below `#introduced`. */
  #own = UidSet.EMPTY;
  /** Searches whose results the client is told of as they change. */
  readonly contexts = new Contexts();
  /** Keywords in lower case that FLAGS has named. */
  readonly #keywords = new Map<string, string>();
  #flagTexts = new WeakMap<Flags, string>();

  constructor(options: {
    readonly place: Place;
    readonly mailbox: Mailbox;
    readonly state: State;
    readonly readOnly: boolean;
    readonly recents: Recents;
    readonly enabled: ReadonlySet<string>;
  }) {
    const { mailbox, state, place } = options;
    const rows = place.rows(state, mailbox.id);
    this.place = place;
    this.mailbox = mailbox.id;
    this.readOnly = options.readOnly;
    this.#uidvalidity = mailbox.uidvalidity;
    this.#recents = options.recents;
    this.#enabled = options.enabled;
    this.#modseq = mailbox.modseq;
    this.#numbers = new Numbers(UidSet.fromAscending(uidsOf(rows)));
    this.#recent = this.#claimRecent(rows, mailbox.uidnext);
    this.#uidnext = mailbox.uidnext;
    this.#seq = this.#flagSeq = state.seq;
    this.#introduced = mailbox.uidnext;
    const seen = new Set<Flags>();
    for (let i = 0; i < rows.length; i++) seen.add(rows.flags(i));
    for (const flags of seen) for (const keyword of flags.keywords) this.#keywords.set(keyword.toLowerCase(), keyword);
  }

  get numbers(): Numbers {
    return this.#numbers;
  }

  get recent(): UidSet {
    return this.#recent;
  }

  /** The log position up to which the client knows of changed flags. */
  get seq(): number {
    return this.#flagSeq;
  }

  /** What HIGHESTMODSEQ says to the client (RFC 7162 section 3.2: while expunges are held back, it stays below them). */
  get highestModseq(): number {
    return this.#modseq;
  }

  /** Those of the messages that a search has saved which the client still counts (RFC 5182). */
  get saved(): UidSet {
    return this.#numbers.known(this.#saved);
  }

  save(uids: UidSet): void {
    this.#saved = uids;
  }

  /** The client itself has put these messages here. */
  addOwn(uids: UidSet): void {
    this.#own = this.#own.union(uids);
  }

  /** The messages that the client has been told of since the last time, without its own. */
  takeFresh(): UidSet {
    const told = UidSet.range(this.#introduced, this.#uidnext - 1);
    const fresh = this.#numbers.known(told).without(this.#own);
    this.#own = this.#own.without(told);
    this.#introduced = this.#uidnext;
    return fresh;
  }

  /** IMAP4rev2 knows no \Recent (RFC 9051 appendix E). */
  get #isRev2(): boolean {
    return this.#enabled.has('IMAP4REV2');
  }

  /** Messages have no numbers for the client, only UIDs (RFC 9586). */
  get isUidOnly(): boolean {
    return this.#enabled.has('UIDONLY');
  }

  /** How a FETCH response of a message begins, up to its parenthesis (RFC 9586 section 3.3: UIDFETCH). */
  fetchOpening(uid: number): string {
    return this.isUidOnly ? `* ${uid} UIDFETCH (` : `* ${this.#numbers.of(uid)} FETCH (`;
  }

  /** The newest rows; none when the mailbox has been deleted. */
  rows(state: State): Rows {
    return state.mailboxes.has(this.mailbox) ? this.place.rows(state, this.mailbox) : NO_ROWS;
  }

  /** Whether the owner still lets the user look. Of a mailbox that is gone there is nothing left to hide. */
  mayRead(state: State): boolean {
    const mailbox = state.mailboxes.get(this.mailbox);
    return mailbox === undefined || this.place.rights(state, mailbox).has('r');
  }

  /** Whether the user has a right here, and may look. */
  may(state: State, right: string): boolean {
    const rights = this.place.rights(state, state.mailboxes.get(this.mailbox));
    return rights.has('r') && rights.has(right);
  }

  /** Refuses what the user may not do here (any more). One of several rights is enough. */
  check(state: State, rights = 'r'): void {
    if (!this.mayRead(state)) throw new No('NOPERM', 'The owner of this mailbox does not let you read it any more');
    if (state.mailboxes.has(this.mailbox)) this.place.check(state, state.mailboxes.get(this.mailbox), rights);
  }

  /** The UIDs that a set names: those of messages that the client knows. Throws `Bad` for a number that no message has. */
  resolve(set: SequenceSet, uid: boolean): UidSet {
    if (set === SAVED) return this.saved;
    if (uid) return this.#numbers.known(resolve(set, this.#numbers.last));
    checkSequence(set, this.#numbers.size);
    return this.#numbers.uidsOf(resolve(set, this.#numbers.size));
  }

  /** The names of all flags in use here, for FLAGS and PERMANENTFLAGS. */
  flagNames(): string {
    return [SYSTEM, ...this.#keywords.values()].join(' ');
  }

  /** The two lines that say which flags there are. */
  announceFlags(out: Output): void {
    out.line(`* FLAGS (${this.flagNames()})`);
    const permanent = this.readOnly ? '' : this.#permanentFlags();
    out.line(`* OK [PERMANENTFLAGS (${permanent})] ${this.readOnly ? 'Read-only' : 'Flags that are kept'}`);
  }

  /** Those that the user may change, and keep (RFC 4314 section 5.1.1). */
  #permanentFlags(): string {
    const { state } = this.place.account;
    const names = [...this.flagNames().split(' '), '\\*'];
    return names.filter((name) => this.may(state, rightFor(name))).join(' ');
  }

  /** A message's flags as FETCH shows them. A keyword that is new here is announced first, so call it before the line is begun. */
  flagList(flags: Flags, uid: number, out: Output): string {
    let text = this.#flagTexts.get(flags);
    if (text === undefined) {
      text = flags.list.join(' ');
      this.#flagTexts.set(flags, text);
      const news = flags.keywords.filter((keyword) => !this.#keywords.has(keyword.toLowerCase()));
      for (const keyword of news) this.#keywords.set(keyword.toLowerCase(), keyword);
      if (news.length > 0) this.announceFlags(out);
    }
    if (!this.#recent.isEmpty && !this.#isRev2 && this.#recent.has(uid))
      return `(${text === '' ? '' : `${text} `}\\Recent)`;
    return `(${text})`;
  }

  /** Tells the client what has changed up to `state`. Throws `Bye` where the mailbox is not the same any more. */
  sync(state: State, out: Output, options: SyncOptions): void {
    const mailbox = state.mailboxes.get(this.mailbox);
    if (mailbox !== undefined && mailbox.uidvalidity !== this.#uidvalidity) {
      // Every UID that the client knows is void: there is no untagged response for that.
      throw new Bye('The mailbox has been restored from a backup; select it again');
    }
    const { wants = EVERYTHING } = options;
    const modseq = mailbox?.modseq ?? Number.POSITIVE_INFINITY;
    const changed = modseq > this.#seq;
    const before = this.#seq;
    let expunged = false;
    if (wants.messages && (changed || (this.#owed && options.expunge))) {
      expunged = this.#syncMessages(this.rows(state), mailbox?.uidnext ?? this.#uidnext, out, options.expunge);
    }
    if ((wants.flags && modseq > this.#flagSeq) || options.tell !== undefined || options.tellModseq !== undefined) {
      this.#syncFlags(state, this.rows(state), out, { ...options, wants }, before);
    }
    if (wants.messages) this.#seq = Math.max(this.#seq, state.seq);
    if (wants.flags) this.#flagSeq = Math.max(this.#flagSeq, state.seq);
    if (!this.#owed && wants.messages && wants.flags && mailbox !== undefined) {
      this.#modseq = Math.max(this.#modseq, mailbox.modseq);
    }
    const owed = this.#owed && options.unasked !== true;
    if ((owed || expunged) && options.interim !== true && this.#enabled.has('CONDSTORE')) {
      out.line(`* OK [HIGHESTMODSEQ ${this.#modseq}] ${this.#owed ? 'Some expunges are not told yet' : 'All is told'}`);
    }
  }

  /** Gives whether it has told of messages that are gone. */
  #syncMessages(rows: Rows, uidnext: number, out: Output, mayExpunge: boolean): boolean {
    const firstNew = rows.lowerBound(this.#uidnext);
    const gone = firstNew < this.#numbers.size;
    if (gone && mayExpunge) this.#sayExpunges(rows, out);
    this.#owed = gone && !mayExpunge;
    if (firstNew < rows.length) {
      this.#numbers = this.#numbers.with(UidSet.fromAscending(uidsOf(rows, firstNew)));
      this.#recent = this.#recent.union(this.#claimRecent(rows, uidnext));
      out.line(`* ${this.#numbers.size} EXISTS`);
      if (!this.#isRev2) out.line(`* ${this.#recent.size} RECENT`);
    }
    this.#uidnext = Math.max(this.#uidnext, uidnext);
    return gone && mayExpunge;
  }

  /** From the last to the first, so that each number is the same before and after the others have gone. */
  #sayExpunges(rows: Rows, out: Output): void {
    const gone: number[] = [];
    const numbers: number[] = [];
    let i = 0;
    let number = 0;
    for (const uid of this.#numbers.uids) {
      number++;
      while (i < rows.length && rows.uid(i) < uid) i++;
      if (i < rows.length && rows.uid(i) === uid) continue;
      gone.push(uid);
      numbers.push(number);
    }
    const uids = UidSet.fromAscending(gone);
    this.contexts.expunge(uids, (uid) => this.#numbers.of(uid), out);
    // RFC 7162 section 3.2.10.2, RFC 9586 section 3.6: all at once, by UID.
    if (this.#enabled.has('QRESYNC') || this.isUidOnly) out.line(`* VANISHED ${uids}`);
    else for (let n = numbers.length - 1; n >= 0; n--) out.line(`* ${numbers[n]} EXPUNGE`);
    this.#numbers = this.#numbers.without(uids);
    this.#recent = this.#recent.without(uids);
  }

  /** `before`: the log position up to which the client knew which messages there are. */
  #syncFlags(state: State, rows: Rows, out: Output, options: SyncOptions, before: number): void {
    const { known, tell } = options;
    const modseqs = this.#enabled.has('CONDSTORE');
    // RFC 7162 section 3.2.4; RFC 9051 section 7.5.2.
    const withUid = (options.uid === true || modseqs || this.#isRev2) && !this.isUidOnly;
    const tellModseq = modseqs ? options.tellModseq : undefined;
    const seq = this.#flagSeq;
    const isTold = options.wants?.flags === false || options.isUpToDate === true;
    let candidates = isTold ? [] : changedSince(state, this.mailbox, rows, seq);
    for (const more of [tell, tellModseq]) {
      if (more !== undefined) candidates = mergeAscending(candidates, [...rowsOf(rows, more)]);
    }
    for (const i of candidates) {
      const uid = rows.uid(i);
      let withFlags = true;
      if (tell?.has(uid) !== true) {
        // A message that is new to the client has flags that it never was told, and one whose flags it knows is as it thinks.
        const thought = known?.(uid);
        const isNew = rows.created(i) > before || (rows.created(i) > seq && rows.modseq(i) === rows.created(i));
        const nothing = rows.modseq(i) <= seq || isNew;
        withFlags = !nothing && (thought === undefined || !sameFlags(thought, rows.flags(i)));
        if (!withFlags && tellModseq?.has(uid) !== true) continue;
      }
      if (this.#numbers.of(uid) === 0) continue;
      const items = withUid ? [`UID ${uid}`] : [];
      if (withFlags) items.push(`FLAGS ${this.flagList(rows.flags(i), uid, out)}`);
      if (modseqs) items.push(`MODSEQ (${rows.modseq(i)})`);
      out.line(`${this.fetchOpening(uid)}${items.join(' ')})`);
    }
  }

  #claimRecent(rows: Rows, uidnext: number): UidSet {
    const recent = this.#recents.of(this.place.account.id, this.mailbox, rows);
    if (!this.readOnly) this.#recents.claim(this.place.account.id, this.mailbox, uidnext);
    return recent;
  }
}

/** Whether two combinations of flags are the same, also when they stem from different states. */
export function sameFlags(a: Flags, b: Flags): boolean {
  return (
    a === b ||
    (a.system === b.system &&
      a.keywords.length === b.keywords.length &&
      a.keywords.every((keyword, i) => keyword.toLowerCase() === b.keywords[i]!.toLowerCase()))
  );
}

function* uidsOf(rows: Rows, from = 0): Generator<number> {
  for (let i = from; i < rows.length; i++) yield rows.uid(i);
}
