import { E_GONE, E_MODSEQ, E_PLACEMENTS, E_SIZE, P_DATE, P_EMAIL, P_FLAGS, P_MODSEQ, P_SIZE } from './columns.ts';
import type { FoldStep } from './fold-step.ts';
import { threadKey } from './known.ts';
import type { Operation } from './operations.ts';
import { lossShift, markShift, returnShift } from './shifts.ts';
import { type Gone, type MailboxState, rowsWithin } from './state.ts';
import { distinct } from './table.ts';
import { ACL, DELETED, SEEN } from './types.ts';
import { UidSet } from './uidset.ts';

/** The operations on placements: what they do to mailboxes, emails and flags. */

export function addEmail(step: FoldStep, operation: Operation & { op: 'add' }): void {
  step.includeFlags(operation.flags);
  const flags = step.fields.flagTable.find(operation.flags)!;
  const system = step.fields.flagTable.get(flags).system;
  for (const [id, uid] of operation.in) {
    const mailbox = step.get(id);
    step.check(uid === mailbox.uidnext, `UID ${uid} where ${mailbox.uidnext} is next`);
    const rows = mailbox.rows?.edit(step.edit);
    rows?.append([
      uid,
      operation.email,
      step.seq,
      seconds(operation.date),
      seconds(step.time),
      operation.size,
      flags,
      step.seq,
    ]);
    step.replace({
      ...mailbox,
      rows,
      uidnext: uid + 1,
      messages: mailbox.messages + 1,
      unseen: mailbox.unseen + ((system & SEEN) === 0 ? 1 : 0),
      deleted: mailbox.deleted + ((system & DELETED) === 0 ? 0 : 1),
      bytes: mailbox.bytes + operation.size,
      modseq: step.seq,
      keywords: withKeywords(mailbox.keywords, step.fields.flagTable.get(flags).keywords),
    });
  }
  const emailTable = step.fields.emailTable?.edit(step.edit);
  emailTable?.append([operation.email, operation.thread, operation.size, operation.in.length, 0, step.seq]);
  step.fields = {
    ...step.fields,
    emailTable,
    emails: step.fields.emails + 1,
    bytes: step.fields.bytes + operation.size,
  };
  const { messageId, inReplyTo = [], references = [] } = operation.summary;
  const ids = messageId === undefined ? [...inReplyTo, ...references] : [messageId, ...inReplyTo, ...references];
  step.fields.known.addThreads(ids.map(threadKey), operation.thread, step.time);
  if (operation.delivery !== undefined) {
    step.fields.known.addDelivery(operation.delivery, step.time);
    // RFC 8621 section 1.5: mail has come, as opposed to mail that the user files.
    step.touch('EmailDelivery');
  }
  step.touch('Email', 'Mailbox', 'Thread');
}

export function storeFlags(step: FoldStep, operation: Operation & { op: 'store' }): void {
  const mailbox = step.get(operation.mailbox);
  const table = mailbox.rows?.edit(step.edit);
  let keywords = mailbox.keywords;
  const marked: number[] = [];
  const unmarked: number[] = [];
  if (table !== undefined) {
    const rows = rowsWithin(table, UidSet.parse(operation.uids));
    const flags = table.values(rows, P_FLAGS);
    const kinds = distinct(flags);
    for (const before of kinds) {
      const list = step.fields.flagTable.changed(before, operation.mode, operation.flags);
      step.includeFlags(list);
      const after = step.fields.flagTable.find(list)!;
      keywords = withKeywords(keywords, step.fields.flagTable.get(after).keywords);
      const these = kinds.length === 1 ? rows : rows.filter((_, i) => flags[i] === before);
      table.fill(these, P_FLAGS, after);
      const [was, is] = [before, after].map((kind) => (step.fields.flagTable.get(kind).system & DELETED) !== 0);
      if (was !== is) for (const row of these) (is ? marked : unmarked).push(row);
    }
    table.fill(rows, P_MODSEQ, step.seq);
    const emails = step.fields.emailTable?.edit(step.edit);
    if (emails !== undefined) {
      // An email can stand in a mailbox twice.
      const emailRows = emails.indices(ascending(table.values(rows, P_EMAIL)));
      step.check(emailRows !== undefined, 'flags of an email that is not there');
      emails.fill(emailRows!, E_MODSEQ, step.seq);
    }
    step.fields = { ...step.fields, emailTable: emails };
  }
  step.replace(step.counted({ ...mailbox, rows: table, keywords }, operation.counts, 1));
  if (table !== undefined && step.fields.emailTable !== undefined) {
    markShift(step, table, marked, true);
    markShift(step, table, unmarked, false);
  }
  step.touch('Email', 'Mailbox');
}

/** Its mod-sequence moves for everybody: so each session looks at the message again, and tells what changed for its user. */
export function seeMessages(step: FoldStep, operation: Operation & { op: 'see' }): void {
  const mailbox = step.get(operation.mailbox);
  const uids = UidSet.parse(operation.uids);
  const table = mailbox.rows?.edit(step.edit);
  if (table !== undefined) {
    const rows = rowsWithin(table, uids);
    step.check(rows.length === uids.size, 'messages read that there are not');
    for (const row of rows) table.set(row, P_MODSEQ, step.seq);
  }
  const before = mailbox.seen.get(operation.actor) ?? UidSet.EMPTY;
  const after = operation.on ? before.union(uids) : before.without(uids);
  const seen = new Map(mailbox.seen);
  if (after.isEmpty) seen.delete(operation.actor);
  else seen.set(operation.actor, after);
  step.replace({ ...mailbox, rows: table, seen, modseq: step.seq });
}

/** What everybody has read, without messages that are gone. */
function seenWithout(seen: MailboxState['seen'], gone: UidSet): MailboxState['seen'] {
  if (seen.size === 0) return seen;
  return new Map([...seen].map(([actor, uids]) => [actor, uids.without(gone)] as const));
}

/** What others can see is remembered by email too: they are told what went, and of nothing else that did. */
function goneOf(step: FoldStep, mailbox: string, uids: UidSet, emails: readonly number[] | undefined): Gone {
  const isShared = step.fields.objectTypes.get(ACL)?.has(mailbox) === true;
  return { seq: step.seq, uids, ...(isShared ? { emails } : {}) };
}

export function expunge(step: FoldStep, operation: Operation & { op: 'expunge' }): void {
  const mailbox = step.get(operation.mailbox);
  const uids = UidSet.parse(operation.uids);
  const table = mailbox.rows?.edit(step.edit);
  let emails: readonly number[] | undefined;
  let flags: readonly number[] = [];
  if (table !== undefined) {
    const rows = rowsWithin(table, UidSet.parse(operation.uids));
    step.check(rows.length === -operation.counts[0], 'an expunge of other messages than there are');
    emails = rows.map((row) => table.get(row, P_EMAIL));
    flags = rows.map((row) => table.get(row, P_FLAGS));
    const freed = step.displace(emails);
    step.check(freed[0] === operation.freed[0] && freed[1] === operation.freed[1], 'an expunge that frees otherwise');
    table.remove(rows);
  }
  step.replace(
    step.counted(
      {
        ...mailbox,
        rows: table,
        seen: seenWithout(mailbox.seen, uids),
        gone: [...mailbox.gone, goneOf(step, mailbox.id, uids, emails)],
      },
      operation.counts,
      1,
    ),
  );
  if (emails !== undefined) lossShift(step, emails, flags);
  step.free(operation.freed, -1);
  step.touch('Email', 'Mailbox', 'Thread');
}

export function copyOrMove(step: FoldStep, operation: Operation & { op: 'copy' | 'move' }): void {
  const source = step.get(operation.from);
  const target = step.get(operation.to);
  const [count] = operation.counts;
  step.check(operation.uid === target.uidnext, `UID ${operation.uid} where ${target.uidnext} is next`);
  const move = operation.op === 'move';
  const rows = target.rows?.edit(step.edit);
  const from = operation.from === operation.to ? rows : source.rows?.edit(step.edit);
  let keywords = target.keywords;
  let moved: readonly number[] | undefined;
  if (rows !== undefined && from !== undefined) {
    const indices = rowsWithin(from, UidSet.parse(operation.uids));
    step.check(indices.length === count, 'a copy of other messages than there are');
    const emails = step.fields.emailTable!.edit(step.edit);
    let uid = operation.uid;
    for (const index of indices) {
      const email = from.get(index, P_EMAIL);
      const flags = from.get(index, P_FLAGS);
      const [date, size] = [from.get(index, P_DATE), from.get(index, P_SIZE)];
      rows.append([uid, email, step.seq, date, seconds(step.time), size, flags, step.seq]);
      const row = step.emailRow(emails, email);
      if (!move) emails.set(row, E_PLACEMENTS, emails.get(row, E_PLACEMENTS) + 1);
      emails.set(row, E_MODSEQ, step.seq);
      keywords = withKeywords(keywords, step.fields.flagTable.get(flags).keywords);
      uid += 1;
    }
    moved = indices.map((index) => from.get(index, P_EMAIL));
    if (move) from.remove(indices);
    step.fields = { ...step.fields, emailTable: emails };
  }
  const filed = { ...target, rows, keywords, uidnext: operation.uid + count };
  if (!move) step.replace(step.counted(filed, operation.counts, 1));
  else {
    const gone = goneOf(step, operation.from, UidSet.parse(operation.uids), moved);
    if (source === target) {
      const seen = seenWithout(target.seen, gone.uids);
      step.replace(step.counted({ ...filed, seen, gone: [...target.gone, gone] }, [0, 0, 0, 0], 1));
    } else {
      step.replace(step.counted(filed, operation.counts, 1));
      const seen = seenWithout(source.seen, gone.uids);
      step.replace(step.counted({ ...source, rows: from, seen, gone: [...source.gone, gone] }, operation.counts, -1));
    }
  }
  step.touch('Email', 'Mailbox');
}

export function placeAgain(step: FoldStep, operation: Operation & { op: 'place' }): void {
  const mailbox = step.get(operation.mailbox);
  step.check(operation.uid === mailbox.uidnext, `UID ${operation.uid} where ${mailbox.uidnext} is next`);
  const rows = mailbox.rows?.edit(step.edit);
  const emails = step.fields.emailTable?.edit(step.edit);
  let keywords = mailbox.keywords;
  let uid = operation.uid;
  const returned: (readonly [email: number, gone: number, flags: number])[] = [];
  for (const [email, list, date] of operation.emails) {
    step.includeFlags(list);
    const flags = step.fields.flagTable.find(list)!;
    keywords = withKeywords(keywords, step.fields.flagTable.get(flags).keywords);
    if (rows !== undefined && emails !== undefined) {
      const row = step.emailRow(emails, email);
      const size = emails.get(row, E_SIZE);
      rows.append([uid, email, step.seq, seconds(date), seconds(step.time), size, flags, step.seq]);
      emails.set(row, E_PLACEMENTS, emails.get(row, E_PLACEMENTS) + 1);
      returned.push([email, emails.get(row, E_GONE), flags]);
      emails.set(row, E_GONE, 0);
      emails.set(row, E_MODSEQ, step.seq);
    }
    uid += 1;
  }
  step.fields = { ...step.fields, emailTable: emails };
  step.replace(step.counted({ ...mailbox, rows, keywords, uidnext: uid }, operation.counts, 1));
  for (const [email, gone, flags] of returned) {
    returnShift(step, email, gone, (step.fields.flagTable.get(flags).system & DELETED) === 0);
  }
  step.free(operation.revived, 1);
  step.touch('Email', 'Mailbox', 'Thread');
}

/** Sorted, each once; mostly they are already. */
function ascending(numbers: Float64Array): Float64Array {
  for (let i = 1; i < numbers.length; i++) {
    if (numbers[i]! <= numbers[i - 1]!) return Float64Array.from(new Set(numbers.toSorted()));
  }
  return numbers;
}

function seconds(ms: number): number {
  return Math.min(Math.max(Math.floor(ms / 1000), 0), 0xffffffff);
}

function withKeywords(keywords: readonly string[], more: readonly string[]): readonly string[] {
  const added = more.filter((keyword) => !keywords.includes(keyword));
  return added.length === 0 ? keywords : [...keywords, ...added];
}
