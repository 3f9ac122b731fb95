import * as z from 'zod';
import type { State, StoredEmail } from '../../account/types.ts';
import type { Summary } from '../../message/summary.ts';
import { type Content, fieldHolds } from '../../search/content.ts';
import { inKnownHeader } from '../../search/in-summary.ts';
import { Needle } from '../../search/needle.ts';
import { type Field, fieldWords, summaryWords, type Words, wordsHold } from '../../search/text.ts';
import type { WordQuery } from '../../search/words.ts';
import type { Filter } from '../standard/query.ts';
import type { Overview } from './overview.ts';
import { threadTest } from './threads.ts';
import { queriesOf, wordsOf } from './words.ts';

const UTC_DATE = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/, 'not a UTCDate')
  .refine((text) => !Number.isNaN(Date.parse(text)), 'not a date');
const SIZE = z.int().nonnegative();
const TEXT = z.string().max(1000);

/** RFC 8621 section 4.4.1. */
export const CONDITION = z.strictObject({
  inMailbox: z.string().optional(),
  inMailboxOtherThan: z.array(z.string()).max(10_000).optional(),
  before: UTC_DATE.optional(),
  after: UTC_DATE.optional(),
  minSize: SIZE.optional(),
  maxSize: SIZE.optional(),
  allInThreadHaveKeyword: z.string().optional(),
  someInThreadHaveKeyword: z.string().optional(),
  noneInThreadHaveKeyword: z.string().optional(),
  hasKeyword: z.string().optional(),
  notKeyword: z.string().optional(),
  hasAttachment: z.boolean().optional(),
  text: TEXT.optional(),
  from: TEXT.optional(),
  to: TEXT.optional(),
  cc: TEXT.optional(),
  bcc: TEXT.optional(),
  subject: TEXT.optional(),
  body: TEXT.optional(),
  header: z.union([z.tuple([z.string()]), z.tuple([z.string(), TEXT])]).optional(),
});

export type Condition = z.infer<typeof CONDITION>;

/** How much of an email a filter needs, from the cheapest. */
export const INDEX = 0;
export const SUMMARY = 1;
export const HEADER = 2;
export const BODY = 3;

/** An email as far as it has been loaded. */
export interface Candidate {
  /** Its place in the overview. */
  readonly place: number;
  email?: StoredEmail;
  /** With `BODY`, the bodies are in it. */
  content?: Content;
}

/** Whether an email fits; undefined while too little of it has been loaded to say. */
export interface Matcher {
  /** The most that it may need. */
  readonly needs: number;
  matches(candidate: Candidate): boolean | undefined;
}

type Fixed = Pick<Matcher, 'matches'>['matches'];

/** What the full-text index says of the email at a place: 1 that it fits, 0 that it does not, 2 that the message must be read. */
export type Told = Uint8Array;

/** By `toldKey`. */
export type ToldAll = ReadonlyMap<string, Told>;

/** Makes a filter ready to be run; what is cheap comes first. `told`: what the index says of its words. */
export function compile(
  filter: Filter<Condition> | undefined,
  state: State,
  overview: Overview,
  told: ToldAll = new Map(),
): Matcher {
  if (filter === undefined) return atIndex(() => true);
  if ('operator' in filter) {
    const parts = filter.conditions.map((one) => compile(one, state, overview, told));
    // NOT: none of the conditions (RFC 8620 section 5.5).
    return filter.operator === 'AND' ? combined(parts, false) : negatedIf(filter.operator === 'NOT', parts);
  }
  const parts = Object.entries(filter)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => condition(name as keyof Condition, value as never, state, overview, told));
  return combined(parts, false);
}

function negatedIf(isNot: boolean, parts: readonly Matcher[]): Matcher {
  const any = combined(parts, true);
  if (!isNot) return any;
  const matches: Fixed = (candidate) => {
    const one = any.matches(candidate);
    return one === undefined ? undefined : !one;
  };
  return { needs: any.needs, matches };
}

/** Three-valued: one that decides (false for AND, true for OR) is enough, whatever is not known yet. */
function combined(matchers: readonly Matcher[], decisive: boolean): Matcher {
  const parts = [...matchers].sort((a, b) => a.needs - b.needs);
  if (parts.length === 1) return parts[0]!;
  const matches: Fixed = (candidate) => {
    let result: boolean | undefined = !decisive;
    for (const part of parts) {
      const one = part.matches(candidate);
      if (one === decisive) return decisive;
      if (one === undefined) result = undefined;
    }
    return result;
  };
  return { needs: parts.at(-1)?.needs ?? INDEX, matches };
}

function condition<N extends keyof Condition>(
  name: N,
  value: never,
  state: State,
  overview: Overview,
  told: ToldAll,
): Matcher {
  const given = { [name]: value } as Condition;
  const { dates, sizes } = overview;
  switch (name) {
    case 'inMailbox':
      return bySet(overview.mailboxes, overview.mailboxSets, (set) => set.has(given.inMailbox!));
    case 'inMailboxOtherThan': {
      const others = new Set(given.inMailboxOtherThan);
      return bySet(overview.mailboxes, overview.mailboxSets, (set) => [...set].some((id) => !others.has(id)));
    }
    case 'before':
      return atIndex(({ place }) => dates[place]! < Date.parse(given.before!));
    case 'after':
      return atIndex(({ place }) => dates[place]! >= Date.parse(given.after!));
    case 'minSize':
      return atIndex(({ place }) => sizes[place]! >= given.minSize!);
    case 'maxSize':
      return atIndex(({ place }) => sizes[place]! < given.maxSize!);
    case 'hasKeyword':
    case 'notKeyword': {
      const keyword = (given.hasKeyword ?? given.notKeyword)!.toLowerCase();
      return bySet(overview.keywords, overview.keywordSets, (set) => set.has(keyword) === (name === 'hasKeyword'));
    }
    case 'allInThreadHaveKeyword':
    case 'someInThreadHaveKeyword':
    case 'noneInThreadHaveKeyword': {
      const how = name.startsWith('all') ? 'all' : 'some';
      const test = threadTest(state, overview, how, value as string);
      return atIndex(({ place }) => test(place) !== name.startsWith('none'));
    }
    case 'hasAttachment':
      return fromSummary(SUMMARY, (summary) => summary.attachments === given.hasAttachment);
    case 'header':
      return headerCondition(given.header!);
    default:
      return textCondition(name as TextField, value as string, told);
  }
}

function atIndex(matches: (candidate: Candidate) => boolean): Matcher {
  return { needs: INDEX, matches };
}

/** Decided once for each combination that occurs. */
function bySet(
  numbers: Uint32Array,
  sets: readonly ReadonlySet<string>[],
  test: (set: ReadonlySet<string>) => boolean,
): Matcher {
  const fits = sets.map(test);
  return atIndex(({ place }) => fits[numbers[place]!]!);
}

/** Answered by the summary where that can tell, else by what has been read of the message. */
function fromSummary(
  needs: number,
  bySummary: (summary: Summary) => boolean | undefined,
  byContent?: (content: Content) => boolean,
): Matcher {
  return {
    needs,
    matches: ({ email, content }) => {
      if (email === undefined) return undefined;
      return bySummary(email.summary) ?? (content === undefined ? undefined : byContent?.(content));
    },
  };
}

export type TextField = 'text' | 'body' | 'subject' | 'from' | 'to' | 'cc' | 'bcc';
const TEXT_FIELDS: readonly TextField[] = ['text', 'body', 'subject', 'from', 'to', 'cc', 'bcc'];

/** Where each of them looks, what is cheap first. */
export function fieldsOf(field: TextField): readonly Field[] {
  return field === 'text' ? ['subject', 'from', 'to', 'cc', 'bcc', 'name', 'body'] : [field];
}

export function toldKey(field: TextField, query: WordQuery): string {
  return JSON.stringify([field, query]);
}

/** Every query for words that a filter asks, each once. */
export function queriesIn(
  filter: Filter<Condition> | undefined,
): ReadonlyMap<string, { readonly field: TextField; readonly query: WordQuery }> {
  if (filter === undefined) return new Map();
  if ('operator' in filter) return new Map(filter.conditions.flatMap((one) => [...queriesIn(one)]));
  return new Map(
    TEXT_FIELDS.flatMap((field) =>
      queriesOf(filter[field] ?? '').map((query) => [toldKey(field, query), { field, query }] as const),
    ),
  );
}

/** Every word must be there; each may be in another place than the others. */
function textCondition(field: TextField, text: string, told: ToldAll): Matcher {
  return combined(
    queriesOf(text).map((query) => {
      const { needs, matches } = wordCondition(field, query);
      const known = told.get(toldKey(field, query));
      if (known === undefined) return { needs, matches };
      return {
        needs,
        matches: (candidate: Candidate) => {
          const said = known[candidate.place]!;
          return said < 2 ? said === 1 : matches(candidate);
        },
      };
    }),
    false,
  );
}

function wordCondition(field: TextField, query: WordQuery): Matcher {
  const fields = fieldsOf(field);
  return {
    needs: field === 'text' || field === 'body' ? BODY : HEADER,
    matches: ({ email, content }) => {
      if (email === undefined) return undefined;
      let isKnown = true;
      for (const one of fields) {
        const words = content === undefined ? summaryWords(email.summary, one) : wordsOfContent(email, content, one);
        if (words === undefined) isKnown = false;
        else if (wordsHold(words, query)) return true;
      }
      return isKnown ? false : undefined;
    },
  };
}

/** The words of a message that is being looked at, for all that a filter asks of it. */
const read = new WeakMap<Content, Map<Field, Words>>();

function wordsOfContent(email: StoredEmail, content: Content, field: Field): Words {
  let fields = read.get(content);
  if (fields === undefined) {
    fields = new Map();
    read.set(content, fields);
  }
  let words = fields.get(field);
  if (words === undefined) {
    words = fieldWords(email, content, field);
    fields.set(field, words);
  }
  return words;
}

/** Without a text: whether there is such a field. */
function headerCondition([field, text]: readonly [string, string?]): Matcher {
  const name = field.toLowerCase();
  const words = text === undefined ? [''] : wordsOf(text);
  return combined(
    words.map((word) => {
      const needle = new Needle(word);
      return fromSummary(
        HEADER,
        (summary) => inKnownHeader(summary, name, needle),
        (content) => fieldHolds(content, name, needle),
      );
    }),
    false,
  );
}
