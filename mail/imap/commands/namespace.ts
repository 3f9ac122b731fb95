import { AUTHENTICATED, command, noArguments } from '../command.ts';

/** RFC 2342: one personal namespace, without a prefix. */
export const namespace = command({
  states: AUTHENTICATED,
  parse: noArguments,
  run(session) {
    session.out.line('* NAMESPACE (("" "/")) NIL NIL');
  },
});
