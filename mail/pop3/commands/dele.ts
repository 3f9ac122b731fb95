import { command, messageNumber } from '../command.ts';

/** RFC 1939 section 5. Only QUIT really deletes. */
export const dele = command<number>({
  states: ['transaction'],
  parse: messageNumber,
  run(session, number) {
    session.maildrop.delete(number);
    session.ok(`Message ${number} will be deleted`);
  },
});
