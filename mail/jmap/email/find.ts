import { type Account, emailId, emailNumber, type State, type StoredEmail } from '../../account/types.ts';
import { NotFound } from '../../ports/index.ts';
import { contentWeight, loadContent } from '../../search/content.ts';
import { inOrder } from '../../search/in-order.ts';
import type { JmapDeps } from '../method.ts';
import type { Filter, Results } from '../standard/query.ts';
import {
  BODY,
  type Candidate,
  type Condition,
  compile,
  fieldsOf,
  type Matcher,
  queriesIn,
  SUMMARY,
  type ToldAll,
} from './filter.ts';
import { collapsed, orderOf } from './order.ts';
import { type Overview, overviewOf, placeIn } from './overview.ts';
import { type Comparator, sorted } from './sort.ts';

export interface EmailQuery {
  readonly filter: Filter<Condition> | undefined;
  readonly sort: readonly Comparator[];
  readonly collapseThreads: boolean;
}

/** What a query finds, in order: numbers of emails. */
export class EmailList implements Results {
  readonly numbers: Float64Array;

  constructor(numbers: Float64Array) {
    this.numbers = numbers;
  }

  get length(): number {
    return this.numbers.length;
  }

  indexOf(id: string): number {
    const number = emailNumber(id);
    return number === undefined ? -1 : this.numbers.indexOf(number);
  }

  slice(start: number, end: number): readonly string[] {
    return Array.from(this.numbers.subarray(start, end), emailId);
  }
}

/** Queries of one state whose results are kept: a client reads page after page. */
const KEPT = 16;
const results = new WeakMap<State, Map<string, Promise<EmailList>>>();

/** The results of a query on a state of the account; `key` tells it from other queries. */
export function find(
  deps: JmapDeps,
  account: Account,
  state: State,
  query: EmailQuery,
  key: string,
): Promise<EmailList> {
  let ofState = results.get(state);
  if (ofState === undefined) {
    ofState = new Map();
    results.set(state, ofState);
  }
  let found = ofState.get(key);
  if (found === undefined) {
    found = run(deps, account, state, query);
    found.catch(() => ofState.delete(key));
    if (ofState.size >= KEPT) ofState.delete(ofState.keys().next().value!);
    ofState.set(key, found);
  }
  return found;
}

/**
 * Stage by stage: the index decides for most emails, then summaries, and only what neither can decide is read from its blob. A mailbox
 * by receivedAt is no more than its order.
 */
async function run(deps: JmapDeps, account: Account, state: State, query: EmailQuery): Promise<EmailList> {
  const { filter, sort, collapseThreads } = query;
  const scope = scopeOf(filter);
  const mailbox = scope === undefined ? undefined : state.mailboxes.get(scope.mailbox);
  if (scope !== undefined && mailbox === undefined) return new EmailList(new Float64Array());
  const order = orderOf(account, state, mailbox);
  const isWhole = scope === undefined ? isEmpty(filter) : scope.isAll;
  const direction = sort[0]?.isAscending ? 'ascending' : 'descending';
  const isInOrder = sort.length === 1 && sort[0]!.property === 'receivedAt';
  if (isWhole && isInOrder) {
    if (!collapseThreads) return new EmailList(order[direction]);
    order.collapsed[direction] ??= collapsed(state, order[direction]);
    return new EmailList(order.collapsed[direction]);
  }
  const overview = overviewOf(state);
  const matcher = compile(filter, state, overview, await askIndex(deps, account, state, overview, filter));
  const candidates = possible(matcher, overview, isInOrder ? order[direction] : order.ascending);
  const needsEmails = sort.some(({ needsSummary }) => needsSummary);
  const fitting = await matching(deps, account, overview, matcher, candidates, needsEmails);
  const places = fitting.map(({ place }) => place);
  const inSort = isInOrder ? places : sorted(sort, state, overview, places, (at) => fitting[at]!.email!);
  const numbers = Float64Array.from(inSort, (place) => overview.numbers[place]!);
  return new EmailList(collapseThreads ? collapsed(state, numbers) : numbers);
}

/** Those that what is known of all of them does not rule out. */
function possible({ matches }: Matcher, { numbers }: Overview, order: Float64Array): Candidate[] {
  const candidates: Candidate[] = [];
  const looked = { place: -1 };
  for (const number of order) {
    // Most often each is a neighbour of the last.
    const { place } = looked;
    if (numbers[place + 1] === number) looked.place = place + 1;
    else looked.place = numbers[place - 1] === number ? place - 1 : placeIn(numbers, number);
    if (matches(looked) !== false) candidates.push({ place: looked.place });
  }
  return candidates;
}

/** What the full-text index knows of the words that a filter asks for. */
async function askIndex(
  deps: JmapDeps,
  account: Account,
  state: State,
  overview: Overview,
  filter: Filter<Condition> | undefined,
): Promise<ToldAll> {
  const queries = queriesIn(filter);
  const index = queries.size === 0 ? undefined : await deps.index?.open(account.id, state);
  if (index === undefined) return new Map();
  return new Map(
    await Promise.all(
      [...queries].map(async ([key, { field, query }]) => {
        const verdict = await index.words(query, fieldsOf(field));
        const { numbers } = overview;
        const told = new Uint8Array(numbers.length);
        for (let place = 0; place < numbers.length; place++) {
          const said = verdict(numbers[place]!);
          told[place] = said === undefined ? 2 : Number(said);
        }
        return [key, told] as const;
      }),
    ),
  );
}

/** The mailbox that whatever fits a filter must be in, and whether that is all that the filter asks. */
export function scopeOf(
  filter: Filter<Condition> | undefined,
): { readonly mailbox: string; readonly isAll: boolean } | undefined {
  if (filter === undefined) return undefined;
  if ('operator' in filter) {
    if (filter.operator !== 'AND') return undefined;
    for (const one of filter.conditions) {
      const scope = scopeOf(one);
      if (scope !== undefined) return { ...scope, isAll: scope.isAll && filter.conditions.length === 1 };
    }
    return undefined;
  }
  if (filter.inMailbox === undefined) return undefined;
  const count = Object.values(filter).filter((value) => value !== undefined).length;
  return { mailbox: filter.inMailbox, isAll: count === 1 };
}

function isEmpty(filter: Filter<Condition> | undefined): boolean {
  return filter === undefined || Object.values(filter).every((value) => value === undefined);
}

/** Summaries read at a time. */
const BATCH = 1024;
/** Blobs read at a time; one message alone may be larger. */
const AHEAD = { count: 16, weight: 8 * 1024 * 1024 };

/** Those that fit, in the same order; with `withEmails`, with their summaries. */
async function matching(
  deps: JmapDeps,
  account: Account,
  overview: Overview,
  matcher: Matcher,
  candidates: readonly Candidate[],
  withEmails: boolean,
): Promise<Candidate[]> {
  const decided = candidates.map((candidate) => matcher.matches(candidate));
  const open = candidates.filter((_, at) => decided[at] === undefined || (withEmails && decided[at] === true));
  if (open.length === 0) return candidates.filter((_, at) => decided[at] === true);
  const fitting = new Set<Candidate>(withEmails ? [] : candidates.filter((_, at) => decided[at] === true));
  for (let first = 0; first < open.length; first += BATCH) {
    const batch = open.slice(first, first + BATCH);
    const emails = await account.emails(batch.map(({ place }) => overview.numbers[place]!));
    const unread: (Candidate & { readonly email: StoredEmail })[] = [];
    for (const candidate of batch) {
      const email = emails.get(overview.numbers[candidate.place]!);
      // One that was erased meanwhile fits nothing.
      if (email === undefined) continue;
      candidate.email = email;
      const fits = matcher.matches(candidate);
      if (fits === true) fitting.add(candidate);
      else if (fits === undefined) unread.push(candidate as Candidate & { email: StoredEmail });
    }
    if (matcher.needs > SUMMARY) await readAll(deps, matcher, unread, fitting);
    if (!withEmails) for (const candidate of batch) delete candidate.email;
  }
  return candidates.filter((candidate) => fitting.has(candidate));
}

async function readAll(
  deps: JmapDeps,
  matcher: Matcher,
  unread: readonly (Candidate & { readonly email: StoredEmail })[],
  fitting: Set<Candidate>,
): Promise<void> {
  const body = matcher.needs === BODY;
  const load = async (candidate: (typeof unread)[number]) => {
    try {
      return { candidate, content: await loadContent(deps.blobs, candidate.email, body) };
    } catch (error) {
      if (!(error instanceof NotFound)) throw error;
      deps.log.error('jmap.blob-missing', { blob: candidate.email.blob });
      return undefined;
    }
  };
  for await (const read of inOrder(unread, AHEAD, ({ email }) => contentWeight(email, body), load)) {
    if (read === undefined) continue;
    if (matcher.matches({ ...read.candidate, content: read.content }) === true) fitting.add(read.candidate);
  }
}
