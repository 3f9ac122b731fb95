import { command, NOT_AUTHENTICATED, noArguments } from '../command.ts';
import { Bad, No } from '../errors.ts';

/**
 * RFC 3501 section 6.2.1. What came in cleartext behind the command is thrown away, here and in the wire; the completion is said
 * before the handshake, so there is none after it.
 */
export const starttls = command({
  states: NOT_AUTHENTICATED,
  parse: noArguments,
  async run(session) {
    if (session.wire.tls !== undefined) throw new Bad('TLS is on already');
    if (!session.mayStartTls) throw new No('CANNOT', 'TLS is not available here');
    session.afterReply = async () => {
      session.input.discard();
      await session.wire.startTls();
    };
    return { text: 'Begin TLS now' };
  },
});
