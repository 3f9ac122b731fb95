import { AUTHENTICATED, command, noArguments } from '../command.ts';
import { Bad } from '../errors.ts';
import { quote } from '../grammar/parser.ts';

/** RFC 9698 section 4: where JMAP gives the same mail, by the same ids. Refused where it is not announced, as the RFC wants it. */
export const getJmapAccess = command({
  states: AUTHENTICATED,
  parse: noArguments,
  run(session) {
    if (session.jmap === undefined) throw new Bad('JMAP is not there for what you logged in with');
    session.out.line(`* JMAPACCESS ${quote(session.jmap)}`);
  },
});
