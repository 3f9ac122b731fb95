import { command, noArguments } from '../command.ts';

/** RFC 1939 section 5. */
export const rset = command<undefined>({
  states: ['transaction'],
  parse: noArguments,
  run(session) {
    session.maildrop.undelete();
    session.ok(session.maildrop.summary);
  },
});
