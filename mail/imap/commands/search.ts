import type { Rows } from '../../account/types.ts';
import { type Command, command, SELECTED } from '../command.ts';
import { asksModseq, searchProgram } from '../grammar/search.ts';
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
      const { state } = session.account;
      const modseq = asksModseq(key);
      if (modseq) session.enableCondstore();
      const found = await search(session, state, key);
      const numbers = uid ? found : found.map((one) => view.numbers.of(one));
      const highest = modseq && found.length > 0 ? [`(MODSEQ ${highestModseq(view.rows(state), found)})`] : [];
      session.out.line(['* SEARCH', ...numbers, ...highest].join(' '));
    },
  });
}

/** Of the messages that were found, the highest mod-sequence. */
export function highestModseq(rows: Rows, uids: readonly number[]): number {
  let highest = 0;
  for (const uid of uids) highest = Math.max(highest, rows.modseq(rows.find(uid)));
  return highest;
}
