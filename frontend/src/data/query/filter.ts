import type { Operator, Query, Term } from './language.ts';

/** A filter of RFC 8621 section 4.4.1. */
export type Filter =
  | Readonly<Record<string, unknown>>
  | { readonly operator: 'AND' | 'OR' | 'NOT'; readonly conditions: readonly Filter[] };

/** What the words of a search are held against. */
export interface Surroundings {
  readonly now: Date;
  /** The mailbox that is called so: undefined where there is none. */
  readonly folder: (name: string) => string | undefined;
  /** Where nothing is looked for unless it is named: Trash and Junk. */
  readonly apart: readonly string[];
}

/** A filter, and the terms that mean nothing here and were left out. */
export interface Understood {
  readonly filter: Filter | null;
  readonly unknown: readonly Term[];
}

/** `in:anywhere`: Trash and Junk too. */
export const ANYWHERE = 'anywhere';

export function filterOf(query: Query, surroundings: Surroundings): Understood {
  const unknown: Term[] = [];
  const groups = query.flatMap((group): readonly Filter[] => {
    const found = group.flatMap((term): Filter | readonly Filter[] => {
      if (term.operator !== undefined && term.value === '') return [];
      const condition = conditionOf(term, surroundings);
      if (condition === undefined) unknown.push(term);
      return condition ?? [];
    });
    return found.length === 0 ? [] : [combined('OR', found)];
  });
  const says = query.some((group) =>
    group.some(({ operator, value, isNot }) => operator === 'in' && isNot !== true && value !== ''),
  );
  const { apart } = surroundings;
  const conditions = groups.filter((one) => !isAll(one));
  if (!says && apart.length > 0) conditions.push({ inMailboxOtherThan: apart });
  return { filter: conditions.length === 0 ? null : combined('AND', conditions), unknown };
}

const ALL: Filter = {};

function isAll(filter: Filter): boolean {
  return Object.keys(filter).length === 0;
}

function combined(operator: 'AND' | 'OR', conditions: readonly Filter[]): Filter {
  return conditions.length === 1 ? conditions[0]! : { operator, conditions };
}

function conditionOf(term: Term, surroundings: Surroundings): Filter | undefined {
  const condition =
    term.operator === undefined
      ? { text: term.isPhrase === true ? quoted(term.value) : bare(term.value) }
      : CONDITIONS[term.operator](term.value, surroundings);
  return condition === undefined || term.isNot !== true ? condition : { operator: 'NOT', conditions: [condition] };
}

const KEYWORDS: Readonly<Record<string, Filter>> = {
  unread: { notKeyword: '$seen' },
  read: { hasKeyword: '$seen' },
  starred: { hasKeyword: '$flagged' },
};

const CONDITIONS: Readonly<Record<Operator, (value: string, at: Surroundings) => Filter | undefined>> = {
  from: (value) => ({ from: bare(value) }),
  to: (value) => ({ operator: 'OR', conditions: [{ to: bare(value) }, { cc: bare(value) }] }),
  cc: (value) => ({ cc: bare(value) }),
  bcc: (value) => ({ bcc: bare(value) }),
  subject: (value) => ({ subject: bare(value) }),
  in: (value, { folder }) => {
    if (value.toLowerCase() === ANYWHERE) return ALL;
    const id = folder(value);
    return id === undefined ? undefined : { inMailbox: id };
  },
  has: (value) => (value === 'attachment' ? { hasAttachment: true } : KEYWORDS[value]),
  is: (value) => KEYWORDS[value],
  before: (value) => bounded('before', dayOf(value)),
  after: (value) => bounded('after', dayOf(value)),
  older_than: (value, { now }) => bounded('before', ago(value, now)),
  newer_than: (value, { now }) => bounded('after', ago(value, now)),
  larger: (value) => sized('minSize', bytesOf(value)),
  smaller: (value) => sized('maxSize', bytesOf(value)),
  filename: (value) => ({ operator: 'AND', conditions: [{ hasAttachment: true }, { text: bare(value) }] }),
};

function bounded(name: 'before' | 'after', date: Date | undefined): Filter | undefined {
  return date === undefined ? undefined : { [name]: `${date.toISOString().slice(0, 19)}Z` };
}

function sized(name: 'minSize' | 'maxSize', bytes: number | undefined): Filter | undefined {
  return bytes === undefined ? undefined : { [name]: bytes };
}

/** Words as the server takes them (RFC 8621 section 4.4.1): several stand side by side. */
function bare(text: string): string {
  return /[\s"']/.test(text) ? quoted(text) : text;
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** The beginning of a day (2026-11-21, 2026/11/21), of a month (2026-11) or of a year (2026), where the reader is. */
export function dayOf(value: string): Date | undefined {
  const [, year, month = '1', day = '1'] = /^(\d{4})(?:[-/](\d\d?)(?:[-/](\d\d?))?)?$/.exec(value) ?? [];
  if (year === undefined) return undefined;
  const date = new Date(Number(year), Number(month) - 1, Number(day));
  const isReal = date.getMonth() === Number(month) - 1 && date.getDate() === Number(day);
  return isReal && Number(year) >= 1000 ? date : undefined;
}

/** So long before now: 3d, 2w, 6m, 1y. */
function ago(value: string, now: Date): Date | undefined {
  const [, count, unit] = /^(\d{1,4})([dwmy])$/.exec(value.toLowerCase()) ?? [];
  if (count === undefined) return undefined;
  const date = new Date(now);
  const n = Number(count);
  if (unit === 'y') date.setFullYear(date.getFullYear() - n);
  else if (unit === 'm') date.setMonth(date.getMonth() - n);
  else date.setDate(date.getDate() - n * (unit === 'w' ? 7 : 1));
  return date.getFullYear() < 0 ? undefined : date;
}

/** 500, 20K, 5M, 1.5MB, 1G: as people count them, by thousands. */
function bytesOf(value: string): number | undefined {
  const [, number, unit = ''] = /^(\d{1,12}(?:\.\d{1,3})?)([kmg]?)b?$/i.exec(value) ?? [];
  return number === undefined
    ? undefined
    : Math.round(Number(number) * 1_000 ** ' kmg'.indexOf(unit.toLowerCase() || ' '));
}
