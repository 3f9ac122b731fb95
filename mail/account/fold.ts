import { threadKey } from './known.ts';
import type { Counts, Entry, Freed, Operation } from './operations.ts';
import {
  E_EMAIL,
  E_GONE,
  E_MODSEQ,
  E_PLACEMENTS,
  E_SIZE,
  type Fields,
  type MailboxState,
  P_DATE,
  P_EMAIL,
  P_FLAGS,
  P_MODSEQ,
  P_SIZE,
  PLACEMENT,
  rowsWithin,
} from './state.ts';
import { Edit, Table } from './table.ts';
import { DELETED, SEEN } from './types.ts';
import { UidSet } from './uidset.ts';

/** An entry's results do not fit the state that it follows: this process must not go on with the account. */
export class FoldMismatch extends Error {
  override readonly name = 'FoldMismatch';
}

/**
 * Applies operations to a state. It decides nothing: every result stands in the operation, and is checked where the state has what
 * is needed to check it. Pure: the same operations give the same state in every process (design.md section 2).
 */
export class Fold {
  readonly edit = new Edit();
  fields: Fields;
  readonly #seq: number;
  readonly #time: number;

  /** Begins the entry `seq`, written at `time`, on top of `base`, which stays as it is. */
  constructor(base: Fields, seq: number, time: number) {
    this.#seq = seq;
    this.#time = time;
    this.fields = { ...base, mailboxes: new Map(base.mailboxes), known: base.known.fork(), seq, time };
  }

  apply(operation: Operation): void {
    switch (operation.op) {
      case 'add':
        this.#add(operation);
        break;
      case 'store':
        this.#store(operation);
        break;
      case 'expunge':
        this.#expunge(operation);
        break;
      case 'copy':
      case 'move':
        this.#copy(operation);
        break;
      case 'place':
        this.#place(operation);
        break;
      case 'mailbox':
        this.#mailbox(operation);
        break;
      case 'unmailbox':
        this.#unmailbox(operation);
        break;
      case 'rename':
        this.#replace({ ...this.#get(operation.mailbox), name: operation.name });
        this.#touch('Mailbox');
        break;
      case 'role':
        this.#replace({ ...this.#get(operation.mailbox), role: operation.role });
        this.#touch('Mailbox');
        break;
      case 'subscribe': {
        const subscriptions = new Set(this.fields.subscriptions);
        if (operation.on) subscriptions.add(operation.name);
        else subscriptions.delete(operation.name);
        this.fields = { ...this.fields, subscriptions };
        this.#touch('Mailbox');
        break;
      }
      case 'put':
      case 'unput':
        this.#object(operation);
        break;
      case 'release':
      case 'erase':
        this.#forget(operation.emails);
        break;
      case 'epoch':
        this.#epoch(operation);
        break;
    }
  }

  #add(operation: Operation & { op: 'add' }): void {
    this.#includeFlags(operation.flags);
    const flags = this.fields.flagTable.find(operation.flags)!;
    const system = this.fields.flagTable.get(flags).system;
    for (const [id, uid] of operation.in) {
      const mailbox = this.#get(id);
      this.#check(uid === mailbox.uidnext, `UID ${uid} where ${mailbox.uidnext} is next`);
      const rows = mailbox.rows?.edit(this.edit);
      rows?.append([
        uid,
        operation.email,
        this.#seq,
        seconds(operation.date),
        seconds(this.#time),
        operation.size,
        flags,
        this.#seq,
      ]);
      this.#replace({
        ...mailbox,
        rows,
        uidnext: uid + 1,
        messages: mailbox.messages + 1,
        unseen: mailbox.unseen + ((system & SEEN) === 0 ? 1 : 0),
        deleted: mailbox.deleted + ((system & DELETED) === 0 ? 0 : 1),
        bytes: mailbox.bytes + operation.size,
        modseq: this.#seq,
        keywords: withKeywords(mailbox.keywords, this.fields.flagTable.get(flags).keywords),
      });
    }
    const emailTable = this.fields.emailTable?.edit(this.edit);
    emailTable?.append([operation.email, operation.thread, operation.size, operation.in.length, 0, this.#seq]);
    this.fields = {
      ...this.fields,
      emailTable,
      emails: this.fields.emails + 1,
      bytes: this.fields.bytes + operation.size,
    };
    const { messageId, inReplyTo = [], references = [] } = operation.summary;
    const ids = messageId === undefined ? [...inReplyTo, ...references] : [messageId, ...inReplyTo, ...references];
    this.fields.known.addThreads(ids.map(threadKey), operation.thread, this.#time);
    if (operation.delivery !== undefined) this.fields.known.addDelivery(operation.delivery, this.#time);
    this.#touch('Email', 'Mailbox', 'Thread');
  }

  #store(operation: Operation & { op: 'store' }): void {
    const mailbox = this.#get(operation.mailbox);
    const table = mailbox.rows?.edit(this.edit);
    let keywords = mailbox.keywords;
    if (table !== undefined) {
      const results = new Map<number, number>();
      const emails = this.fields.emailTable?.edit(this.edit);
      for (const row of rowsWithin(table, UidSet.parse(operation.uids))) {
        const before = table.get(row, P_FLAGS);
        let after = results.get(before);
        if (after === undefined) {
          const list = this.fields.flagTable.changed(before, operation.mode, operation.flags);
          this.#includeFlags(list);
          after = this.fields.flagTable.find(list)!;
          results.set(before, after);
          keywords = withKeywords(keywords, this.fields.flagTable.get(after).keywords);
        }
        table.set(row, P_FLAGS, after);
        table.set(row, P_MODSEQ, this.#seq);
        if (emails !== undefined) emails.set(this.#emailRow(emails, table.get(row, P_EMAIL)), E_MODSEQ, this.#seq);
      }
      this.fields = { ...this.fields, emailTable: emails };
    }
    this.#replace(this.#counted({ ...mailbox, rows: table, keywords }, operation.counts, 1));
    this.#touch('Email', 'Mailbox');
  }

  #expunge(operation: Operation & { op: 'expunge' }): void {
    const mailbox = this.#get(operation.mailbox);
    const uids = UidSet.parse(operation.uids);
    const table = mailbox.rows?.edit(this.edit);
    if (table !== undefined) {
      const rows = rowsWithin(table, UidSet.parse(operation.uids));
      this.#check(rows.length === -operation.counts[0], 'an expunge of other messages than there are');
      const freed = this.#displace(rows.map((row) => table.get(row, P_EMAIL)));
      this.#check(
        freed[0] === operation.freed[0] && freed[1] === operation.freed[1],
        'an expunge that frees otherwise',
      );
      table.remove(rows);
    }
    this.#replace(
      this.#counted(
        { ...mailbox, rows: table, gone: [...mailbox.gone, { seq: this.#seq, uids }] },
        operation.counts,
        1,
      ),
    );
    this.#free(operation.freed, -1);
    this.#touch('Email', 'Mailbox', 'Thread');
  }

  #copy(operation: Operation & { op: 'copy' | 'move' }): void {
    const source = this.#get(operation.from);
    const target = this.#get(operation.to);
    const [count] = operation.counts;
    this.#check(operation.uid === target.uidnext, `UID ${operation.uid} where ${target.uidnext} is next`);
    const move = operation.op === 'move';
    const rows = target.rows?.edit(this.edit);
    const from = operation.from === operation.to ? rows : source.rows?.edit(this.edit);
    let keywords = target.keywords;
    if (rows !== undefined && from !== undefined) {
      const indices = rowsWithin(from, UidSet.parse(operation.uids));
      this.#check(indices.length === count, 'a copy of other messages than there are');
      const emails = this.fields.emailTable!.edit(this.edit);
      let uid = operation.uid;
      for (const index of indices) {
        const email = from.get(index, P_EMAIL);
        const flags = from.get(index, P_FLAGS);
        const [date, size] = [from.get(index, P_DATE), from.get(index, P_SIZE)];
        rows.append([uid, email, this.#seq, date, seconds(this.#time), size, flags, this.#seq]);
        const row = this.#emailRow(emails, email);
        if (!move) emails.set(row, E_PLACEMENTS, emails.get(row, E_PLACEMENTS) + 1);
        emails.set(row, E_MODSEQ, this.#seq);
        keywords = withKeywords(keywords, this.fields.flagTable.get(flags).keywords);
        uid += 1;
      }
      if (move) from.remove(indices);
      this.fields = { ...this.fields, emailTable: emails };
    }
    const filed = { ...target, rows, keywords, uidnext: operation.uid + count };
    if (!move) this.#replace(this.#counted(filed, operation.counts, 1));
    else {
      const gone = { seq: this.#seq, uids: UidSet.parse(operation.uids) };
      if (source === target) {
        this.#replace(this.#counted({ ...filed, gone: [...target.gone, gone] }, [0, 0, 0, 0], 1));
      } else {
        this.#replace(this.#counted(filed, operation.counts, 1));
        this.#replace(this.#counted({ ...source, rows: from, gone: [...source.gone, gone] }, operation.counts, -1));
      }
    }
    this.#touch('Email', 'Mailbox');
  }

  #place(operation: Operation & { op: 'place' }): void {
    const mailbox = this.#get(operation.mailbox);
    this.#check(operation.uid === mailbox.uidnext, `UID ${operation.uid} where ${mailbox.uidnext} is next`);
    const rows = mailbox.rows?.edit(this.edit);
    const emails = this.fields.emailTable?.edit(this.edit);
    let keywords = mailbox.keywords;
    let uid = operation.uid;
    for (const [email, list, date] of operation.emails) {
      this.#includeFlags(list);
      const flags = this.fields.flagTable.find(list)!;
      keywords = withKeywords(keywords, this.fields.flagTable.get(flags).keywords);
      if (rows !== undefined && emails !== undefined) {
        const row = this.#emailRow(emails, email);
        const size = emails.get(row, E_SIZE);
        rows.append([uid, email, this.#seq, seconds(date), seconds(this.#time), size, flags, this.#seq]);
        emails.set(row, E_PLACEMENTS, emails.get(row, E_PLACEMENTS) + 1);
        emails.set(row, E_GONE, 0);
        emails.set(row, E_MODSEQ, this.#seq);
      }
      uid += 1;
    }
    this.fields = { ...this.fields, emailTable: emails };
    this.#replace(this.#counted({ ...mailbox, rows, keywords, uidnext: uid }, operation.counts, 1));
    this.#free(operation.revived, 1);
    this.#touch('Email', 'Mailbox', 'Thread');
  }

  #mailbox(operation: Operation & { op: 'mailbox' }): void {
    this.#check(!this.fields.mailboxes.has(operation.id), `mailbox ${operation.id} made twice`);
    this.#check(operation.uidvalidity > this.fields.uidvalidity, 'a UIDVALIDITY that was given before');
    this.fields = { ...this.fields, uidvalidity: operation.uidvalidity };
    this.#replace({
      id: operation.id,
      name: operation.name,
      role: operation.role,
      uidvalidity: operation.uidvalidity,
      uidnext: 1,
      modseq: this.#seq,
      messages: 0,
      unseen: 0,
      deleted: 0,
      bytes: 0,
      keywords: [],
      rows: this.fields.emailTable === undefined ? undefined : Table.empty(PLACEMENT),
      gone: [],
      goneFloor: this.#seq,
    });
    this.#touch('Mailbox');
  }

  #unmailbox(operation: Operation & { op: 'unmailbox' }): void {
    const { rows } = this.#get(operation.mailbox);
    if (rows !== undefined) {
      const emails = Array.from({ length: rows.length }, (_, row) => rows.get(row, P_EMAIL));
      const freed = this.#displace(emails);
      this.#check(
        freed[0] === operation.freed[0] && freed[1] === operation.freed[1],
        'a deletion that frees otherwise',
      );
    }
    const mailboxes = new Map(this.fields.mailboxes);
    mailboxes.delete(operation.mailbox);
    this.fields = { ...this.fields, mailboxes };
    this.#free(operation.freed, -1);
    this.#touch('Email', 'Mailbox', 'Thread');
  }

  #object(operation: Operation & { op: 'put' | 'unput' }): void {
    const objects = new Map(this.fields.objectTypes.get(operation.type));
    if (operation.op === 'put') objects.set(operation.id, operation.value);
    else objects.delete(operation.id);
    this.fields = { ...this.fields, objectTypes: new Map(this.fields.objectTypes).set(operation.type, objects) };
    this.#touch(operation.type);
  }

  #forget(numbers: readonly number[]): void {
    const emails = this.fields.emailTable?.edit(this.edit);
    if (emails !== undefined) {
      const rows = numbers.map((number) => this.#emailRow(emails, number)).sort((a, b) => a - b);
      for (const row of rows) this.#check(emails.get(row, E_PLACEMENTS) === 0, 'a release of an email that is in use');
      emails.remove(rows);
    }
    this.fields = { ...this.fields, emailTable: emails };
  }

  #epoch(operation: Operation & { op: 'epoch' }): void {
    this.#check(operation.seq >= this.#seq && operation.epoch > this.fields.epoch, 'an epoch that goes back');
    let highest = this.fields.uidvalidity;
    for (const [id, uidvalidity] of Object.entries(operation.uidvalidity)) {
      this.#check(uidvalidity > highest, 'a UIDVALIDITY that was given before');
      highest = uidvalidity;
      this.#replace({ ...this.#get(id), uidvalidity, modseq: operation.seq, gone: [], goneFloor: operation.seq });
    }
    this.fields = { ...this.fields, epoch: operation.epoch, seq: operation.seq, uidvalidity: highest };
    this.#touch('Email', 'Mailbox', 'Thread');
  }

  /** Takes one placement from each email named; gives what that frees. */
  #displace(numbers: readonly number[]): Freed {
    const emails = this.fields.emailTable!.edit(this.edit);
    let freed = 0;
    let bytes = 0;
    for (const number of numbers) {
      const row = this.#emailRow(emails, number);
      const left = emails.get(row, E_PLACEMENTS) - 1;
      emails.set(row, E_PLACEMENTS, left);
      emails.set(row, E_MODSEQ, this.#seq);
      if (left > 0) continue;
      emails.set(row, E_GONE, this.#seq);
      freed += 1;
      bytes += emails.get(row, E_SIZE);
    }
    this.fields = { ...this.fields, emailTable: emails };
    return [freed, bytes];
  }

  #free(freed: Freed, sign: 1 | -1): void {
    this.fields = {
      ...this.fields,
      emails: this.fields.emails + sign * freed[0],
      bytes: this.fields.bytes + sign * freed[1],
    };
  }

  #emailRow(emails: Table, number: number): number {
    const row = emails.find(number);
    this.#check(row >= 0 && emails.get(row, E_EMAIL) === number, `no email ${number}`);
    return row;
  }

  #counted(mailbox: MailboxState, counts: Counts, sign: 1 | -1): MailboxState {
    const next = {
      ...mailbox,
      messages: mailbox.messages + sign * counts[0],
      unseen: mailbox.unseen + sign * counts[1],
      deleted: mailbox.deleted + sign * counts[2],
      bytes: mailbox.bytes + sign * counts[3],
      modseq: this.#seq,
    };
    this.#check(
      next.rows === undefined || next.rows.length === next.messages,
      `${next.rows?.length} messages where ${next.messages} are counted`,
    );
    return next;
  }

  #includeFlags(list: readonly string[]): void {
    const flagTable = this.fields.flagTable.including(list);
    if (flagTable !== this.fields.flagTable) this.fields = { ...this.fields, flagTable };
  }

  #get(id: string): MailboxState {
    const mailbox = this.fields.mailboxes.get(id);
    if (mailbox === undefined) throw new FoldMismatch(`entry ${this.#seq}: no mailbox ${id}`);
    return mailbox;
  }

  #replace(mailbox: MailboxState): void {
    (this.fields.mailboxes as Map<string, MailboxState>).set(mailbox.id, mailbox);
  }

  #touch(...types: string[]): void {
    const typeSeqs = new Map(this.fields.typeSeqs);
    for (const type of types) typeSeqs.set(type, this.fields.seq);
    this.fields = { ...this.fields, typeSeqs };
  }

  #check(holds: boolean, what: string): void {
    if (!holds) throw new FoldMismatch(`entry ${this.#seq}: ${what}`);
  }
}

/** The state after an entry; the one before stays as it is. */
export function foldEntry(base: Fields, entry: Entry): Fields {
  if (entry.seq !== base.seq + 1) throw new FoldMismatch(`entry ${entry.seq} behind ${base.seq}`);
  const fold = new Fold(base, entry.seq, entry.time);
  for (const operation of entry.operations) fold.apply(operation);
  fold.fields.known.commit();
  return fold.fields;
}

function seconds(ms: number): number {
  return Math.min(Math.max(Math.floor(ms / 1000), 0), 0xffffffff);
}

function withKeywords(keywords: readonly string[], more: readonly string[]): readonly string[] {
  const added = more.filter((keyword) => !keywords.includes(keyword));
  return added.length === 0 ? keywords : [...keywords, ...added];
}
