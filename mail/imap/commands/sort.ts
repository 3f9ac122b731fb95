import { type Command, command, SELECTED } from '../command.ts';
import { searchArguments } from '../grammar/search-arguments.ts';
import { type SortCriterion, sortCriteria } from '../grammar/sort.ts';
import { answerSearch } from './search.ts';

/** SORT and UID SORT (RFC 5256 section 3), with what RETURN asks for (ESORT, RFC 5267 section 3). */
export function sorting(uid: boolean): Command {
  return command({
    states: SELECTED,
    sync: uid ? 'all' : 'no expunge',
    uid,
    numbers: !uid,
    parse(parser, session) {
      parser.space();
      let criteria: readonly SortCriterion[] = [];
      const args = searchArguments(parser, session, 'must', () => {
        criteria = sortCriteria(parser);
        parser.space();
      });
      return { args, criteria };
    },
    run: (session, { args, criteria }) => answerSearch(session, 'SORT', uid, args, criteria),
  });
}
