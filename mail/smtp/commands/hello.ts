import { mechanisms } from '../../sasl/mechanisms.ts';
import { BadCommand, multiline, REPLY } from '../replies.ts';
import type { Session } from '../session.ts';
import type { Command } from './command.ts';

// A domain or an address literal (RFC 5321 section 4.1.1.1), and the underscores and bare names that real hosts have.
const HOST = /^[A-Za-z0-9._:[\]-]{1,255}$/;

/** EHLO: names the client, ends what was begun (RFC 5321 section 4.1.4), lists what is supported here and now. */
export const ehlo: Command = {
  verb: 'EHLO',
  needs: 'nothing',
  parse(rest) {
    const name = hostOf(rest);
    return (session) => {
      session.hello = { name, extended: true };
      session.transaction = undefined;
      return multiline(250, [session.options.hostname, ...extensions(session)]);
    };
  },
};

/** HELO: as EHLO, without extensions. */
export const helo: Command = {
  verb: 'HELO',
  needs: 'nothing',
  parse(rest) {
    const name = hostOf(rest);
    return (session) => {
      session.hello = { name, extended: false };
      session.transaction = undefined;
      return `250 ${session.options.hostname}\r\n`;
    };
  },
};

function hostOf(rest: string): string {
  if (!HOST.test(rest)) throw new BadCommand(REPLY.badHello);
  return rest;
}

function extensions(session: Session): string[] {
  return [
    'PIPELINING',
    `SIZE ${session.limits.size}`,
    ...(session.canStartTls ? ['STARTTLS'] : []),
    ...(session.mayAuthenticate && session.account === undefined
      ? [`AUTH ${mechanisms(session.saslContext).join(' ')}`]
      : []),
    'ENHANCEDSTATUSCODES',
    '8BITMIME',
    'SMTPUTF8',
  ];
}
