import { ANY, command, noArguments } from '../command.ts';

/** RFC 3501 section 6.1.3. */
export const logout = command({
  states: ANY,
  sync: 'none',
  parse: noArguments,
  run(session) {
    session.loggedOut = true;
    session.out.line('* BYE Until next time');
  },
});
