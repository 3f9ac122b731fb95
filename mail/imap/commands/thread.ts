import { type Command, command, SELECTED } from '../command.ts';
import { asksModseq, namesNumbers, searchProgram } from '../grammar/search.ts';
import { byReferences, byReferencesAlone } from '../search/references.ts';
import { search } from '../search/run.ts';
import { checkSearchable } from '../search/scope.ts';
import { sentDate } from '../search/sort.ts';
import { mapSummaries } from '../search/summaries.ts';
import { orderedSubject, type Thread, type ThreadMessage, threadText } from '../search/threads.ts';
import { refuseNumbers } from '../uidonly.ts';

/** RFC 5256 section 3; REFS: draft-ietf-morg-inthread-01. */
const ALGORITHMS: Readonly<Record<string, (messages: readonly ThreadMessage[]) => readonly Thread[]>> = {
  ORDEREDSUBJECT: orderedSubject,
  REFERENCES: byReferences,
  REFS: byReferencesAlone,
};

/** THREAD and UID THREAD (RFC 5256 section 3). */
export function threading(uid: boolean): Command {
  return command({
    states: SELECTED,
    sync: uid ? 'all' : 'no expunge',
    uid,
    numbers: !uid,
    parse(parser, session) {
      parser.space();
      const start = parser.pos;
      const name = parser.keyword('a threading algorithm');
      const algorithm = Object.hasOwn(ALGORITHMS, name) ? ALGORITHMS[name] : undefined;
      if (algorithm === undefined) {
        parser.pos = start;
        return parser.fail(`one of ${Object.keys(ALGORITHMS).join(', ')}`);
      }
      parser.space();
      const key = searchProgram(parser, 'must');
      if (namesNumbers(key)) refuseNumbers(session);
      return { algorithm, key };
    },
    async run(session, { algorithm, key }) {
      const { view, out } = session;
      if (asksModseq(key)) session.enableCondstore();
      checkSearchable(session, key, view);
      const rows = view.rows(session.place.account.state);
      const uids = await search(session, { rows, known: view }, key);
      const messages = await mapSummaries(session, rows, uids, (one, row, email): ThreadMessage => {
        const { subject = '', messageId, references, inReplyTo } = email.summary;
        // RFC 5256: In-Reply-To counts where References says nothing, and only its first id.
        return {
          uid: one,
          date: sentDate(rows, row, email),
          arrival: rows.date(row),
          subject,
          messageId,
          references: references ?? inReplyTo?.slice(0, 1) ?? [],
        };
      });
      const text = threadText(algorithm(messages), uid ? (one) => one : (one) => view.numbers.of(one));
      out.line(`* THREAD${text === '' ? '' : ` ${text}`}`);
      return uid && namesNumbers(key) ? { sync: 'no expunge' as const } : {};
    },
  });
}
