import { changesOf, emailsOfThread } from './changes.ts';
import {
  E_PLACEMENTS,
  E_SIZE,
  E_THREAD,
  EMAIL,
  P_CREATED,
  P_DATE,
  P_EMAIL,
  P_FLAGS,
  P_MODSEQ,
  P_SAVED,
  P_SIZE,
  P_UID,
  PLACEMENT,
} from './columns.ts';
import { FlagTable } from './flags.ts';
import { Known, threadKey } from './known.ts';
import { canonicalName } from './names.ts';
import type { Freed } from './operations.ts';
import type { Shift } from './shifts.ts';
import { Table } from './table.ts';
import { type Change, type Left, type Mailbox, type Role, type Rows, type State, threadId } from './types.ts';
import { UidSet } from './uidset.ts';

/** UIDs that one entry expunged. */
export interface Gone {
  readonly seq: number;
  readonly uids: UidSet;
  /** The numbers of their emails, where others can see the mailbox. */
  readonly emails?: readonly number[] | undefined;
}

/** One mailbox of one version of the state; replaced, never changed. */
export interface MailboxState extends Mailbox {
  readonly role: Role | undefined;
  /** Absent in a state that was opened only to append. */
  readonly rows: Table | undefined;
  /** Ascending by seq. Complete above `goneFloor`. */
  readonly gone: readonly Gone[];
  readonly goneFloor: number;
  /** By account: the UIDs that others than the owner have read, of those that exist. */
  readonly seen: ReadonlyMap<string, UidSet>;
}

/** The fold of an account's log up to `seq`. Immutable but for what `Known` says of itself. */
export interface Fields {
  readonly seq: number;
  /** Writer's time of the last entry, milliseconds since 1970. */
  readonly time: number;
  readonly epoch: number;
  readonly bytes: number;
  readonly emails: number;
  /** The highest UIDVALIDITY that was ever given (design: rule 14). */
  readonly uidvalidity: number;
  readonly mailboxes: ReadonlyMap<string, MailboxState>;
  readonly subscriptions: ReadonlySet<string>;
  readonly objectTypes: ReadonlyMap<string, ReadonlyMap<string, unknown>>;
  readonly typeSeqs: ReadonlyMap<string, number>;
  /** When objects came, changed and went, by type and id; those that went too, above `changesFloor`. */
  readonly objectSeqs: ReadonlyMap<string, ReadonlyMap<string, Omit<Change, 'id'>>>;
  /** Mailboxes that are no more, and since when; above `changesFloor`. */
  readonly goneMailboxes: ReadonlyMap<string, number>;
  /** When emails stopped being shown and came back, ascending; above `changesFloor`. */
  readonly shifts: readonly Shift[];
  /** Changes at or below this position may be forgotten. */
  readonly changesFloor: number;
  readonly flagTable: FlagTable;
  /** Absent in a state that was opened only to append. */
  readonly emailTable: Table | undefined;
  readonly known: Known;
}

export function emptyFields(): Fields {
  return {
    seq: 0,
    time: 0,
    epoch: 1,
    bytes: 0,
    emails: 0,
    uidvalidity: 0,
    mailboxes: new Map(),
    subscriptions: new Set(),
    objectTypes: new Map(),
    typeSeqs: new Map(),
    objectSeqs: new Map(),
    goneMailboxes: new Map(),
    shifts: [],
    changesFloor: 0,
    flagTable: FlagTable.EMPTY,
    emailTable: Table.empty(EMAIL),
    known: Known.from(),
  };
}

/** Reads a version of the fields as the rest of the system wants to see them. */
export abstract class StateView implements State {
  abstract get fields(): Fields;

  get seq(): number {
    return this.fields.seq;
  }
  get epoch(): number {
    return this.fields.epoch;
  }
  get bytes(): number {
    return this.fields.bytes;
  }
  get emails(): number {
    return this.fields.emails;
  }
  get mailboxes(): ReadonlyMap<string, Mailbox> {
    return this.fields.mailboxes;
  }
  get subscriptions(): ReadonlySet<string> {
    return this.fields.subscriptions;
  }

  mailboxNamed(name: string): Mailbox | undefined {
    const canonical = canonicalName(name);
    for (const mailbox of this.fields.mailboxes.values()) if (mailbox.name === canonical) return mailbox;
    return undefined;
  }

  rows(mailbox: string): Rows {
    const state = this.fields.mailboxes.get(mailbox);
    if (state === undefined) return new PlacementRows(Table.empty(PLACEMENT), this.fields.flagTable);
    if (state.rows === undefined) throw new Error('this account was opened to append only');
    return new PlacementRows(state.rows, this.fields.flagTable);
  }

  seenBy(mailbox: string, actor: string): UidSet {
    return this.fields.mailboxes.get(mailbox)?.seen.get(actor) ?? UidSet.EMPTY;
  }

  bytesFreed(mailbox: string, rows: readonly number[]): number {
    const table = this.fields.mailboxes.get(mailbox)?.rows;
    const { emailTable } = this.fields;
    if (table === undefined || emailTable === undefined) throw new Error('no rows of that mailbox are open');
    return freedBy(emailTable, table, rows)[1];
  }

  vanishedSince(mailbox: string, seq: number): UidSet | undefined {
    const state = this.fields.mailboxes.get(mailbox);
    if (state === undefined || seq < state.goneFloor) return undefined;
    const pairs: (readonly [number, number])[] = [];
    for (let i = state.gone.length - 1; i >= 0 && state.gone[i]!.seq > seq; i--)
      pairs.push(...state.gone[i]!.uids.pairs());
    return UidSet.fromRuns(pairs);
  }

  leftSince(mailbox: string, seq: number): readonly Left[] | undefined {
    const state = this.fields.mailboxes.get(mailbox);
    if (state === undefined || seq < state.goneFloor) return undefined;
    const left: Left[] = [];
    for (let i = state.gone.length - 1; i >= 0 && state.gone[i]!.seq > seq; i--) {
      const gone = state.gone[i]!;
      if (gone.emails === undefined) return undefined;
      for (const email of gone.emails) left.push({ email, seq: gone.seq });
    }
    return left;
  }

  object(type: string, id: string): unknown {
    return this.fields.objectTypes.get(type)?.get(id);
  }

  objects(type: string): ReadonlyMap<string, unknown> {
    return this.fields.objectTypes.get(type) ?? new Map();
  }

  objectSeq(type: string, id: string): number {
    return this.fields.objectSeqs.get(type)?.get(id)?.changed ?? 0;
  }

  placements(email: number): readonly { readonly mailbox: string; readonly row: number }[] {
    const found: { mailbox: string; row: number }[] = [];
    for (const { id, rows } of this.fields.mailboxes.values()) {
      for (const row of rows?.rowsWith(P_EMAIL, email) ?? []) found.push({ mailbox: id, row });
    }
    return found;
  }

  inThread(thread: string): readonly number[] {
    return emailsOfThread(this.fields, thread);
  }

  threadOf(email: number): string | undefined {
    const emails = this.fields.emailTable;
    const row = emails?.find(email) ?? -1;
    return row < 0 ? undefined : threadId(emails!.get(row, E_THREAD));
  }

  threadWith(messageId: string): string | undefined {
    const thread = this.fields.known.thread(threadKey(messageId));
    return thread === undefined ? undefined : threadId(thread);
  }

  changes(type: string, since: number): readonly Change[] | undefined {
    return changesOf(this.fields, type, since);
  }

  typeSeq(type: string): number {
    return this.fields.typeSeqs.get(type) ?? 0;
  }

  delivered(id: string): boolean {
    return this.fields.known.delivered(id);
  }
}

/** A version that does not change any more. */
export class AccountState extends StateView {
  readonly #fields: Fields;

  constructor(fields: Fields) {
    super();
    this.#fields = fields;
  }

  get fields(): Fields {
    return this.#fields;
  }
}

class PlacementRows implements Rows {
  readonly #table: Table;
  readonly #flags: FlagTable;

  constructor(table: Table, flags: FlagTable) {
    this.#table = table;
    this.#flags = flags;
  }

  get length(): number {
    return this.#table.length;
  }
  find(uid: number): number {
    return this.#table.find(uid);
  }
  lowerBound(uid: number): number {
    return this.#table.lowerBound(uid);
  }
  uid(i: number): number {
    return this.#table.get(i, P_UID);
  }
  flags(i: number) {
    return this.#flags.get(this.#table.get(i, P_FLAGS));
  }
  modseq(i: number): number {
    return this.#table.get(i, P_MODSEQ);
  }
  created(i: number): number {
    return this.#table.get(i, P_CREATED);
  }
  date(i: number): number {
    return this.#table.get(i, P_DATE) * 1000;
  }
  saved(i: number): number {
    return this.#table.get(i, P_SAVED) * 1000;
  }
  size(i: number): number {
    return this.#table.get(i, P_SIZE);
  }
  email(i: number): number {
    return this.#table.get(i, P_EMAIL);
  }
  changedSince(seq: number): readonly number[] {
    return this.#table.rowsAbove(P_MODSEQ, seq);
  }
}

/** The emails, and their bytes, that would be left without a placement if these rows went. */
export function freedBy(emails: Table, table: Table, rows: readonly number[]): Freed {
  const going = new Map<number, number>();
  for (const row of rows) {
    const email = table.get(row, P_EMAIL);
    going.set(email, (going.get(email) ?? 0) + 1);
  }
  let count = 0;
  let bytes = 0;
  for (const [email, placements] of going) {
    const row = emails.find(email);
    if (emails.get(row, E_PLACEMENTS) > placements) continue;
    count += 1;
    bytes += emails.get(row, E_SIZE);
  }
  return [count, bytes];
}

/** Indices of those of `uids` that a mailbox's placements have, ascending. */
export function rowsWithin(table: Table, uids: UidSet): number[] {
  const rows: number[] = [];
  for (const [first, last] of uids.pairs()) {
    const end = table.lowerBound(last + 1);
    for (let row = table.lowerBound(first); row < end; row++) rows.push(row);
  }
  return rows;
}
