import { type Command, command, SELECTED } from '../command.ts';
import { searchProgram } from '../grammar/search.ts';
import { search } from '../search/run.ts';

/** SEARCH and UID SEARCH (RFC 3501 section 6.4.4). */
export function searching(uid: boolean): Command {
  return command({
    states: SELECTED,
    sync: uid ? 'all' : 'no expunge',
    uid,
    parse(parser) {
      parser.space();
      return searchProgram(parser);
    },
    async run(session, key) {
      const { view } = session;
      const found = await search(session, session.account.state, key);
      const numbers = uid ? found : found.map((one) => view.numbers.of(one));
      session.out.line(['* SEARCH', ...numbers].join(' '));
    },
  });
}
