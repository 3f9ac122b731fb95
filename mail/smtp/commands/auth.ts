import { Buffer, isUtf8 } from 'node:buffer';
import { Refused } from '../../refused.ts';
import { LineTooLong } from '../../wire/reader.ts';
import { fromBase64 } from '../grammar.ts';
import { BadCommand, REPLY, type Reply } from '../replies.ts';
import { FAULT, type Session } from '../session.ts';
import type { Command } from './command.ts';

/** Longest line of a SASL exchange (RFC 4954 section 4), line end not counted. */
const SASL_LINE = 12_286;

interface Credentials {
  readonly login: string;
  readonly password: string;
}

/** AUTH PLAIN and AUTH LOGIN (RFC 4954, RFC 4616). */
export const auth: Command = {
  verb: 'AUTH',
  needs: 'hello',
  parse(rest) {
    const match = /^([A-Za-z0-9_-]{1,20})(?: +(\S+))?$/.exec(rest);
    if (match === null) throw new BadCommand(REPLY.badAuth);
    const mechanism = match[1]!.toUpperCase();
    const initial = match[2];
    return (session) => {
      if (!session.submission) throw new BadCommand(REPLY.authElsewhere);
      if (session.account !== undefined) throw new BadCommand(REPLY.alreadyAuthenticated);
      if (session.transaction !== undefined) throw new BadCommand(REPLY.authInTransaction);
      if (!session.mayAuthenticate) throw new BadCommand(REPLY.authNeedsTls);
      if (mechanism === 'PLAIN') return plain(session, initial);
      if (mechanism === 'LOGIN') return login(session, initial);
      throw new BadCommand(REPLY.unknownMechanism);
    };
  },
};

/** RFC 4616: authorization identity NUL name NUL password. */
async function plain(session: Session, initial: string | undefined): Promise<Reply> {
  const parts = (await response(session, initial, '')).split('\0');
  const [authorize, login, password] = parts;
  if (parts.length !== 3 || !login || !password) throw new BadCommand(REPLY.badBase64);
  // Nobody acts for somebody else here.
  if (authorize !== '' && authorize !== login) return refuse(session);
  return check(session, { login, password });
}

/** The older mechanism that some programs still want: name and password, asked for one after the other. */
async function login(session: Session, initial: string | undefined): Promise<Reply> {
  const name = await response(session, initial, 'Username:');
  const password = await response(session, undefined, 'Password:');
  if (name === '' || password === '') throw new BadCommand(REPLY.badBase64);
  return check(session, { login: name, password });
}

/** The initial response, or the answer to a challenge, decoded. */
async function response(session: Session, initial: string | undefined, challenge: string): Promise<string> {
  let text = initial;
  if (text === undefined) {
    await session.wire.write(`334 ${Buffer.from(challenge).toString('base64')}\r\n`);
    text = await answer(session);
    if (text === undefined || text === '*') throw new BadCommand(REPLY.cancelled);
  } else if (text === '=') {
    text = '';
  }
  const bytes = fromBase64(text);
  if (bytes === undefined || !isUtf8(bytes)) throw new BadCommand(REPLY.badBase64);
  return bytes.toString('utf8');
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

async function check(session: Session, { login, password }: Credentials): Promise<Reply> {
  try {
    session.account = await session.options.directory.authenticate(login, password, {
      service: 'smtp',
      address: session.wire.peer.address,
    });
    return REPLY.authenticated;
  } catch (error) {
    if (!(error instanceof Refused)) {
      session.failed('AUTH', error);
      return REPLY.authUnavailable;
    }
    switch (error.code) {
      case 'throttled':
        return REPLY.throttled;
      case 'unavailable':
        return REPLY.authUnavailable;
      case 'noperm':
        session.faults += FAULT.password;
        return REPLY.notAllowed;
      default:
        return refuse(session);
    }
  }
}

function refuse(session: Session): Reply {
  session.faults += FAULT.password;
  return REPLY.badCredentials;
}
