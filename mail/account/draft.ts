import { Refused } from '../refused.ts';
import { E_PLACEMENTS, E_SIZE, P_FLAGS, P_MODSEQ, P_SIZE, P_UID } from './columns.ts';
import { Fold } from './fold.ts';
import { threadKey } from './known.ts';
import { canonicalName, checkedName, parentNames } from './names.ts';
import { type Counts, EMAILS_PER_ENTRY, type Operation } from './operations.ts';
import { type Fields, freedBy, type MailboxState, rowsWithin, StateView } from './state.ts';
import { distinct, type Table } from './table.ts';
import {
  type Copied,
  DELETED,
  type Draft,
  type Mailbox,
  type NewMessage,
  type Placement,
  type Role,
  SEEN,
} from './types.ts';
import { UidSet } from './uidset.ts';

const MAILBOX_LIMIT = 10_000;
const UID_LIMIT = 0xffffffff;
/** Runs of UIDs that others than the owner have read, of all of them together, in one mailbox. */
const SEEN_LIMIT = 200_000;

/** Decides: turns what a writer asks for into operations with results, and applies each at once by the fold. */
export class AccountDraft extends StateView implements Draft {
  readonly operations: Operation[] = [];
  readonly #fold: Fold;
  readonly #seq: number;
  readonly #time: number;
  /** How many emails and mailboxes the entry has made so far, by this draft and the ones before it. */
  #serial: number;

  /** A draft for the entry `seq` on top of `base`, which may be another draft's result for the same entry. */
  constructor(base: Fields, seq: number, time: number, serial: number) {
    super();
    this.#fold = new Fold(base, seq, time);
    this.#seq = seq;
    this.#time = time;
    this.#serial = serial;
  }

  get fields(): Fields {
    return this.#fold.fields;
  }

  get serial(): number {
    return this.#serial;
  }

  add(message: NewMessage): { readonly email: number; readonly placements: readonly Placement[] } | undefined {
    if (message.delivery !== undefined && this.delivered(message.delivery)) return undefined;
    const placements = [...new Set(message.mailboxes)].map((mailbox) => ({ mailbox, uid: this.#nextUid(mailbox, 1) }));
    const email = this.#number();
    this.#do({
      op: 'add',
      email,
      thread: this.#threadOf(message),
      blob: message.blob,
      size: message.size,
      date: message.date,
      flags: message.flags,
      in: placements.map(({ mailbox, uid }) => [mailbox, uid] as const),
      ...(message.delivery === undefined ? {} : { delivery: message.delivery }),
      summary: message.summary,
    });
    return { email, placements };
  }

  store(
    mailbox: string,
    uids: UidSet,
    mode: 'set' | 'add' | 'remove',
    flags: readonly string[],
    unchangedSince?: number,
  ): { readonly changed: UidSet; readonly modified: UidSet } {
    const table = this.#table(mailbox);
    const flagTable = this.fields.flagTable;
    const named = rowsWithin(table, uids);
    const isModified = (row: number) => unchangedSince !== undefined && table.get(row, P_MODSEQ) > unchangedSince;
    const modified = unchangedSince === undefined ? [] : named.filter(isModified);
    const rows = modified.length === 0 ? named : named.filter((row) => !isModified(row));
    const before = table.values(rows, P_FLAGS);
    const same = new Set<number>();
    let unseen = 0;
    let deleted = 0;
    const kinds = distinct(before);
    for (const number of kinds) {
      const list = flagTable.changed(number, mode, flags);
      if (flagTable.find(list) === number) {
        same.add(number);
        continue;
      }
      const longer = flagTable.including(list);
      const was = flagTable.get(number).system;
      const is = longer.get(longer.find(list)!).system;
      const count =
        kinds.length === 1 ? before.length : before.reduce((sum, other) => sum + (other === number ? 1 : 0), 0);
      unseen += count * (((was & SEEN) === 0 ? -1 : 0) + ((is & SEEN) === 0 ? 1 : 0));
      deleted += count * (((was & DELETED) === 0 ? 0 : -1) + ((is & DELETED) === 0 ? 0 : 1));
    }
    const changed = same.size === 0 ? rows : rows.filter((_, i) => !same.has(before[i]!));
    const set = UidSet.fromAscending(table.values(changed, P_UID));
    if (!set.isEmpty) {
      this.#do({ op: 'store', mailbox, uids: set.toString(), mode, flags, counts: [0, unseen, deleted, 0] });
    }
    return { changed: set, modified: UidSet.fromAscending(table.values(modified, P_UID)) };
  }

  see(mailbox: string, actor: string, uids: UidSet, on: boolean): UidSet {
    const table = this.#table(mailbox);
    const { seen } = this.#get(mailbox);
    const before = seen.get(actor) ?? UidSet.EMPTY;
    const wanted = on ? uids.without(before) : uids.intersection(before);
    const changed = UidSet.fromAscending(rowsWithin(table, wanted).map((row) => table.get(row, P_UID)));
    if (changed.isEmpty) return changed;
    const runs = [...seen.values()].reduce((sum, one) => sum + one.runs.length / 2, 0);
    if (runs + changed.runs.length / 2 > SEEN_LIMIT) {
      throw new Refused('limit', 'This shared mailbox remembers too much of who has read what: expunge something.');
    }
    this.#do({ op: 'see', mailbox, actor, uids: changed.toString(), on });
    return changed;
  }

  expunge(mailbox: string, uids: UidSet): UidSet {
    const table = this.#table(mailbox);
    const rows = rowsWithin(table, uids);
    if (rows.length === 0) return UidSet.EMPTY;
    const set = UidSet.fromAscending(rows.map((row) => table.get(row, P_UID)));
    const [messages, unseen, deleted, bytes] = this.#countsOf(table, rows);
    const freed = freedBy(this.#emails(), table, rows);
    this.#do({
      op: 'expunge',
      mailbox,
      uids: set.toString(),
      counts: [-messages, -unseen, -deleted, -bytes],
      freed,
    });
    return set;
  }

  copy(from: string, uids: UidSet, to: string): Copied {
    return this.#transfer('copy', from, uids, to);
  }

  move(from: string, uids: UidSet, to: string): Copied {
    return this.#transfer('move', from, uids, to);
  }

  createMailbox(name: string, role?: Role): Mailbox {
    const checked = checkedName(name);
    if (this.mailboxNamed(checked) !== undefined) throw new Refused('alreadyexists', `${checked} exists already.`);
    if (role !== undefined) this.#checkRole(role);
    for (const parent of parentNames(checked))
      if (this.mailboxNamed(parent) === undefined) this.#make(parent, undefined);
    return this.#make(checked, role);
  }

  renameMailbox(from: string, to: string): void {
    const source = this.#named(from);
    const target = checkedName(to);
    if (this.mailboxNamed(target) !== undefined) throw new Refused('alreadyexists', `${target} exists already.`);
    if (target.startsWith(`${source.name}/`)) throw new Refused('cannot', 'A mailbox cannot become its own inferior.');
    for (const parent of parentNames(target))
      if (this.mailboxNamed(parent) === undefined) this.#make(parent, undefined);
    if (source.name === 'INBOX') {
      const made = this.#make(target, undefined);
      this.move(source.id, UidSet.range(1, UID_LIMIT), made.id);
      return;
    }
    const inferiors = [...this.fields.mailboxes.values()].filter(({ name }) => name.startsWith(`${source.name}/`));
    this.#do({ op: 'rename', mailbox: source.id, name: target });
    for (const inferior of inferiors) {
      this.#do({
        op: 'rename',
        mailbox: inferior.id,
        name: checkedName(target + inferior.name.slice(source.name.length)),
      });
    }
  }

  deleteMailbox(name: string): void {
    const mailbox = this.#named(name);
    if (mailbox.name === 'INBOX') throw new Refused('cannot', 'INBOX cannot be deleted.');
    if ([...this.fields.mailboxes.values()].some((other) => other.name.startsWith(`${mailbox.name}/`))) {
      throw new Refused('cannot', `${mailbox.name} holds other mailboxes: delete those first.`);
    }
    const table = this.#table(mailbox.id);
    const rows = Array.from({ length: table.length }, (_, row) => row);
    this.#do({ op: 'unmailbox', mailbox: mailbox.id, freed: freedBy(this.#emails(), table, rows) });
  }

  subscribe(name: string, on: boolean): void {
    const canonical = on ? checkedName(name) : canonicalName(name);
    if (on && this.fields.subscriptions.size >= MAILBOX_LIMIT) {
      throw new Refused('limit', `An account has at most ${MAILBOX_LIMIT} subscriptions.`);
    }
    if (this.fields.subscriptions.has(canonical) !== on) this.#do({ op: 'subscribe', name: canonical, on });
  }

  setRole(mailbox: string, role: Role | undefined): void {
    if (this.#get(mailbox).role === role) return;
    if (role !== undefined) this.#checkRole(role);
    this.#do({ op: 'role', mailbox, ...(role === undefined ? {} : { role }) });
  }

  putObject(type: string, id: string, value: unknown): void {
    this.#do({ op: 'put', type, id, value });
  }

  deleteObject(type: string, id: string): void {
    if (this.object(type, id) === undefined) throw new Refused('nonexistent', `There is no ${type} ${id}.`);
    this.#do({ op: 'unput', type, id });
  }

  /** New placements for emails that the account has not released, whether they have others or not (undelete). */
  place(
    mailbox: string,
    emails: readonly { readonly email: number; readonly flags: readonly string[]; readonly date: number }[],
  ): UidSet {
    const first = this.#nextUid(mailbox, emails.length);
    const table = this.#emails();
    const counts: [number, number, number, number] = [0, 0, 0, 0];
    const revived: [number, number] = [0, 0];
    const seen = new Set<number>();
    for (const { email, flags } of emails) {
      const row = table.find(email);
      if (row < 0) throw new Refused('nonexistent', 'That message is gone for good.');
      const size = table.get(row, E_SIZE);
      const has = (flag: string) => flags.some((name) => name.toLowerCase() === flag);
      counts[0] += 1;
      counts[1] += has('\\seen') ? 0 : 1;
      counts[2] += has('\\deleted') ? 1 : 0;
      counts[3] += size;
      if (table.get(row, E_PLACEMENTS) === 0 && !seen.has(email)) {
        revived[0] += 1;
        revived[1] += size;
      }
      seen.add(email);
    }
    if (emails.length > 0) {
      this.#do({
        op: 'place',
        mailbox,
        uid: first,
        emails: emails.map(({ email, flags, date }) => [email, flags, date] as const),
        counts,
        revived,
      });
    }
    return UidSet.range(first, first + emails.length - 1);
  }

  /** Gives up emails that have no placement, and their blobs (design: rules 3 and 15). */
  forget(op: 'release' | 'erase', emails: readonly number[], blobs: readonly string[]): void {
    if (emails.length > 0) this.#do({ op, emails, blobs });
  }

  /** Begins a new epoch, so that nothing a client remembers of this account holds any more (design: rule 5). */
  beginEpoch(seq: number): void {
    let uidvalidity = this.#nextUidvalidity();
    const each: Record<string, number> = {};
    for (const id of this.fields.mailboxes.keys()) each[id] = uidvalidity++;
    this.#do({ op: 'epoch', epoch: this.fields.epoch + 1, seq: Math.max(seq, this.#seq), uidvalidity: each });
  }

  #transfer(op: 'copy' | 'move', from: string, uids: UidSet, to: string): Copied {
    const table = this.#table(from);
    const rows = rowsWithin(table, uids);
    const target = this.#get(to);
    if (rows.length === 0) return { from: UidSet.EMPTY, to: UidSet.EMPTY, uidvalidity: target.uidvalidity };
    const first = this.#nextUid(to, rows.length);
    const set = UidSet.fromAscending(rows.map((row) => table.get(row, P_UID)));
    this.#do({ op, from, uids: set.toString(), to, uid: first, counts: this.#countsOf(table, rows) });
    return { from: set, to: UidSet.range(first, first + rows.length - 1), uidvalidity: target.uidvalidity };
  }

  #make(name: string, role: Role | undefined): Mailbox {
    if (this.fields.mailboxes.size >= MAILBOX_LIMIT) {
      throw new Refused('limit', `An account has at most ${MAILBOX_LIMIT} mailboxes.`);
    }
    const id = `m${this.#number().toString(36)}`;
    this.#do({
      op: 'mailbox',
      id,
      name,
      ...(role === undefined ? {} : { role }),
      uidvalidity: this.#nextUidvalidity(),
    });
    return this.#get(id);
  }

  /** Threads never merge (design: rule 8): the lowest that any of the ids is known for, else one named by the first. */
  #threadOf(message: NewMessage): number {
    const { messageId, inReplyTo = [], references = [] } = message.summary;
    const own = messageId === undefined ? [] : [messageId];
    let thread: number | undefined;
    for (const id of [...own, ...inReplyTo, ...references]) {
      const known = this.fields.known.thread(threadKey(id));
      if (known !== undefined && (thread === undefined || known < thread)) thread = known;
    }
    return thread ?? threadKey(references[0] ?? inReplyTo[0] ?? messageId ?? message.blob);
  }

  #number(): number {
    if (this.#serial >= EMAILS_PER_ENTRY) {
      throw new Refused('limit', `One request adds at most ${EMAILS_PER_ENTRY} messages and mailboxes: split it.`);
    }
    return this.#seq * EMAILS_PER_ENTRY + this.#serial++;
  }

  #nextUid(mailbox: string, count: number): number {
    const { uidnext } = this.#get(mailbox);
    if (uidnext + count > UID_LIMIT) throw new Refused('limit', 'This mailbox has used up its UIDs: make a new one.');
    return uidnext;
  }

  #nextUidvalidity(): number {
    return Math.max(this.fields.uidvalidity + 1, Math.floor(this.#time / 1000));
  }

  #checkRole(role: Role): void {
    for (const mailbox of this.fields.mailboxes.values()) {
      if (mailbox.role === role) throw new Refused('cannot', `${mailbox.name} has the use "${role}" already.`);
    }
  }

  #countsOf(table: Table, rows: readonly number[]): Counts {
    let unseen = 0;
    let deleted = 0;
    let bytes = 0;
    for (const row of rows) {
      const { system } = this.fields.flagTable.get(table.get(row, P_FLAGS));
      if ((system & SEEN) === 0) unseen += 1;
      if ((system & DELETED) !== 0) deleted += 1;
      bytes += table.get(row, P_SIZE);
    }
    return [rows.length, unseen, deleted, bytes];
  }

  #do(operation: Operation): void {
    this.#fold.apply(operation);
    this.operations.push(operation);
  }

  #get(id: string): MailboxState {
    const mailbox = this.fields.mailboxes.get(id);
    if (mailbox === undefined) throw new Refused('nonexistent', 'That mailbox does not exist any more.');
    return mailbox;
  }

  #named(name: string): Mailbox {
    const mailbox = this.mailboxNamed(name);
    if (mailbox === undefined) throw new Refused('nonexistent', `There is no mailbox ${canonicalName(name)}.`);
    return mailbox;
  }

  #table(mailbox: string): Table {
    const { rows } = this.#get(mailbox);
    if (rows === undefined) throw new Error('this account was opened to append only');
    return rows;
  }

  #emails(): Table {
    const table = this.fields.emailTable;
    if (table === undefined) throw new Error('this account was opened to append only');
    return table;
  }
}
