import { E_GONE, E_PLACEMENTS, P_EMAIL, P_FLAGS, PLACEMENT } from './columns.ts';
import { addEmail, copyOrMove, expunge, placeAgain, seeMessages, storeFlags } from './fold-placements.ts';
import { FoldMismatch, FoldStep } from './fold-step.ts';
import type { Entry, Operation } from './operations.ts';
import { lossShift } from './shifts.ts';
import type { Fields } from './state.ts';
import { Table } from './table.ts';
import { ANNOTATIONS, type Change, MAILBOX_VIEW } from './types.ts';

/** Objects of one type that this entry may change in place. */
interface OwnObjects {
  readonly objects: Map<string, unknown>;
  readonly seqs: Map<string, Omit<Change, 'id'>>;
}

/**
 * Applies operations to a state. It decides nothing: every result stands in the operation, and is checked where the state has what
 * is needed to check it. Pure: the same operations give the same state in every process (design.md section 2).
 */
export class Fold extends FoldStep {
  readonly #own = new Map<string, OwnObjects>();

  apply(operation: Operation): void {
    switch (operation.op) {
      case 'add':
        addEmail(this, operation);
        break;
      case 'store':
        storeFlags(this, operation);
        break;
      case 'see':
        seeMessages(this, operation);
        break;
      case 'expunge':
        expunge(this, operation);
        break;
      case 'copy':
      case 'move':
        copyOrMove(this, operation);
        break;
      case 'place':
        placeAgain(this, operation);
        break;
      case 'mailbox':
        this.#mailbox(operation);
        break;
      case 'unmailbox':
        this.#unmailbox(operation);
        break;
      case 'rename':
        this.replace({ ...this.get(operation.mailbox), name: operation.name, described: this.seq });
        this.touch('Mailbox');
        break;
      case 'role':
        this.replace({ ...this.get(operation.mailbox), role: operation.role, modseq: this.seq, described: this.seq });
        this.touch('Mailbox');
        break;
      case 'subscribe': {
        const subscriptions = new Set(this.fields.subscriptions);
        if (operation.on) subscriptions.add(operation.name);
        else subscriptions.delete(operation.name);
        this.fields = { ...this.fields, subscriptions };
        const mailbox = [...this.fields.mailboxes.values()].find(({ name }) => name === operation.name);
        if (mailbox !== undefined) this.replace({ ...mailbox, described: this.seq });
        this.touch('Mailbox');
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

  #mailbox(operation: Operation & { op: 'mailbox' }): void {
    this.check(!this.fields.mailboxes.has(operation.id), `mailbox ${operation.id} made twice`);
    this.check(operation.uidvalidity > this.fields.uidvalidity, 'a UIDVALIDITY that was given before');
    this.fields = { ...this.fields, uidvalidity: operation.uidvalidity };
    this.replace({
      id: operation.id,
      name: operation.name,
      role: operation.role,
      uidvalidity: operation.uidvalidity,
      uidnext: 1,
      modseq: this.seq,
      described: this.seq,
      messages: 0,
      unseen: 0,
      deleted: 0,
      bytes: 0,
      keywords: [],
      rows: this.fields.emailTable === undefined ? undefined : Table.empty(PLACEMENT),
      gone: [],
      goneFloor: this.seq,
      seen: new Map(),
    });
    this.touch('Mailbox');
  }

  #unmailbox(operation: Operation & { op: 'unmailbox' }): void {
    const { rows } = this.get(operation.mailbox);
    if (rows !== undefined) {
      const emails = Array.from({ length: rows.length }, (_, row) => rows.get(row, P_EMAIL));
      const freed = this.displace(emails);
      this.check(freed[0] === operation.freed[0] && freed[1] === operation.freed[1], 'a deletion that frees otherwise');
    }
    const mailboxes = new Map(this.fields.mailboxes);
    mailboxes.delete(operation.mailbox);
    const goneMailboxes = new Map(this.fields.goneMailboxes).set(operation.mailbox, this.seq);
    this.fields = { ...this.fields, mailboxes, goneMailboxes };
    if (rows !== undefined) {
      const values = (column: number) => Array.from({ length: rows.length }, (_, row) => rows.get(row, column));
      lossShift(this, values(P_EMAIL), values(P_FLAGS));
    }
    this.free(operation.freed, -1);
    this.touch('Email', 'Mailbox', 'Thread');
  }

  #object(operation: Operation & { op: 'put' | 'unput' }): void {
    const { objects, seqs } = this.#ownObjects(operation.type);
    if (operation.op === 'put') objects.set(operation.id, operation.value);
    else objects.delete(operation.id);
    seqs.set(operation.id, this.#objectSeqs(seqs.get(operation.id), operation.op === 'put'));
    this.touch(operation.type);
    // RFC 7162 section 3.2: HIGHESTMODSEQ rises with a mailbox's annotations too.
    const mailbox = operation.type === ANNOTATIONS ? this.fields.mailboxes.get(operation.id) : undefined;
    if (mailbox !== undefined) this.replace({ ...mailbox, modseq: this.seq });
    if (operation.type === MAILBOX_VIEW && this.fields.mailboxes.has(operation.id)) {
      this.replace({ ...this.get(operation.id), described: this.seq });
      this.touch('Mailbox');
    }
  }

  /** Copied once an entry, however many of a type it changes. */
  #ownObjects(type: string): OwnObjects {
    let own = this.#own.get(type);
    if (own !== undefined) return own;
    own = {
      objects: new Map(this.fields.objectTypes.get(type)),
      seqs: new Map(this.fields.objectSeqs.get(type)),
    };
    this.#own.set(type, own);
    this.fields = {
      ...this.fields,
      objectTypes: new Map(this.fields.objectTypes).set(type, own.objects),
      objectSeqs: new Map(this.fields.objectSeqs).set(type, own.seqs),
    };
    return own;
  }

  /** What went and comes again counts as new. */
  #objectSeqs(before: Omit<Change, 'id'> | undefined, put: boolean): Omit<Change, 'id'> {
    const created = before === undefined || (put && before.gone > 0) ? this.seq : before.created;
    return { created, changed: this.seq, gone: put ? 0 : this.seq };
  }

  #forget(numbers: readonly number[]): void {
    const emails = this.fields.emailTable?.edit(this.edit);
    let { changesFloor } = this.fields;
    if (emails !== undefined) {
      const rows = numbers.map((number) => this.emailRow(emails, number)).sort((a, b) => a - b);
      for (const row of rows) {
        this.check(emails.get(row, E_PLACEMENTS) === 0, 'a release of an email that is in use');
        changesFloor = Math.max(changesFloor, emails.get(row, E_GONE));
      }
      emails.remove(rows);
    }
    this.fields = { ...this.fields, emailTable: emails, changesFloor };
  }

  #epoch(operation: Operation & { op: 'epoch' }): void {
    this.check(operation.seq >= this.seq && operation.epoch > this.fields.epoch, 'an epoch that goes back');
    let highest = this.fields.uidvalidity;
    for (const [id, uidvalidity] of Object.entries(operation.uidvalidity)) {
      this.check(uidvalidity > highest, 'a UIDVALIDITY that was given before');
      highest = uidvalidity;
      this.replace({ ...this.get(id), uidvalidity, modseq: operation.seq, gone: [], goneFloor: operation.seq });
    }
    this.fields = {
      ...this.fields,
      epoch: operation.epoch,
      seq: operation.seq,
      uidvalidity: highest,
      changesFloor: operation.seq,
      shifts: [],
    };
    this.touch('Email', 'Mailbox', 'Thread');
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
