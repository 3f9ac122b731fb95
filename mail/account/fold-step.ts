import { E_GONE, E_MODSEQ, E_PLACEMENTS, E_SIZE } from './columns.ts';
import type { Counts, Freed } from './operations.ts';
import type { Fields, MailboxState } from './state.ts';
import { Edit, type Table } from './table.ts';

/** An entry's results do not fit the state that it follows: this process must not go on with the account. */
export class FoldMismatch extends Error {
  override readonly name = 'FoldMismatch';
}

/** The state in the course of one entry, and the steps that operations have in common. */
export class FoldStep {
  readonly edit = new Edit();
  readonly seq: number;
  readonly time: number;
  fields: Fields;

  /** Begins the entry `seq`, written at `time`, on top of `base`, which stays as it is. */
  constructor(base: Fields, seq: number, time: number) {
    this.seq = seq;
    this.time = time;
    this.fields = { ...base, mailboxes: new Map(base.mailboxes), known: base.known.fork(), seq, time };
  }

  /** Takes one placement from each email named; gives what that frees. */
  displace(numbers: readonly number[]): Freed {
    const emails = this.fields.emailTable!.edit(this.edit);
    let freed = 0;
    let bytes = 0;
    for (const number of numbers) {
      const row = this.emailRow(emails, number);
      const left = emails.get(row, E_PLACEMENTS) - 1;
      emails.set(row, E_PLACEMENTS, left);
      emails.set(row, E_MODSEQ, this.seq);
      if (left > 0) continue;
      emails.set(row, E_GONE, this.seq);
      freed += 1;
      bytes += emails.get(row, E_SIZE);
    }
    this.fields = { ...this.fields, emailTable: emails };
    return [freed, bytes];
  }

  free(freed: Freed, sign: 1 | -1): void {
    this.fields = {
      ...this.fields,
      emails: this.fields.emails + sign * freed[0],
      bytes: this.fields.bytes + sign * freed[1],
    };
  }

  emailRow(emails: Table, number: number): number {
    const row = emails.find(number);
    if (row < 0) throw new FoldMismatch(`entry ${this.seq}: no email ${number}`);
    return row;
  }

  counted(mailbox: MailboxState, counts: Counts, sign: 1 | -1): MailboxState {
    const next = {
      ...mailbox,
      messages: mailbox.messages + sign * counts[0],
      unseen: mailbox.unseen + sign * counts[1],
      deleted: mailbox.deleted + sign * counts[2],
      bytes: mailbox.bytes + sign * counts[3],
      modseq: this.seq,
    };
    this.check(
      next.rows === undefined || next.rows.length === next.messages,
      `${next.rows?.length} messages where ${next.messages} are counted`,
    );
    return next;
  }

  includeFlags(list: readonly string[]): void {
    const flagTable = this.fields.flagTable.including(list);
    if (flagTable !== this.fields.flagTable) this.fields = { ...this.fields, flagTable };
  }

  get(id: string): MailboxState {
    const mailbox = this.fields.mailboxes.get(id);
    if (mailbox === undefined) throw new FoldMismatch(`entry ${this.seq}: no mailbox ${id}`);
    return mailbox;
  }

  replace(mailbox: MailboxState): void {
    (this.fields.mailboxes as Map<string, MailboxState>).set(mailbox.id, mailbox);
  }

  touch(...types: string[]): void {
    const typeSeqs = new Map(this.fields.typeSeqs);
    for (const type of types) typeSeqs.set(type, this.fields.seq);
    this.fields = { ...this.fields, typeSeqs };
  }

  check(holds: boolean, what: string): void {
    if (!holds) throw new FoldMismatch(`entry ${this.seq}: ${what}`);
  }
}
