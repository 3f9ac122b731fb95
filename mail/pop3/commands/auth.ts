import { Refused } from '../../refused.ts';
import { Bad, command, decodeText } from '../command.ts';
import type { Session } from '../session.ts';
import { requireLoginAllowed } from './pass.ts';

/** RFC 5034 section 4: a response line; RFC 4616 has no limit of its own. */
const MAX_RESPONSE = 12_288;

interface Args {
  readonly mechanism: string;
  readonly initial: string | undefined;
}

/** RFC 5034 with PLAIN (RFC 4616). */
export const auth = command<Args>({
  states: ['authorization'],
  parse(text) {
    const match = /^([A-Za-z0-9_-]{1,20})(?: (\S+))?$/.exec(text);
    if (match === null) throw new Bad('Expected a SASL mechanism behind AUTH');
    return { mechanism: match[1]!.toUpperCase(), initial: match[2] };
  },
  async run(session, { mechanism, initial }) {
    if (mechanism !== 'PLAIN') throw new Refused('cannot', 'The only SASL mechanism is PLAIN');
    requireLoginAllowed(session);
    const response = initial ?? (await challenge(session));
    const [authzid, authcid, password, more] = decodeBase64(response).split('\0');
    if (authzid === undefined || authcid === undefined || password === undefined || more !== undefined) {
      throw new Bad('That is no PLAIN response');
    }
    const info = await session.authenticate(decodeText(authcid), decodeText(password));
    const as = decodeText(authzid).toLowerCase();
    if (as !== '' && as !== info.address && as !== decodeText(authcid).toLowerCase()) {
      throw new Refused('noperm', 'You may not act for somebody else');
    }
    await session.enter(info);
  },
});

async function challenge(session: Session): Promise<string> {
  session.wire.write('+ \r\n');
  const line = await session.reader.line(MAX_RESPONSE);
  if (line === undefined) throw new Bad('The response is missing');
  if (line === '*') throw new Bad('Authentication was cancelled');
  return line;
}

/** RFC 5034 section 4: '=' stands for an empty response. Gives latin1. */
function decodeBase64(text: string): string {
  if (text === '=') return '';
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new Bad('That is not base64');
  return Buffer.from(text, 'base64').toString('latin1');
}
