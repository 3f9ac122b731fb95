import { UidSet } from '../../account/uidset.ts';
import { rowsOf } from '../changes.ts';
import { type Command, command, type Done, SELECTED } from '../command.ts';
import { asksModseq, namesNumbers } from '../grammar/search.ts';
import { type SearchArguments, searchArguments } from '../grammar/search-arguments.ts';
import { RETURN_ALL } from '../grammar/search-return.ts';
import type { SortCriterion } from '../grammar/sort.ts';
import { endingWithin } from '../limit.ts';
import { esearchLine, highestModseq, savedBy, searchData } from '../search/answer.ts';
import { checkTag, noUpdate, updateLater } from '../search/contexts.ts';
import { FoundSorted, FoundUnsorted } from '../search/results.ts';
import { search } from '../search/run.ts';
import { checkSearchable, searchable } from '../search/scope.ts';
import { sorted } from '../search/sort.ts';
import type { Session } from '../session.ts';

/** SEARCH and UID SEARCH (RFC 3501 section 6.4.4, RFC 4731). */
export function searching(uid: boolean): Command {
  return command({
    states: SELECTED,
    sync: uid ? 'all' : 'no expunge',
    uid,
    numbers: !uid,
    parse(parser, session) {
      parser.space();
      return searchArguments(parser, session, 'may');
    },
    run: (session, args) => answerSearch(session, 'SEARCH', uid, args),
  });
}

/** Searches, sorts where there are criteria, and answers as RETURN says; without it, as the command `name` always did. */
export async function answerSearch(
  session: Session,
  name: 'SEARCH' | 'SORT',
  uid: boolean,
  args: SearchArguments,
  criteria?: readonly SortCriterion[],
): Promise<Done> {
  const { returns: asked, key } = args;
  const { view, out, tag } = session;
  // RFC 9051 section 6.4.4: IMAP4rev2 knows no SEARCH response.
  const returns = asked ?? (name === 'SEARCH' && session.enabled.has('IMAP4REV2') ? RETURN_ALL : undefined);
  const updates = returns?.options.has('UPDATE') === true;
  if (updates) checkTag(session);
  const modseq = asksModseq(key);
  if (modseq) session.enableCondstore();
  const { state } = session.place.account;
  const rows = view.rows(state);
  const { uids: scope, lowest } = searchable(session, key, view);
  let uids: readonly number[];
  try {
    if (criteria !== undefined) checkSearchable(session, key, view);
    const only = lowest === undefined ? undefined : rowsOf(rows, scope);
    uids = await search(session, { rows, known: view, only }, key);
    if (criteria !== undefined) uids = await sorted(session, rows, uids, criteria);
  } catch (error) {
    if (returns?.options.has('SAVE') === true) view.save(UidSet.EMPTY);
    throw error;
  }
  const results = {
    uids,
    name: uid ? (one: number) => one : (one: number) => view.numbers.of(one),
    modseqs: modseq ? rows : undefined,
  };
  if (returns === undefined) {
    const highest = modseq && uids.length > 0 ? [`(MODSEQ ${highestModseq(rows, uids)})`] : [];
    out.line([`* ${name}`, ...uids.map(results.name), ...highest].join(' '));
  } else {
    if (returns.options.has('SAVE')) view.save(savedBy(returns, uids));
    // RFC 5182 example 1: what is only saved is not told.
    const onlySaved = returns.partial === undefined && [...returns.options].every((option) => option === 'SAVE');
    if (updates && lowest !== undefined) noUpdate(out, tag, 'It has looked at some messages only');
    else if (updates) {
      const found = criteria === undefined ? new FoundUnsorted(uids) : new FoundSorted(uids, criteria);
      updateLater(session, state, uid, args, found);
    }
    if (!onlySaved) out.line(esearchLine(tag, '', uid, searchData(returns, results)));
  }
  // RFC 7162 section 3.2.10.2: none may renumber where the client has named numbers.
  return endingWithin(session, uid && namesNumbers(key) ? { sync: 'no expunge' } : {}, lowest);
}
