import { REPLY } from '../replies.ts';
import { type Command, noArguments } from './command.ts';

/** RSET: forgets the message that was begun (RFC 5321 section 4.1.1.5). */
export const rset: Command = {
  verb: 'RSET',
  needs: 'nothing',
  parse(rest) {
    noArguments(rest);
    return (session) => {
      session.transaction = undefined;
      return REPLY.ok;
    };
  },
};
