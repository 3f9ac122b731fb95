import { mechanisms } from '../../sasl/mechanisms.ts';
import { command, noArguments } from '../command.ts';
import type { Session } from '../session.ts';

/** RFC 2449; AUTH-RESP-CODE: RFC 3206; SASL: RFC 5034; LANG, UTF8 and its USER: RFC 6856; STLS: RFC 2595. */
export function capabilities(session: Session): readonly string[] {
  const login = session.state === 'transaction' || session.mayLogIn;
  return [
    'TOP',
    'UIDL',
    ...(session.mayStartTls ? ['STLS'] : []),
    ...(login ? ['USER', `SASL ${mechanisms(session.saslContext).join(' ')}`] : []),
    'RESP-CODES',
    'AUTH-RESP-CODE',
    'PIPELINING',
    'UTF8 USER',
    'LANG',
    'EXPIRE NEVER',
    'IMPLEMENTATION Postern',
  ];
}

export const capa = command<undefined>({
  states: ['authorization', 'transaction'],
  parse: noArguments,
  run(session) {
    session.wire.write(`+OK Capabilities\r\n${capabilities(session).join('\r\n')}\r\n.\r\n`);
  },
});
