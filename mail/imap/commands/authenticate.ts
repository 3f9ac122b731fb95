import { command, NOT_AUTHENTICATED } from '../command.ts';
import { Bad, No } from '../errors.ts';
import { utf8 } from '../grammar/parser.ts';
import { logIn } from './login.ts';

/** RFC 3501 section 9 (base64) with RFC 4959's "=" for an empty initial response. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const MAX_RESPONSE = 8 * 1024;

/** RFC 3501 section 6.2.2, with SASL-IR (RFC 4959). One mechanism: PLAIN (RFC 4616). */
export const authenticate = command({
  states: NOT_AUTHENTICATED,
  parse(parser) {
    parser.space();
    const mechanism = parser.keyword('a SASL mechanism');
    let initial: string | undefined;
    if (parser.skip(' ')) {
      initial = parser.text.slice(parser.pos);
      parser.pos = parser.text.length;
      if (initial === '' || (initial !== '=' && !BASE64.test(initial))) throw new Bad('Expected base64');
    }
    return { mechanism, initial };
  },
  async run(session, { mechanism, initial }) {
    if (mechanism !== 'PLAIN') throw new No('CANNOT', 'The one mechanism here is PLAIN');
    if (!session.mayLogIn) throw new No('PRIVACYREQUIRED', 'Start TLS before you log in');
    let response = initial;
    if (response === undefined) {
      session.out.line('+ ');
      response = await session.input.line(MAX_RESPONSE);
      if (response === '*') throw new Bad('Authentication given up, as you wished');
      if (!BASE64.test(response)) throw new Bad('Expected base64');
    }
    const [identity, name, password, ...more] = utf8(Buffer.from(response, 'base64').toString('latin1')).split('\0');
    if (name === undefined || name === '' || password === undefined || password === '' || more.length > 0) {
      throw new Bad('Expected identity NUL name NUL password (RFC 4616)');
    }
    // Acting for somebody else is not possible, whatever the password.
    if (identity !== '' && identity !== name) {
      throw new No('AUTHORIZATIONFAILED', 'You can log in as yourself only');
    }
    return logIn(session, name, password);
  },
});
