import type { SignedIn } from '../../directory/types.ts';
import { Refused } from '../../refused.ts';
import { capabilities } from '../capabilities.ts';
import { command, type Done, NOT_AUTHENTICATED } from '../command.ts';
import { Bye, No } from '../errors.ts';
import { utf8 } from '../grammar/parser.ts';
import type { Session } from '../session.ts';

/** Wrong passwords on one connection. */
const MAX_TRIES = 5;

/** RFC 3501 section 6.2.3. */
export const login = command({
  states: NOT_AUTHENTICATED,
  parse(parser) {
    parser.space();
    const name = utf8(parser.astring('a user name'));
    parser.space();
    return { name, password: utf8(parser.astring('a password')) };
  },
  run: (session, { name, password }) => {
    const { directory, service, address } = session.saslContext;
    return logIn(session, () => directory.authenticate(name, password, { service, address }));
  },
});

/** RFC 5530: PRIVACYREQUIRED. A password that has been sent in clear already is not looked at. */
export function requireLoginAllowed(session: Session): void {
  if (session.mayLogIn) return;
  logRefused(session, 'no TLS');
  throw new No('PRIVACYREQUIRED', 'Start TLS before you log in');
}

/** For the reasons that the directory does not see; it logs the others. */
export function logRefused({ deps, saslContext: { service, address } }: Session, reason: string): void {
  deps.log.info('login.refused', { service, address, reason });
}

/** Lets `prove` find out whose account it is, and answers with what may be done now. LOGIN and AUTHENTICATE end here. */
export async function logIn(session: Session, prove: () => Promise<SignedIn>): Promise<Done> {
  requireLoginAllowed(session);
  try {
    await session.enter(await prove());
  } catch (error) {
    if (error instanceof Refused && error.code === 'authenticationfailed' && ++session.failedLogins >= MAX_TRIES) {
      throw new Bye('Too many wrong passwords');
    }
    throw error;
  }
  return { code: capabilities(session), text: 'Logged in' };
}
