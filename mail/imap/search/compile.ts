import { emailId, type Rows, SYSTEM_FLAGS } from '../../account/types.ts';
import type { UidSet } from '../../account/uidset.ts';
import type { Summary } from '../../message/summary.ts';
import { bodyHolds, type Content, fieldHolds, textHolds } from '../../search/content.ts';
import { inAddresses, inKnownHeader, inSubject } from '../../search/in-summary.ts';
import { Needle } from '../../search/needle.ts';
import { dayOf } from '../grammar/dates.ts';
import type { SearchKey } from '../grammar/search.ts';
import { resolve, SAVED, type SequenceSet } from '../grammar/sequence.ts';
import type { Numbers } from '../numbers.ts';

/** How much of a message a key needs, from the cheapest. */
export const INDEX = 0;
export const SUMMARY = 1;
export const HEADER = 2;
export const BODY = 3;

/** A message as far as it has been loaded. */
export interface Candidate {
  readonly row: number;
  readonly uid: number;
  summary?: Summary;
  thread?: string;
  /** With `BODY`, the bodies are in it. */
  content?: Content;
}

/** Whether a message matches; undefined while too little of it has been loaded to say. */
export interface Matcher {
  /** The most that it may need. */
  readonly needs: number;
  matches(message: Candidate): boolean | undefined;
}

/** What messages a search looks at, and how the client knows them: a View, or the like of another mailbox. */
export interface Known {
  readonly numbers: Numbers;
  readonly recent: UidSet;
  readonly saved: UidSet;
}

export interface SearchContext {
  readonly rows: Rows;
  readonly known: Known;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** What the full-text index knows of an email, by the key that asks for a text. */
  readonly told?: ReadonlyMap<SearchKey, (email: number) => boolean | undefined>;
}

/** Makes a search program ready to be run: sets are resolved, strings folded, and what is cheap comes first. */
export function compile(key: SearchKey, context: SearchContext): Matcher {
  switch (key.key) {
    case 'all':
      return index(() => true);
    case 'and':
      return combine(key.keys, context, false);
    case 'or':
      return combine(key.keys, context, true);
    case 'not': {
      const of = compile(key.of, context);
      const matches = (message: Candidate) => {
        const result = of.matches(message);
        return result === undefined ? undefined : !result;
      };
      return { needs: of.needs, matches };
    }
    case 'flag':
      return flag(key.flag, context.rows);
    case 'recent':
      return index(({ uid }) => context.known.recent.has(uid));
    case 'sequence':
      return inSet(key.set, context, context.known.numbers.size, (set) => context.known.numbers.uidsOf(set));
    case 'uid':
      return inSet(key.set, context, context.known.numbers.last, (set) => set);
    case 'date':
      return index(({ row }) => compare(key.op, dayOf(context.rows.date(row)), key.day));
    case 'saved':
      return index(({ row }) => compare(key.op, dayOf(context.rows.saved(row)), key.day));
    case 'within':
      return within(key.op, context.now - key.seconds * 1000, context.rows);
    case 'emailid':
      return index(({ row }) => emailId(context.rows.email(row)) === key.id);
    case 'threadid':
      return { needs: SUMMARY, matches: ({ thread }) => (thread === undefined ? undefined : thread === key.id) };
    case 'modseq':
      return index(({ row }) => context.rows.modseq(row) >= key.least);
    case 'size': {
      const { op, bytes } = key;
      return index(({ row }) => (op === 'larger' ? context.rows.size(row) > bytes : context.rows.size(row) < bytes));
    }
    case 'sent':
      // A message without a readable Date was sent on no day.
      return summary(({ sentDay }) => sentDay !== undefined && compare(key.op, sentDay, key.day));
    default:
      return told(key, context, strings(key));
  }
}

type StringKey = Extract<SearchKey, { text: string }>;

/** Asks the full-text index first, where it was asked of this key. */
function told(key: SearchKey, { rows, told }: SearchContext, otherwise: Matcher): Matcher {
  const known = told?.get(key);
  if (known === undefined) return otherwise;
  return {
    needs: otherwise.needs,
    matches: (message) => known(rows.email(message.row)) ?? otherwise.matches(message),
  };
}

/** Keys that look for a string. */
function strings(key: StringKey): Matcher {
  const needle = new Needle(key.text);
  switch (key.key) {
    case 'subject':
      return header('subject', needle, (summary) => inSubject(summary, needle));
    case 'address':
      return header(key.field, needle, (summary) => inAddresses(summary, key.field, needle));
    case 'header':
      return header(key.name, needle, (summary) => inKnownHeader(summary, key.name, needle));
    case 'body':
      return {
        needs: BODY,
        matches: ({ content }) => (content === undefined ? undefined : bodyHolds(content, needle)),
      };
    case 'text':
      return {
        needs: BODY,
        matches: ({ content }) => (content === undefined ? undefined : textHolds(content, needle)),
      };
  }
}

function index(matches: (message: Candidate) => boolean): Matcher {
  return { needs: INDEX, matches };
}

function summary(test: (summary: Summary) => boolean): Matcher {
  return { needs: SUMMARY, matches: ({ summary }) => (summary === undefined ? undefined : test(summary)) };
}

/** A header key: answered by the summary where that can tell, else by the header itself. */
function header(name: string, needle: Needle, test: (summary: Summary) => boolean | undefined): Matcher {
  return {
    needs: HEADER,
    matches: ({ summary, content }) => {
      if (summary === undefined) return undefined;
      return test(summary) ?? (content === undefined ? undefined : fieldHolds(content, name, needle));
    },
  };
}

function flag(name: string, rows: Rows): Matcher {
  const lower = name.toLowerCase();
  const bit = SYSTEM_FLAGS.findIndex((system) => system.toLowerCase() === lower);
  if (bit >= 0) return index(({ row }) => (rows.flags(row).system & (1 << bit)) !== 0);
  return index(({ row }) => rows.flags(row).keywords.some((keyword) => keyword.toLowerCase() === lower));
}

/** To the second, as INTERNALDATE is (RFC 5032 section 2). */
function within(op: 'older' | 'younger', moment: number, rows: Rows): Matcher {
  const target = Math.floor(moment / 1000) * 1000;
  return index(({ row }) => (op === 'older' ? rows.date(row) <= target : rows.date(row) >= target));
}

function inSet(set: SequenceSet, { known }: SearchContext, highest: number, uids: (set: UidSet) => UidSet): Matcher {
  const wanted = set === SAVED ? known.saved : uids(resolve(set, highest));
  return index(({ uid }) => wanted.has(uid));
}

function compare(op: 'before' | 'on' | 'since', day: number, wanted: number): boolean {
  if (op === 'on') return day === wanted;
  return op === 'before' ? day < wanted : day >= wanted;
}

/** Three-valued: one that decides (false for AND, true for OR) is enough, whatever is not known yet. */
function combine(keys: readonly SearchKey[], context: SearchContext, decisive: boolean): Matcher {
  const parts = keys.map((key) => compile(key, context)).sort((a, b) => a.needs - b.needs);
  const matches = (message: Candidate) => {
    let result: boolean | undefined = !decisive;
    for (const part of parts) {
      const one = part.matches(message);
      if (one === decisive) return decisive;
      if (one === undefined) result = undefined;
    }
    return result;
  };
  return { needs: parts.at(-1)?.needs ?? INDEX, matches };
}
