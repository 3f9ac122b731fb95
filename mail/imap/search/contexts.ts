import type { State } from '../../account/types.ts';
import { UidSet } from '../../account/uidset.ts';
import { Bad } from '../errors.ts';
import { quote } from '../grammar/parser.ts';
import { type SearchKey, someKey } from '../grammar/search.ts';
import { resolve, SAVED } from '../grammar/sequence.ts';
import type { Output } from '../output.ts';
import type { Session } from '../session.ts';
import type { View } from '../view.ts';
import { esearchLine } from './answer.ts';
import { search } from './run.ts';

/** A search whose results the client wants to be kept up to date (RFC 5267 section 4.3). */
interface Context {
  readonly tag: string;
  /** Whether its messages are told by UID. */
  readonly uid: boolean;
  readonly key: SearchKey;
  /** Whether time alone changes what matches. */
  readonly ages: boolean;
  found: UidSet;
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
      out.line(`* NO [NOUPDATE ${quote(tag)}] It tells message numbers`);
    }
  }

  /** Takes away what is being expunged; numbers are those from before (RFC 5267 section 4.3.4). */
  expunge(uids: UidSet, numberOf: (uid: number) => number, out: Output): void {
    for (const context of this.#contexts.values()) {
      tell(context, 'REMOVEFROM', context.found.intersection(uids), numberOf, out);
      context.found = context.found.without(uids);
    }
  }

  /** Looks at what is new and what has changed since the last time, and tells what that does to the results. */
  async update(session: Session, view: View, state: State): Promise<void> {
    const rows = view.rows(state);
    const now = view.numbers.uids;
    for (const context of this.#contexts.values()) {
      const fresh = now.without(context.known);
      const changed = context.ages
        ? now
        : UidSet.fromAscending(rows.changedSince(context.seq).map((row) => rows.uid(row)));
      const touched = changed.intersection(now).union(fresh);
      context.seq = state.seq;
      context.known = now;
      if (touched.isEmpty) continue;
      const only = [...touched].map((uid) => rows.find(uid)).filter((row) => row >= 0);
      const matching = UidSet.fromAscending(await search(session, { rows, known: view, only }, context.key));
      const numberOf = (uid: number) => view.numbers.of(uid);
      tell(context, 'REMOVEFROM', context.found.intersection(touched).without(matching), numberOf, session.out);
      tell(context, 'ADDTO', matching.without(context.found), numberOf, session.out);
      context.found = context.found.without(touched).union(matching);
    }
  }
}

function tell(
  { tag, uid }: Context,
  what: 'ADDTO' | 'REMOVEFROM',
  uids: UidSet,
  numberOf: (uid: number) => number,
  out: Output,
): void {
  if (uids.isEmpty) return;
  const set = uid ? uids : UidSet.from([...uids].map(numberOf));
  out.line(esearchLine(tag, '', uid, `${what} (0 ${set})`));
}

/** Refuses a tag under which results are being kept up to date already (RFC 5267 section 4.3). */
export function checkTag(session: Session): void {
  if (session.selected?.contexts.has(session.tag) === true) {
    throw new Bad('That tag belongs to a search whose results are kept up to date');
  }
}

/** Keeps the results of a search that has just been done up to date, or says that it will not. */
export function updateLater(session: Session, uid: boolean, key: SearchKey, found: readonly number[]): void {
  const { view, tag } = session;
  const added = view.contexts.add({
    tag,
    uid,
    key: withoutNumbers(key, view),
    ages: someKey(key, (one) => one.key === 'within'),
    found: UidSet.from(found),
    seq: session.account.state.seq,
    known: view.numbers.uids,
  });
  if (!added) noUpdate(session, 'Too many searches are kept up to date');
}

/** RFC 5267 section 4.3.1. */
export function noUpdate(session: Session, why: string): void {
  session.out.line(`* NO [NOUPDATE ${quote(session.tag)}] ${why}`);
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
