import type { Rows } from '../../account/types.ts';
import { UidSet } from '../../account/uidset.ts';
import { quote } from '../grammar/parser.ts';
import { windowOf } from '../grammar/partial.ts';
import type { Returns } from '../grammar/search-return.ts';

/** What a search found. */
export interface Results {
  /** In the order of the answer: ascending for SEARCH, as asked for SORT. */
  readonly uids: readonly number[];
  /** A message as the answer names it: by its UID or its number. */
  readonly name: (uid: number) => number;
  /** The rows, where the program asked for mod-sequences. */
  readonly modseqs: Rows | undefined;
}

/** The data of an ESEARCH response (RFC 4731 section 3, RFC 9394, RFC 5267 section 3). */
export function searchData({ options, partial }: Returns, { uids, name, modseqs }: Results): string {
  const data: string[] = [];
  const returned = new Set<number>();
  const first = uids[0];
  if (first !== undefined) {
    const last = uids[uids.length - 1]!;
    if (options.has('MIN')) data.push(`MIN ${name(first)}`);
    if (options.has('MAX')) data.push(`MAX ${name(last)}`);
    if (options.has('ALL')) data.push(`ALL ${setText(uids.map(name))}`);
    if (options.has('MIN')) returned.add(first);
    if (options.has('MAX')) returned.add(last);
  }
  if (partial !== undefined) {
    const window = windowOf(uids, partial);
    for (const uid of window) returned.add(uid);
    data.push(`PARTIAL (${partial.text} ${window.length === 0 ? 'NIL' : setText(window.map(name))})`);
  }
  if (options.has('COUNT')) data.push(`COUNT ${uids.length}`);
  if (modseqs !== undefined && first !== undefined) {
    const some = !options.has('ALL') && !options.has('COUNT') && returned.size > 0;
    data.push(`MODSEQ ${highestModseq(modseqs, some ? returned : uids)}`);
  }
  return data.join(' ');
}

/** One ESEARCH response. `correlators` follow the tag. */
export function esearchLine(tag: string, correlators: string, uid: boolean, data: string): string {
  return `* ESEARCH (TAG ${quote(tag)}${correlators})${uid ? ' UID' : ''}${data === '' ? '' : ` ${data}`}`;
}

/** What "$" stands for after a search with SAVE (RFC 5182 section 2.4, RFC 9394 section 3.2). */
export function savedBy({ options, partial }: Returns, uids: readonly number[]): UidSet {
  const some = options.has('MIN') || options.has('MAX') || partial !== undefined;
  if (!some || options.has('ALL') || options.has('COUNT')) return UidSet.from(uids);
  const kept = partial === undefined ? [] : [...windowOf(uids, partial)];
  if (options.has('MIN')) kept.push(...uids.slice(0, 1));
  if (options.has('MAX')) kept.push(...uids.slice(-1));
  return UidSet.from(kept);
}

/** Numbers as a set that keeps their order: only what ascends one by one becomes a range (RFC 5267 section 3.2). */
export function setText(numbers: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < numbers.length; ) {
    let end = i;
    while (end + 1 < numbers.length && numbers[end + 1] === numbers[end]! + 1) end++;
    parts.push(end === i ? `${numbers[i]}` : `${numbers[i]}:${numbers[end]}`);
    i = end + 1;
  }
  return parts.join(',');
}

/** Of some messages, the highest mod-sequence. */
export function highestModseq(rows: Rows, uids: Iterable<number>): number {
  let highest = 0;
  for (const uid of uids) highest = Math.max(highest, rows.modseq(rows.find(uid)));
  return highest;
}
