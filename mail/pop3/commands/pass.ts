import { Refused } from '../../refused.ts';
import { Bad, command, decodeText } from '../command.ts';
import type { Session } from '../session.ts';

/** RFC 1939 section 7: everything behind the one space is the password, spaces too. */
export const pass = command<string>({
  states: ['authorization'],
  parse: decodeText,
  async run(session, password) {
    requireLoginAllowed(session);
    const name = session.user;
    session.user = undefined;
    if (name === undefined) throw new Bad('USER comes before PASS');
    const { directory, service, address } = session.saslContext;
    await session.logIn(() => directory.authenticate(name, password, { service, address }));
  },
});

/** RFC 2595 section 2.1: no passwords in the clear. */
export function requireLoginAllowed(session: Session): void {
  if (session.mayLogIn) return;
  session.logRefused('no TLS');
  throw new Refused('cannot', 'Passwords are taken under TLS only: use STLS first');
}
