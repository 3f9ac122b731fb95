import { E_EMAIL, E_GONE, E_MODSEQ, E_PLACEMENTS, E_THREAD, P_EMAIL, P_FLAGS } from './columns.ts';
import { EMAILS_PER_ENTRY } from './operations.ts';
import { type Span, spansAfter } from './shifts.ts';
import type { Fields } from './state.ts';
import type { Table } from './table.ts';
import { type Change, DELETED, emailId, threadId } from './types.ts';

/** See `State.changes`. */
export function changesOf(fields: Fields, type: string, since: number): readonly Change[] | undefined {
  if (since < fields.changesFloor) return undefined;
  if (type === 'Mailbox') return mailboxChanges(fields, since);
  if (type !== 'Email' && type !== 'Thread') return objectChanges(fields, type, since);
  const emails = fields.emailTable;
  if (emails === undefined) throw new Error('this account was opened to append only');
  const rows = emails.rowsAbove(E_MODSEQ, since);
  if (type === 'Thread') return threadChanges(fields, emails, rows, since);
  const spansOf = spansAfter(fields.shifts, since);
  return rows.map((row) => emailChange(emails, row, spansOf));
}

/** See `State.inThread`. */
export function emailsOfThread({ emailTable }: Fields, thread: string): readonly number[] {
  if (emailTable === undefined) throw new Error('this account was opened to append only');
  if (!/^t[0-9a-z]{1,11}$/.test(thread)) return [];
  const rows = emailTable.rowsWith(E_THREAD, Number.parseInt(thread.slice(1), 36));
  return rows.filter((row) => emailTable.get(row, E_PLACEMENTS) > 0).map((row) => emailTable.get(row, E_EMAIL));
}

function emailChange(emails: Table, row: number, spansOf: ReturnType<typeof spansAfter>): Change {
  const number = emails.get(row, E_EMAIL);
  const [created, gone] = [entryOf(number), emails.get(row, E_GONE)];
  const shown = spansOf(number, created, gone);
  return { id: emailId(number), created, changed: emails.get(row, E_MODSEQ), gone, shown };
}

/** A thread changes when an email joins, leaves or is hidden, not with the flags of one. One that all had left comes anew with the next. */
function threadChanges(fields: Fields, emails: Table, rows: readonly number[], since: number): readonly Change[] {
  const spansOf = spansAfter(fields.shifts, since);
  const mayHide = [...fields.mailboxes.values()].some(({ deleted }) => deleted > 0);
  const seqsOf = (row: number) => [entryOf(emails.get(row, E_EMAIL)), emails.get(row, E_GONE)] as const;
  const threads = new Set<number>();
  for (const row of rows) {
    const [came, gone] = seqsOf(row);
    const isShifted = came <= since && gone <= since && spansOf(emails.get(row, E_EMAIL), came, gone) !== null;
    if (came > since || gone > since || isShifted) threads.add(emails.get(row, E_THREAD));
  }
  return [...threads].map((thread) => {
    const members = emails.rowsWith(E_THREAD, thread);
    const came = members.map((row) => seqsOf(row)[0]);
    const went = members.map((row) => seqsOf(row)[1]);
    const change = { id: threadId(thread), created: 0, changed: Math.max(...came, ...went), gone: 0 };
    const spans = members.map((row) => spansOf(emails.get(row, E_EMAIL), ...seqsOf(row)));
    const isHidden = members.map(
      (row, i) => mayHide && went[i] === 0 && spans[i] === null && !isShown(fields, emails.get(row, E_EMAIL)),
    );
    if (spans.every((one) => one === null) && !isHidden.includes(true)) {
      const wasThere = came.some((seq, i) => seq <= since && (went[i] === 0 || went[i]! > since));
      const created = Math.min(...(wasThere ? came : came.filter((seq) => seq > since)));
      return { ...change, created, gone: went.includes(0) ? 0 : Math.max(...went) };
    }
    const whole = (i: number): Span => [came[i]!, went[i] === 0 ? Number.POSITIVE_INFINITY : went[i]!];
    const shown = spans.flatMap((one, i) => one ?? (isHidden[i] ? [] : [whole(i)]));
    const edges = shown.flat().filter(Number.isFinite);
    return { ...change, changed: Math.max(change.changed, ...edges), shown };
  });
}

/** Whether one of an email's placements is not marked as `\Deleted`. */
function isShown({ mailboxes, flagTable }: Fields, email: number): boolean {
  return [...mailboxes.values()].some(({ rows }) =>
    (rows?.rowsWith(P_EMAIL, email) ?? []).some(
      (row) => (flagTable.get(rows!.get(row, P_FLAGS)).system & DELETED) === 0,
    ),
  );
}

/** Its counts change with its messages. */
function mailboxChanges({ mailboxes, goneMailboxes }: Fields, since: number): readonly Change[] {
  const changes: Change[] = [];
  for (const { id, modseq, described } of mailboxes.values()) {
    const changed = Math.max(modseq, described);
    if (changed > since) changes.push({ id, created: madeBy(id), changed, gone: 0 });
  }
  for (const [id, gone] of goneMailboxes) {
    if (gone > since) changes.push({ id, created: madeBy(id), changed: gone, gone });
  }
  return changes;
}

function objectChanges({ objectSeqs }: Fields, type: string, since: number): readonly Change[] {
  return [...(objectSeqs.get(type) ?? [])]
    .filter(([, { changed }]) => changed > since)
    .map(([id, seqs]) => ({ id, ...seqs }));
}

/** The entry that gave the number. */
function entryOf(number: number): number {
  return Math.floor(number / EMAILS_PER_ENTRY);
}

/** The entry that made a mailbox: its id holds a number like an email's. */
function madeBy(mailbox: string): number {
  return entryOf(Number.parseInt(mailbox.slice(1), 36));
}
