import { AUTHENTICATED, command, noArguments } from '../command.ts';
import { DELIMITER } from '../grammar/mailbox.ts';
import { PUBLIC, SHARED } from '../places.ts';

/** RFC 2342: the own mailboxes without a prefix, those of other users, and the public folders. */
export const namespace = command({
  states: AUTHENTICATED,
  parse: noArguments,
  run(session) {
    const others = [SHARED, PUBLIC].map((prefix) => `(("${prefix}" "${DELIMITER}"))`);
    session.out.line(`* NAMESPACE (("" "${DELIMITER}")) ${others.join(' ')}`);
  },
});
