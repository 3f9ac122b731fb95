import { BadCommand, REPLY } from '../replies.ts';
import { type Command, noArguments } from './command.ts';

/**
 * STARTTLS (RFC 3207). What the client sent behind it in cleartext is thrown away unread, here and in the wire: anybody on the
 * way may have put it there. What was said before counts for nothing either (section 4.2).
 */
export const starttls: Command = {
  verb: 'STARTTLS',
  needs: 'nothing',
  parse(rest) {
    noArguments(rest);
    return async (session) => {
      if (session.wire.tls !== undefined) throw new BadCommand(REPLY.alreadyTls);
      if (!session.canStartTls) throw new BadCommand(REPLY.noTls);
      await session.wire.write(REPLY.startTls);
      session.reader.discard();
      await session.wire.startTls();
      session.hello = undefined;
      session.leave();
      session.transaction = undefined;
      return undefined;
    };
  },
};
