import { E_PLACEMENTS, P_EMAIL, P_FLAGS } from './columns.ts';
import type { FoldStep } from './fold-step.ts';
import type { Table } from './table.ts';
import { DELETED } from './types.ts';

/**
 * An email all of whose placements are marked as `\Deleted` is not there for JMAP (RFC 8621 section 4.1.1), but comes back when a mark is
 * taken off. Whoever follows changes must be told of it as gone, and as new: so it is remembered when that happened.
 */
export interface Shift {
  readonly seq: number;
  /** Emails that were shown, and are not from this entry on. */
  readonly hid: readonly number[];
  /** Emails that were not shown, and are; or that went while they were not shown. */
  readonly back: readonly number[];
}

/** Where one is shown: from an entry on, up to and without another. */
export type Span = readonly [from: number, to: number];

/** What happens to emails whose mark changes on some rows of a mailbox; to be called when the rows have changed. `now`: they have it. */
export function markShift(step: FoldStep, table: Table, rows: readonly number[], now: boolean): void {
  const toggled = countEach(rows.map((row) => table.get(row, P_EMAIL)));
  const changed = [...toggled].filter(
    ([email, count]) => placementsOf(step, email) === 1 || shownPlacements(step, email) === (now ? 0 : count),
  );
  addShift(step, step.seq, now ? numbers(changed) : [], now ? [] : numbers(changed));
}

/** What happens to emails that lose rows of a mailbox; `emails` and `flags` of the rows that it had, to be called when they are gone. */
export function lossShift(step: FoldStep, emails: readonly number[], flags: readonly number[]): void {
  const isMarked = (at: number) => (step.fields.flagTable.get(flags[at]!).system & DELETED) !== 0;
  const wasShown = new Set(emails.filter((_, at) => !isMarked(at)));
  const hid = [...wasShown].filter((email) => placementsOf(step, email) > 0 && shownPlacements(step, email) === 0);
  const back = new Set(emails.filter((email) => !wasShown.has(email) && placementsOf(step, email) === 0));
  addShift(step, step.seq, hid, [...back]);
}

/** What happens to an email that gets a placement again. `gone`: since when it had none, 0: it had some; `shown`: the new one shows it. */
export function returnShift(step: FoldStep, email: number, gone: number, shown: boolean): void {
  if (gone > 0) addShift(step, gone, [email], []);
  if (shown && (gone > 0 || shownPlacements(step, email) === 1)) addShift(step, step.seq, [], [email]);
}

/** Where emails are shown that were hidden or came back after `since`; null for others. Each by when it came and went. */
export function spansAfter(
  shifts: readonly Shift[],
  since: number,
): (email: number, created: number, gone: number) => readonly Span[] | null {
  const events = new Map<number, (readonly [seq: number, hid: boolean])[]>();
  for (const { seq, hid, back } of shifts) {
    if (seq <= since) continue;
    for (const [numbers, isHid] of [[hid, true] as const, [back, false] as const]) {
      for (const email of numbers) events.set(email, [...(events.get(email) ?? []), [seq, isHid]]);
    }
  }
  return (email, created, gone) => {
    const own = events.get(email);
    if (own === undefined) return null;
    const end = gone === 0 ? Number.POSITIVE_INFINITY : gone;
    const spans: Span[] = [];
    let from: number | undefined = own[0]![1] ? created : undefined;
    for (const [seq, isHid] of own) {
      if (isHid && from !== undefined) spans.push([from, seq]);
      from = isHid ? undefined : seq;
    }
    if (from !== undefined) spans.push([from, end]);
    return spans.filter(([first, last]) => first < last);
  };
}

/** In order: an email that comes back is told of as hidden since it went. */
function addShift(step: FoldStep, seq: number, hid: readonly number[], back: readonly number[]): void {
  if (hid.length + back.length === 0) return;
  // A thread is the emails of it that are to be seen.
  step.touch('Thread');
  const { shifts } = step.fields;
  let at = shifts.length;
  while (at > 0 && shifts[at - 1]!.seq > seq) at -= 1;
  step.fields = { ...step.fields, shifts: [...shifts.slice(0, at), { seq, hid, back }, ...shifts.slice(at)] };
}

function placementsOf(step: FoldStep, email: number): number {
  const emails = step.fields.emailTable!;
  return emails.get(step.emailRow(emails, email), E_PLACEMENTS);
}

/** How many of an email's placements are not marked. */
function shownPlacements(step: FoldStep, email: number): number {
  let shown = 0;
  for (const { rows } of step.fields.mailboxes.values()) {
    for (const row of rows?.rowsWith(P_EMAIL, email) ?? []) {
      if ((step.fields.flagTable.get(rows!.get(row, P_FLAGS)).system & DELETED) === 0) shown += 1;
    }
  }
  return shown;
}

function countEach(emails: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const email of emails) counts.set(email, (counts.get(email) ?? 0) + 1);
  return counts;
}

function numbers(entries: readonly (readonly [number, number])[]): number[] {
  return entries.map(([number]) => number);
}
