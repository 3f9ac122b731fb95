import { emailId, type Rows, type StoredEmail } from '../../account/types.ts';
import { bodyFromBodystructure } from '../../message/bodystructure.ts';
import { formatInternalDate } from '../../message/dates.ts';
import type { FetchItem } from '../grammar/fetch.ts';
import { quote } from '../grammar/parser.ts';
import type { Output } from '../output.ts';
import type { View } from '../view.ts';

/** A message that is being answered. */
export interface Message {
  /** Its row in `rows`. */
  readonly row: number;
  readonly uid: number;
  /** Present where an item needs it. */
  readonly email: StoredEmail | undefined;
}

export interface Context {
  readonly view: View;
  readonly rows: Rows;
  readonly out: Output;
}

type Simple = Exclude<FetchItem['kind'], 'SECTION'>;

/** Items that are answered with text, from the index or the summary: no blob is read for them. */
const TEXTS: Readonly<Record<Simple, (message: Message, context: Context) => string>> = {
  UID: ({ uid }) => `UID ${uid}`,
  FLAGS: ({ row, uid }, { view, rows, out }) => `FLAGS ${view.flagList(rows.flags(row), uid, out)}`,
  INTERNALDATE: ({ row }, { rows }) => `INTERNALDATE "${formatInternalDate(rows.date(row))}"`,
  'RFC822.SIZE': ({ row }, { rows }) => `RFC822.SIZE ${rows.size(row)}`,
  MODSEQ: ({ row }, { rows }) => `MODSEQ (${rows.modseq(row)})`,
  EMAILID: ({ row }, { rows }) => `EMAILID (${emailId(rows.email(row))})`,
  THREADID: ({ email }) => `THREADID (${email!.thread})`,
  SAVEDATE: ({ row }, { rows }) => `SAVEDATE "${formatInternalDate(rows.saved(row))}"`,
  PREVIEW: ({ email }) => `PREVIEW ${quote(Buffer.from(email!.summary.preview, 'utf8').toString('latin1'))}`,
  ENVELOPE: ({ email }) => `ENVELOPE ${email!.summary.envelope}`,
  BODYSTRUCTURE: ({ email }) => `BODYSTRUCTURE ${email!.summary.bodystructure}`,
  BODY: ({ email }) => `BODY ${bodyFromBodystructure(email!.summary.bodystructure)}`,
};

/** Items that need no more than the index. */
const FROM_INDEX: ReadonlySet<FetchItem['kind']> = new Set([
  'UID',
  'FLAGS',
  'INTERNALDATE',
  'RFC822.SIZE',
  'MODSEQ',
  'EMAILID',
  'SAVEDATE',
]);

export function needsEmail(item: FetchItem): boolean {
  return !FROM_INDEX.has(item.kind);
}

/** The text of all simple items of a message, parted by spaces. */
export function textOf(kinds: readonly Simple[], message: Message, context: Context): string {
  let text = '';
  for (const kind of kinds) text += text === '' ? TEXTS[kind](message, context) : ` ${TEXTS[kind](message, context)}`;
  return text;
}

export function simpleKinds(items: readonly FetchItem[]): Simple[] {
  return [...new Set(items.flatMap((item) => (item.kind === 'SECTION' ? [] : [item.kind])))];
}
