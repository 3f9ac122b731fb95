import { ANSWERED, DELETED, DRAFT, FLAGGED, type Flags, SEEN, type State } from '../../account/types.ts';

/** What the account's index knows of an email: everything that needs neither summary nor blob. */
export interface Facts {
  readonly number: number;
  readonly thread: string;
  /** Where it is. */
  readonly mailboxes: readonly string[];
  /** JMAP keywords, lower case (RFC 8621 section 4.1.1). */
  readonly keywords: ReadonlySet<string>;
  /** Milliseconds since 1970: the earliest INTERNALDATE of its placements. */
  readonly receivedAt: number;
  readonly size: number;
}

/** Where an email is for JMAP: what IMAP has marked as deleted and not expunged yet is not to be seen (RFC 8621 section 4.1.1). */
export function visiblePlacements(
  state: State,
  number: number,
): readonly { readonly mailbox: string; readonly row: number }[] {
  return state.placements(number).filter(({ mailbox, row }) => (state.rows(mailbox).flags(row).system & DELETED) === 0);
}

/** Undefined where there is no such email, or none any more. */
export function factsOf(state: State, number: number): Facts | undefined {
  const placements = visiblePlacements(state, number);
  if (placements.length === 0) return undefined;
  const keywords = new Set<string>();
  let seen = true;
  let receivedAt = Number.POSITIVE_INFINITY;
  let size = 0;
  for (const { mailbox, row } of placements) {
    const rows = state.rows(mailbox);
    const flags = rows.flags(row);
    for (const keyword of keywordsOf(flags)) keywords.add(keyword);
    if ((flags.system & SEEN) === 0) seen = false;
    receivedAt = Math.min(receivedAt, rows.date(row));
    size = rows.size(row);
  }
  // Design: rule 7: seen is what is seen everywhere, all else what is so anywhere.
  if (!seen) keywords.delete('$seen');
  const mailboxes = [...new Set(placements.map(({ mailbox }) => mailbox))];
  return { number, thread: state.threadOf(number)!, mailboxes, keywords, receivedAt, size };
}

/** `\Deleted` is IMAP's alone (RFC 8621 section 4.1.1). */
const SYSTEM: readonly (readonly [bit: number, keyword: string, flag: string])[] = [
  [SEEN, '$seen', '\\Seen'],
  [FLAGGED, '$flagged', '\\Flagged'],
  [ANSWERED, '$answered', '\\Answered'],
  [DRAFT, '$draft', '\\Draft'],
];

/** Flags do not change: what they come to is kept. */
const known = new WeakMap<Flags, readonly string[]>();

/** One placement's flags as JMAP keywords. */
export function keywordsOf(flags: Flags): readonly string[] {
  let keywords = known.get(flags);
  if (keywords === undefined) {
    const system = SYSTEM.filter(([bit]) => (flags.system & bit) !== 0).map(([, keyword]) => keyword);
    keywords = [...system, ...flags.keywords.map((keyword) => keyword.toLowerCase())];
    known.set(flags, keywords);
  }
  return keywords;
}

/** A keyword as IMAP spells it. */
export function flagOf(keyword: string): string {
  return SYSTEM.find(([, name]) => name === keyword.toLowerCase())?.[2] ?? keyword;
}

/** RFC 8621 section 4.1.1: 1 to 255 of printable ASCII but `( ) { ] % * " \`. */
export function isKeyword(name: string): boolean {
  return /^[!#$&'+,\-./0-9:;<=>?@A-Z[^_`a-z|}~]{1,255}$/.test(name);
}
