import { Bad, command, decodeText } from '../command.ts';
import { requireLoginAllowed } from './pass.ts';

/** RFC 1939 section 7. Says nothing of whether the name is known. */
export const user = command<string>({
  states: ['authorization'],
  parse(text) {
    if (text === '') throw new Bad('Expected a name behind USER');
    return decodeText(text);
  },
  run(session, name) {
    requireLoginAllowed(session);
    session.user = name;
    session.ok('Now the password');
  },
});
