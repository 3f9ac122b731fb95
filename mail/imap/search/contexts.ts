import type { Rows, State } from '../../account/types.ts';
import { UidSet } from '../../account/uidset.ts';
import { Bad } from '../errors.ts';
import { introduce } from '../fetch/introduce.ts';
import type { FetchItem } from '../grammar/fetch.ts';
import { quote } from '../grammar/parser.ts';
import { type SearchKey, someKey } from '../grammar/search.ts';
import type { SearchArguments } from '../grammar/search-arguments.ts';
import { resolve, SAVED } from '../grammar/sequence.ts';
import type { Output } from '../output.ts';
import type { Session } from '../session.ts';
import type { View } from '../view.ts';
import { esearchLine, setText } from './answer.ts';
import type { FoundList, Run } from './results.ts';
import { search } from './run.ts';

/** A search whose results the client wants to be kept up to date (RFC 5267 section 4.3). */
interface Context {
  readonly tag: string;
  /** Whether its messages are told by UID. */
  readonly uid: boolean;
  readonly key: SearchKey;
  /** Whether time alone changes what matches. */
  readonly ages: boolean;
  /** What is told of a message that came after the search, and is found (RFC 5465 section 7). */
  readonly items: readonly FetchItem[];
  readonly found: FoundList;
  /** The log position up to which changes have been looked at, and the messages that were known then. */
  seq: number;
  known: UidSet;
}

/** More than these are refused. */
const MAX_CONTEXTS = 20;

/** The searches of one view that go on. */
export class Contexts {
  readonly #contexts = new Map<string, Context>();

  get isEmpty(): boolean {
    return this.#contexts.size === 0;
  }

  has(tag: string): boolean {
    return this.#contexts.has(tag);
  }

  /** False where there are too many. */
  add(context: Context): boolean {
    if (this.#contexts.size >= MAX_CONTEXTS) return false;
    this.#contexts.set(context.tag, context);
    return true;
  }

  cancel(tag: string): void {
    this.#contexts.delete(tag);
  }

  /** Gives up those whose messages are told by number, for a client that wants numbers no more (RFC 9586 section 3). */
  cancelNumbered(out: Output): void {
    for (const { tag, uid } of this.#contexts.values()) {
      if (uid) continue;
      this.#contexts.delete(tag);
      noUpdate(out, tag, 'It tells message numbers');
    }
  }

  /** Takes away what is being expunged; numbers are those from before (RFC 5267 section 4.3.4). */
  expunge(uids: UidSet, numberOf: (uid: number) => number, out: Output): void {
    for (const context of this.#contexts.values()) {
      tell(context, 'REMOVEFROM', context.found.remove(uids), numberOf, out);
    }
  }

  /**
   * Looks at what is new and what has changed since the last time, and tells what that does to the results. Of the messages in `fresh`,
   * FETCH responses tell what the searches that find them ask for, and `asked`, what NOTIFY asks for: one for each message.
   */
  async update(session: Session, state: State, fresh: UidSet, asked: readonly FetchItem[]): Promise<void> {
    const { view } = session;
    const rows = view.rows(state);
    const steps: Step[] = [];
    for (const context of this.#contexts.values()) {
      const step = await next(session, state, rows, context);
      if (step !== undefined) steps.push(step);
    }
    const news = wanted(fresh, asked, steps);
    // RFC 5465 section 7: FETCH before ESEARCH; but section 5.2, where NOTIFY asks for it too: behind.
    if (asked.length === 0) await introduce(session, state, news);
    const numberOf = (uid: number) => view.numbers.of(uid);
    for (const { context, touched, matching } of steps) {
      const { found } = context;
      tell(context, 'REMOVEFROM', found.remove(touched.without(matching)), numberOf, session.out);
      const added = await found.add(session, rows, matching.without(found.set));
      tell(context, 'ADDTO', added, numberOf, session.out);
    }
    if (asked.length > 0) await introduce(session, state, news);
  }
}

/** Messages that have to be looked at again, and those of them that match. */
interface Step {
  readonly context: Context;
  readonly touched: UidSet;
  readonly matching: UidSet;
}

async function next(session: Session, state: State, rows: Rows, context: Context): Promise<Step | undefined> {
  const { view } = session;
  const now = view.numbers.uids;
  const fresh = now.without(context.known);
  const changed = context.ages ? now : UidSet.fromAscending(rows.changedSince(context.seq).map((row) => rows.uid(row)));
  const touched = changed.intersection(now).union(fresh);
  context.seq = state.seq;
  context.known = now;
  if (touched.isEmpty) return undefined;
  const only = [...touched].map((uid) => rows.find(uid)).filter((row) => row >= 0);
  const matching = UidSet.fromAscending(await search(session, { rows, known: view, only }, context.key));
  return { context, touched, matching };
}

/** What is to be told of each new message. */
function wanted(fresh: UidSet, asked: readonly FetchItem[], steps: readonly Step[]): Map<number, readonly FetchItem[]> {
  const news = new Map<number, readonly FetchItem[]>();
  if (asked.length > 0) for (const uid of fresh) news.set(uid, asked);
  for (const { context, matching } of steps) {
    if (context.items.length === 0) continue;
    for (const uid of matching.intersection(fresh)) news.set(uid, [...(news.get(uid) ?? []), ...context.items]);
  }
  return news;
}

function tell(
  { tag, uid }: Context,
  what: 'ADDTO' | 'REMOVEFROM',
  runs: readonly Run[],
  numberOf: (uid: number) => number,
  out: Output,
): void {
  if (runs.length === 0) return;
  const pairs = runs.map(({ place, uids }) => `${place} ${setText(uid ? uids : uids.map(numberOf))}`);
  out.line(esearchLine(tag, '', uid, `${what} (${pairs.join(' ')})`));
}

/** Refuses a tag under which results are being kept up to date already (RFC 5267 section 4.3). */
export function checkTag(session: Session): void {
  if (session.selected?.contexts.has(session.tag) === true) {
    throw new Bad('That tag belongs to a search whose results are kept up to date');
  }
}

/** Keeps the results of a search that has just been done up to date, or says that it will not (RFC 5267 section 4.3.1). */
export function updateLater(
  session: Session,
  state: State,
  uid: boolean,
  { returns, key }: SearchArguments,
  found: FoundList,
): void {
  const { view, tag } = session;
  const added = view.contexts.add({
    tag,
    uid,
    key: withoutNumbers(key, view),
    ages: someKey(key, (one) => one.key === 'within'),
    items: returns?.items ?? [],
    found,
    seq: state.seq,
    known: view.numbers.uids,
  });
  if (!added) noUpdate(session.out, tag, 'Too many searches are kept up to date');
}

/** RFC 5267 section 4.3.1. */
export function noUpdate(out: Output, tag: string, why: string): void {
  out.line(`* NO [NOUPDATE ${quote(tag)}] ${why}`);
}

/** The program with numbers, and what has been saved, as they are now (RFC 5267 section 4.3). */
function withoutNumbers(key: SearchKey, view: View): SearchKey {
  if (key.key === 'and' || key.key === 'or') return { ...key, keys: key.keys.map((one) => withoutNumbers(one, view)) };
  if (key.key === 'not') return { key: 'not', of: withoutNumbers(key.of, view) };
  if (key.key !== 'sequence' && !(key.key === 'uid' && key.set === SAVED)) return key;
  const { numbers } = view;
  const uids = key.set === SAVED ? view.saved : numbers.uidsOf(resolve(key.set, numbers.size));
  // A set that names nothing: UIDs begin at 1, so none is 0.
  return { key: 'uid', set: uids.isEmpty ? [[0, 0]] : [...uids.pairs()] };
}
