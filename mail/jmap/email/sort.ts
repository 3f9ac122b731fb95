import * as z from 'zod';
import type { State, StoredEmail } from '../../account/types.ts';
import { readEnvelope } from '../../message/envelope.ts';
import { baseSubject } from '../../search/base-subject.ts';
import { compareForms, unicodeCasemap } from '../../search/collation.ts';
import { MethodError } from '../errors.ts';
import type { Overview } from './overview.ts';
import { threadTest } from './threads.ts';

/** What emails can be sorted by (RFC 8621 section 4.4.2): announced as `emailQuerySortOptions`. */
export const SORT_OPTIONS = [
  ...['receivedAt', 'size', 'from', 'to', 'subject', 'sentAt'],
  ...['hasKeyword', 'allInThreadHaveKeyword', 'someInThreadHaveKeyword'],
] as const;

const KEYWORD_SORTS: ReadonlySet<string> = new Set(SORT_OPTIONS.filter((option) => option.endsWith('Keyword')));
const FROM_SUMMARY: ReadonlySet<string> = new Set(['from', 'to', 'subject', 'sentAt']);

/** RFC 8620 section 5.5, and `keyword` of RFC 8621. */
export const SORT = z
  .array(
    z.strictObject({
      property: z.string(),
      isAscending: z.boolean().optional(),
      collation: z.string().optional(),
      keyword: z.string().optional(),
    }),
  )
  .max(20)
  .nullish();

export interface Comparator {
  readonly property: string;
  readonly isAscending: boolean;
  /** Of text: its form, by which it is compared. */
  readonly form: (text: string) => string;
  readonly keyword: string | undefined;
  /** Whether it needs summaries. */
  readonly needsSummary: boolean;
}

const FORMS: Readonly<Record<string, (text: string) => string>> = {
  'i;ascii-casemap': (text) => text.replace(/[a-z]+/g, (letters) => letters.toUpperCase()),
  'i;unicode-casemap': unicodeCasemap,
};

/** Throws `unsupportedSort` for what there is not. Newest first where nothing is asked for. */
export function comparators(given: z.infer<typeof SORT>): readonly Comparator[] {
  const sort = given === null || given === undefined || given.length === 0 ? [NEWEST_FIRST] : given;
  return sort.map(({ property, isAscending = true, collation = 'i;unicode-casemap', keyword }) => {
    const form = FORMS[collation];
    if (!(SORT_OPTIONS as readonly string[]).includes(property)) {
      throw new MethodError('unsupportedSort', `Emails are not sorted by ${property}`);
    }
    if (form === undefined) throw new MethodError('unsupportedSort', `There is no collation ${collation}`);
    const byKeyword = KEYWORD_SORTS.has(property);
    if (byKeyword !== (keyword !== undefined)) {
      throw new MethodError('invalidArguments', `sort: ${property} goes ${byKeyword ? 'with' : 'without'} a keyword`);
    }
    return { property, isAscending, form, keyword, needsSummary: FROM_SUMMARY.has(property) };
  });
}

const NEWEST_FIRST = { property: 'receivedAt', isAscending: false, collation: undefined, keyword: undefined };

type Values = readonly string[] | Float64Array;

/**
 * The same emails, sorted. `emailOf`: by the place in `places`, where a comparator needs it. What is alike comes in the order of
 * numbers, in the direction of the first comparator, so that the newest of one second comes first where the newest second does.
 */
export function sorted(
  sort: readonly Comparator[],
  state: State,
  overview: Overview,
  places: readonly number[],
  emailOf: (at: number) => StoredEmail,
): number[] {
  const keys = sort.map((one) => ({
    values: valuesOf(one, state, overview, places, emailOf),
    isAscending: one.isAscending,
  }));
  const sign = sort[0]!.isAscending ? 1 : -1;
  const order = Uint32Array.from({ length: places.length }, (_, at) => at).sort((a, b) => {
    for (const { values, isAscending } of keys) {
      const difference = compareAt(values, a, b);
      if (difference !== 0) return isAscending ? difference : -difference;
    }
    return sign * (places[a]! - places[b]!);
  });
  return Array.from(order, (at) => places[at]!);
}

function compareAt(values: Values, a: number, b: number): number {
  if (values instanceof Float64Array) return values[a]! - values[b]!;
  return compareForms(values[a]!, values[b]!);
}

function valuesOf(
  { property, form, keyword = '' }: Comparator,
  state: State,
  overview: Overview,
  places: readonly number[],
  emailOf: (at: number) => StoredEmail,
): Values {
  const numeric = (value: (place: number, at: number) => number) => Float64Array.from(places, value);
  switch (property) {
    case 'receivedAt':
      return numeric((place) => overview.dates[place]!);
    case 'size':
      return numeric((place) => overview.sizes[place]!);
    case 'sentAt':
      return numeric((place, at) => emailOf(at).summary.sent ?? overview.dates[place]!);
    case 'hasKeyword': {
      const name = keyword.toLowerCase();
      return numeric((place) => Number(overview.keywordSets[overview.keywords[place]!]!.has(name)));
    }
    case 'allInThreadHaveKeyword':
    case 'someInThreadHaveKeyword': {
      const test = threadTest(state, overview, property.startsWith('all') ? 'all' : 'some', keyword);
      return numeric((place) => Number(test(place)));
    }
    case 'subject':
      return places.map((_, at) => form(baseSubject(emailOf(at).summary.subject ?? '').base));
    default:
      return places.map((_, at) => form(nameOf(emailOf(at), property as 'from' | 'to')));
  }
}

/** The name of the first address, or the address where it has none. */
function nameOf({ summary }: StoredEmail, field: 'from' | 'to'): string {
  const first = readEnvelope(summary.envelope)[field][0];
  return first === undefined ? '' : first.name === '' ? first.address : first.name;
}
