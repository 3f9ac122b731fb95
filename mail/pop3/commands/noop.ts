import { command, noArguments } from '../command.ts';

/** RFC 1939 section 5. */
export const noop = command<undefined>({
  states: ['transaction'],
  parse: noArguments,
  run(session) {
    session.ok('Nothing done');
  },
});
