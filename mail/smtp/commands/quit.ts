import { REPLY } from '../replies.ts';
import { type Command, noArguments } from './command.ts';

/** QUIT: ends the conversation (RFC 5321 section 4.1.1.10). */
export const quit: Command = {
  verb: 'QUIT',
  needs: 'nothing',
  parse(rest) {
    noArguments(rest);
    return (session) => {
      session.closing = true;
      return REPLY.bye;
    };
  },
};
