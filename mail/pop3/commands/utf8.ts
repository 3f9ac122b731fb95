import { command, noArguments } from '../command.ts';

/** RFC 6856 section 2.1: from the login on, messages come as they are stored, internationalised header fields and all. */
export const utf8 = command<undefined>({
  states: ['authorization'],
  parse: noArguments,
  run(session) {
    session.utf8 = true;
    session.ok('UTF-8 from now on');
  },
});
