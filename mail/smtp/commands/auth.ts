import type { SignedIn } from '../../directory/types.ts';
import { isTransient } from '../../ports/index.ts';
import { Refused } from '../../refused.ts';
import { Cancelled, converse } from '../../sasl/converse.ts';
import { beginSasl } from '../../sasl/mechanisms.ts';
import { Malformed, WrongIdentity } from '../../sasl/types.ts';
import { LineTooLong } from '../../wire/reader.ts';
import { BadCommand, REPLY, type Reply } from '../replies.ts';
import { FAULT, type Session } from '../session.ts';
import type { Command } from './command.ts';

/** Longest line of a SASL exchange (RFC 4954 section 4), line end not counted. */
const SASL_LINE = 12_286;

/** AUTH (RFC 4954). The mechanisms are those of `mail/sasl`. */
export const auth: Command = {
  verb: 'AUTH',
  needs: 'hello',
  parse(rest) {
    const match = /^([A-Za-z0-9_-]{1,20})(?: +(\S+))?$/.exec(rest);
    if (match === null) throw new BadCommand(REPLY.badAuth);
    const mechanism = match[1]!;
    const initial = match[2];
    return (session) => {
      if (!session.submission) throw new BadCommand(REPLY.authElsewhere);
      if (session.account !== undefined) throw new BadCommand(REPLY.alreadyAuthenticated);
      if (session.transaction !== undefined) throw new BadCommand(REPLY.authInTransaction);
      if (!session.mayAuthenticate) throw new BadCommand(REPLY.authNeedsTls);
      const exchange = beginSasl(mechanism, session.saslContext);
      if (exchange === undefined) throw new BadCommand(REPLY.unknownMechanism);
      return check(session, () => converse(exchange, initial, (challenge) => ask(session, challenge)));
    };
  },
};

async function ask(session: Session, challenge: string): Promise<string> {
  await session.wire.write(`334 ${challenge}\r\n`);
  const text = await answer(session);
  if (text === undefined) throw new BadCommand(REPLY.cancelled);
  return text;
}

/** The client's answer to a challenge; undefined when it has closed its side. */
async function answer(session: Session): Promise<string | undefined> {
  try {
    return await session.reader.line(SASL_LINE);
  } catch (error) {
    if (error instanceof LineTooLong && !error.endless) throw new BadCommand(REPLY.authTooLong);
    throw error;
  }
}

async function check(session: Session, prove: () => Promise<SignedIn>): Promise<Reply> {
  try {
    session.enter(await prove());
    return REPLY.authenticated;
  } catch (error) {
    if (error instanceof Cancelled) throw new BadCommand(REPLY.cancelled);
    if (error instanceof Malformed) throw new BadCommand(REPLY.badBase64);
    if (error instanceof WrongIdentity) return refuse(session);
    if (isTransient(error)) {
      session.failed('AUTH', error);
      return REPLY.authUnavailable;
    }
    if (!(error instanceof Refused)) throw error;
    switch (error.code) {
      case 'throttled':
        return REPLY.throttled;
      case 'unavailable':
        return REPLY.authUnavailable;
      case 'noperm':
        session.faults += FAULT.password;
        return REPLY.notAllowed(error.message);
      default:
        return refuse(session);
    }
  }
}

function refuse(session: Session): Reply {
  session.faults += FAULT.password;
  return REPLY.badCredentials;
}
