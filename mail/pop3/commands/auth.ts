import { Refused } from '../../refused.ts';
import { Cancelled, converse } from '../../sasl/converse.ts';
import { beginSasl, mechanisms } from '../../sasl/mechanisms.ts';
import { Malformed } from '../../sasl/types.ts';
import { Bad, command } from '../command.ts';
import type { Session } from '../session.ts';
import { requireLoginAllowed } from './pass.ts';

/** RFC 5034 section 4: a response line may be longer than a command. */
const MAX_RESPONSE = 12_288;

interface Args {
  readonly mechanism: string;
  readonly initial: string | undefined;
}

/** RFC 5034. The mechanisms are those of `mail/sasl`. */
export const auth = command<Args>({
  states: ['authorization'],
  parse(text) {
    const match = /^([A-Za-z0-9_-]{1,20})(?: (\S+))?$/.exec(text);
    if (match === null) throw new Bad('Expected a SASL mechanism behind AUTH');
    return { mechanism: match[1]!, initial: match[2] };
  },
  async run(session, { mechanism, initial }) {
    const context = session.saslContext;
    const exchange = beginSasl(mechanism, context);
    if (exchange === undefined) {
      throw new Refused('cannot', `The SASL mechanisms here are ${mechanisms(context).join(', ')}`);
    }
    requireLoginAllowed(session);
    try {
      await session.logIn(() => converse(exchange, initial, (challenge) => ask(session, challenge)));
    } catch (error) {
      if (error instanceof Malformed || error instanceof Cancelled) throw new Bad(error.message);
      throw error;
    }
  },
});

async function ask(session: Session, challenge: string): Promise<string> {
  session.wire.write(`+ ${challenge}\r\n`);
  const line = await session.reader.line(MAX_RESPONSE);
  if (line === undefined) throw new Bad('The response is missing');
  return line;
}
