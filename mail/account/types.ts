import type { Summary } from '../message/summary.ts';
import type { UidSet } from './uidset.ts';

/**
 * The account as its readers and writers see it (design.md section 2). A `State` is immutable: a session that holds one
 * can compare it with the next at leisure. Everything that changes an account is one `write`.
 */

/** \Answered, \Flagged, \Deleted, \Seen, \Draft as bits of `Flags.system`. */
export const SYSTEM_FLAGS = ['\\Answered', '\\Flagged', '\\Deleted', '\\Seen', '\\Draft'] as const;
export const ANSWERED = 1;
export const FLAGGED = 2;
export const DELETED = 4;
export const SEEN = 8;
export const DRAFT = 16;

/** One combination of flags, shared by all placements of a mailbox that have it. */
export interface Flags {
  /** Bits of SYSTEM_FLAGS. */
  readonly system: number;
  /** Keywords as first spelled in the mailbox, sorted; compared without regard to case (RFC 9051 section 2.3.2). */
  readonly keywords: readonly string[];
  /** All of them in IMAP's spelling. */
  readonly list: readonly string[];
}

/** The placements of one mailbox, ascending by UID. Index i is 0-based: IMAP's sequence number less one. */
export interface Rows {
  readonly length: number;
  /** The index of a UID, or -1. */
  find(uid: number): number;
  /** The index of the first UID at or above `uid`; `length` when there is none. */
  lowerBound(uid: number): number;
  uid(i: number): number;
  flags(i: number): Flags;
  /** The seq of the last entry that changed this placement. */
  modseq(i: number): number;
  /** The seq of the entry that made this placement. */
  created(i: number): number;
  /** INTERNALDATE, milliseconds since 1970, whole seconds. */
  date(i: number): number;
  /** Milliseconds since 1970 when this placement was made (RFC 8514 SAVEDATE). */
  saved(i: number): number;
  /** RFC822.SIZE in bytes. */
  size(i: number): number;
  /** The email's number in this account, for `summaries` and `emailId`. */
  email(i: number): number;
  /** The indices of placements that entries after `seq` have made or changed, ascending. Much cheaper than asking each for its modseq. */
  changedSince(seq: number): readonly number[];
}

/** Special-use roles (RFC 6154), lower case and without the backslash, as in JMAP; `inbox` too. */
export type Role =
  | 'inbox'
  | 'drafts'
  | 'sent'
  | 'junk'
  | 'trash'
  | 'archive'
  | 'flagged'
  | 'all'
  | 'important'
  | 'snoozed';

export interface Mailbox {
  /** OBJECTID MAILBOXID, JMAP id. */
  readonly id: string;
  /** Full name, Unicode, levels separated by '/'. The inbox is 'INBOX'. */
  readonly name: string;
  readonly role: Role | undefined;
  readonly uidvalidity: number;
  readonly uidnext: number;
  /** HIGHESTMODSEQ: the seq of the last entry that changed anything in this mailbox. */
  readonly modseq: number;
  /** The seq of the last entry that changed its name, its role, or whether it is subscribed to. */
  readonly described: number;
  readonly messages: number;
  readonly unseen: number;
  readonly deleted: number;
  readonly bytes: number;
  /** Keywords that were ever set on a message here, in order of their first use. */
  readonly keywords: readonly string[];
}

/** When something came, was last changed, and went: log positions. */
export interface Change {
  readonly id: string;
  readonly created: number;
  readonly changed: number;
  /** 0: it is there. */
  readonly gone: number;
  /**
   * Of an email that was hidden by `\Deleted` (RFC 8621 section 4.1.1), or came back: where it is to be seen, each from a position on, up to
   * and without another. Null: neither happened after `since`. Absent where that is not known.
   */
  readonly shown?: readonly (readonly [from: number, to: number])[] | null;
}

/** An email that a mailbox lost, and to which entry. */
export interface Left {
  readonly email: number;
  readonly seq: number;
}

export interface State {
  /** The account log's position. */
  readonly seq: number;
  readonly epoch: number;
  /** Sum of the sizes of all emails, each counted once. */
  readonly bytes: number;
  /** Number of emails, each counted once. */
  readonly emails: number;
  /** By id, in order of creation. */
  readonly mailboxes: ReadonlyMap<string, Mailbox>;
  /** Names subscribed to; a name need not exist (RFC 9051 section 6.3.7). */
  readonly subscriptions: ReadonlySet<string>;
  /** By full name; INBOX in any case. */
  mailboxNamed(name: string): Mailbox | undefined;
  rows(mailbox: string): Rows;
  /** Bytes by which the account would keep less if these of its rows were expunged: emails that are elsewhere too stay. */
  bytesFreed(mailbox: string, rows: readonly number[]): number;
  /** What somebody else than the owner has read in the mailbox: his `\Seen`. `actor` is his account's id. Only UIDs that exist. */
  seenBy(mailbox: string, actor: string): UidSet;
  /** UIDs expunged from the mailbox by entries after `seq` (QRESYNC VANISHED), or undefined below the floor. */
  vanishedSince(mailbox: string, seq: number): UidSet | undefined;
  /** The emails that entries after `seq` took out of a mailbox; undefined where that is not known: below the floor, or nobody else sees it. */
  leftSince(mailbox: string, seq: number): readonly Left[] | undefined;
  /** An account object: `identity`, `vacation`, `sieve`, ... */
  object(type: string, id: string): unknown;
  objects(type: string): ReadonlyMap<string, unknown>;
  /** Seq of the last change to an object, 0 where there never was one. */
  objectSeq(type: string, id: string): number;
  /** Where an email is, by its number: none when it is gone. */
  placements(email: number): readonly { readonly mailbox: string; readonly row: number }[];
  /** The numbers of the emails of a thread that are somewhere, ascending. */
  inThread(thread: string): readonly number[];
  /** The thread of an email; undefined when it is gone for good. */
  threadOf(email: number): string | undefined;
  /** The thread that a message with that Message-ID (without angle brackets) would join, or is in, for 12 months. Absent: of a view. */
  threadWith?(messageId: string): string | undefined;
  /**
   * What came, changed or went after `since`: of `Email`, `Thread`, `Mailbox`, or of a type of objects. In no order, and for `Email` and
   * `Thread` at a cost that grows with the number of changes. Undefined where history does not go back so far.
   */
  changes(type: string, since: number): readonly Change[] | undefined;
  /** Seq of the last change to a type (`Mailbox`, `Email`, `Thread`, or an object's). */
  typeSeq(type: string): number;
  /** Whether that delivery id was filed here within the last 45 days. */
  delivered(id: string): boolean;
}

/** Objects of this type are the annotations (RFC 5464) of the mailbox whose id they have. */
export const ANNOTATIONS = 'metadata';

/** Objects of this type say how JMAP shows the mailbox whose id they have: `{ sortOrder }`. */
export const MAILBOX_VIEW = 'mailboxView';

/** Objects of this type say when somebody's rights were changed last, by who he is: `{ seq }`. */
export const ACCESS = 'access';

/** An object of this type says that somebody may have shared something with the account: it is put before the first right is given, and stays. */
export const SHAREE = 'sharee';

/** Objects of this type are the access control list (RFC 4314) of the mailbox whose id they have. */
export const ACL = 'acl';

export interface NewMessage {
  /** Ids of the mailboxes that it is put in, one or more. */
  readonly mailboxes: readonly string[];
  readonly blob: string;
  readonly size: number;
  /** INTERNALDATE, milliseconds since 1970. */
  readonly date: number;
  readonly flags: readonly string[];
  readonly summary: Summary;
  /** The delivery id, where it came by a job. */
  readonly delivery?: string;
}

export interface Placement {
  readonly mailbox: string;
  readonly uid: number;
}

export interface Copied {
  /** In the order of the source; `to` gives one UID for each of `from`. */
  readonly from: UidSet;
  readonly to: UidSet;
  readonly uidvalidity: number;
}

/**
 * The state plus what this write has done to it so far. Each method checks, applies, and records one operation with its
 * results; it throws `Refused` and changes nothing where it cannot.
 */
export interface Draft extends State {
  /** Files one new email. Undefined when that delivery id was filed before: nothing is done. */
  add(message: NewMessage): { readonly email: number; readonly placements: readonly Placement[] } | undefined;
  /**
   * Sets, adds or removes flags on those of `uids` that exist. Gives the UIDs really changed. With `unchangedSince`,
   * leaves out placements with a higher modseq and lists them in `modified` (RFC 7162 section 3.1.3).
   */
  store(
    mailbox: string,
    uids: UidSet,
    mode: 'set' | 'add' | 'remove',
    flags: readonly string[],
    unchangedSince?: number,
  ): { readonly changed: UidSet; readonly modified: UidSet };
  /**
   * Sets or removes the `\Seen` of somebody who is not the owner (design: rule 14); everybody else's stays as it is. Gives the UIDs
   * really changed. Throws `Refused('limit')` where the mailbox remembers too much of that kind.
   */
  see(mailbox: string, actor: string, uids: UidSet, on: boolean): UidSet;
  /** Removes those of `uids` that exist, whatever their flags. Gives them. */
  expunge(mailbox: string, uids: UidSet): UidSet;
  /** Those of `uids` that exist get a new placement each, flags kept, in UID order. */
  copy(from: string, uids: UidSet, to: string): Copied;
  /** As copy, and the source placements vanish in the same entry (RFC 6851). */
  move(from: string, uids: UidSet, to: string): Copied;
  /** Makes missing parents too (RFC 9051 section 6.3.4). Gives the mailbox. */
  createMailbox(name: string, role?: Role): Mailbox;
  /** With its inferiors; INBOX: its messages move to a new mailbox, INBOX stays (RFC 9051 section 6.3.6). */
  renameMailbox(from: string, to: string): void;
  /** By name. A mailbox with inferiors is refused; INBOX too. */
  deleteMailbox(name: string): void;
  subscribe(name: string, on: boolean): void;
  setRole(mailbox: string, role: Role | undefined): void;
  putObject(type: string, id: string, value: unknown): void;
  deleteObject(type: string, id: string): void;
}

export interface Account {
  readonly id: string;
  /** The state as last known to this process. */
  readonly state: State;
  /** A state that contains every write acknowledged anywhere before the call (design: rule 9). */
  refresh(): Promise<State>;
  /**
   * Changes the account: `decide` is called with a draft of the newest state, perhaps again after a lost race (so it must have
   * no effect besides); what it did becomes one entry, perhaps together with other writes of this process. Resolves when durable.
   * Rejects with what `decide` threw (nothing changed) or with `Refused('unavailable')` (nothing changed).
   */
  write<T>(decide: (draft: Draft) => T): Promise<{ readonly result: T; readonly state: State; readonly seq: number }>;
  /** Summaries and blob names by email number. An email that is gone for good is missing from the map. */
  emails(numbers: readonly number[]): Promise<ReadonlyMap<number, StoredEmail>>;
  /** Calls `listener` after each move of this process's state, and wakes it by events and by polling. */
  watch(listener: (state: State) => void): () => void;
}

export interface StoredEmail {
  readonly email: number;
  readonly blob: string;
  readonly size: number;
  readonly thread: string;
  readonly summary: Summary;
}

export interface Accounts {
  /** Opens an account, or gives the one that is open. */
  open(id: string): Promise<Account>;
  /** As `open`, with all that was written before the call (design: rule 9): one read less than `refresh` after it where it was not open. */
  openFresh(id: string): Promise<Account>;
}

/** OBJECTID EMAILID / JMAP id of an email number. */
export function emailId(email: number): string {
  return `e${email.toString(36)}`;
}

/** The number behind an email's id; undefined where it is none. */
export function emailNumber(id: string): number | undefined {
  return /^e[0-9a-z]{1,11}$/.test(id) ? Number.parseInt(id.slice(1), 36) : undefined;
}

/** OBJECTID THREADID / JMAP id of a thread's number. */
export function threadId(thread: number): string {
  return `t${thread.toString(36)}`;
}
