import { Cancelled, converse } from '../../sasl/converse.ts';
import { beginSasl, mechanisms } from '../../sasl/mechanisms.ts';
import { Malformed, WrongIdentity } from '../../sasl/types.ts';
import { command, NOT_AUTHENTICATED } from '../command.ts';
import { Bad, No } from '../errors.ts';
import { logIn, logRefused, requireLoginAllowed } from './login.ts';

const MAX_RESPONSE = 8 * 1024;

/** RFC 3501 section 6.2.2, with SASL-IR (RFC 4959). The mechanisms are those of `mail/sasl`. */
export const authenticate = command({
  states: NOT_AUTHENTICATED,
  parse(parser) {
    parser.space();
    const mechanism = parser.keyword('a SASL mechanism');
    let initial: string | undefined;
    if (parser.skip(' ')) {
      initial = parser.text.slice(parser.pos);
      parser.pos = parser.text.length;
      if (initial === '') throw new Bad('Expected base64');
    }
    return { mechanism, initial };
  },
  async run(session, { mechanism, initial }) {
    const context = session.saslContext;
    const exchange = beginSasl(mechanism, context);
    if (exchange === undefined) throw new No('CANNOT', `The mechanisms here are ${mechanisms(context).join(', ')}`);
    requireLoginAllowed(session);
    const ask = (challenge: string) => {
      session.out.line(`+ ${challenge}`);
      return session.input.line(MAX_RESPONSE);
    };
    try {
      return await logIn(session, () => converse(exchange, initial, ask));
    } catch (error) {
      if (error instanceof Malformed || error instanceof Cancelled) throw new Bad(error.message);
      // RFC 5530: acting for somebody else is not possible, whatever the password.
      if (error instanceof WrongIdentity) {
        logRefused(session, 'in the name of another account');
        throw new No('AUTHORIZATIONFAILED', error.message);
      }
      throw error;
    }
  },
});
