import { AUTHENTICATED, command, noArguments } from '../command.ts';
import { No } from '../errors.ts';

/**
 * RFC 8437: back to where the connection was before login, TLS kept, for another user. Nothing of this one stays: no mailbox is
 * selected, and what ENABLE has switched on is off.
 */
export const unauthenticate = command({
  states: AUTHENTICATED,
  sync: 'none',
  parse: noArguments,
  run(session) {
    // What one user has said must not be what the next one's answers are compressed with.
    if (session.wire.compressed) throw new No('CANNOT', 'A compressed connection keeps its user');
    session.leave();
  },
});
