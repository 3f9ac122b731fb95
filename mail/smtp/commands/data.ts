import { receive } from '../receive.ts';
import { BadCommand, REPLY } from '../replies.ts';
import { type Command, noArguments } from './command.ts';

/** DATA: the message itself; the reply after it says whether it is ours now (RFC 5321 section 4.1.1.4). */
export const data: Command = {
  verb: 'DATA',
  needs: 'sender',
  parse(rest) {
    noArguments(rest);
    return (session) => {
      if (session.transaction!.recipients.length === 0) {
        // A pipelining client sends DATA before it knows that every RCPT was refused (RFC 2920 section 3.1).
        throw new BadCommand(REPLY.noRecipient);
      }
      return receive(session);
    };
  },
};
