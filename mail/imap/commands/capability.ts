import { capabilities } from '../capabilities.ts';
import { ANY, command, noArguments } from '../command.ts';

/** RFC 3501 section 6.1.1. */
export const capability = command({
  states: ANY,
  parse: noArguments,
  run(session) {
    session.out.line(`* ${capabilities(session)}`);
  },
});
