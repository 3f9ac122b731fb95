import { Refused } from '../../refused.ts';
import { command, noArguments } from '../command.ts';

/** RFC 2595 section 4. What the client said before is forgotten; what it sent ahead in cleartext is thrown away. */
export const stls = command<undefined>({
  states: ['authorization'],
  parse: noArguments,
  async run(session) {
    if (session.wire.tls !== undefined) throw new Refused('cannot', 'TLS is active already');
    // RFC 6856 section 2.1.
    if (session.utf8) throw new Refused('cannot', 'STLS comes before UTF8');
    if (!session.mayStartTls) throw new Refused('cannot', 'TLS is not available here');
    session.reader.discard();
    session.ok('Begin TLS');
    await session.wire.startTls();
    session.user = undefined;
  },
});
