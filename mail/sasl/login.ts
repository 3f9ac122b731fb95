import { isUtf8 } from 'node:buffer';
import { Malformed, type SaslContext, type SaslExchange } from './types.ts';

/** LOGIN, the older mechanism that some mail programs still want: name and password, asked for one after the other. */
export function login({ directory, service, address }: SaslContext): SaslExchange {
  let name: string | undefined;
  return {
    async next(response) {
      if (response === undefined) return { challenge: 'Username:' };
      const text = response.toString('utf8');
      if (text === '' || !isUtf8(response)) throw new Malformed('Expected a name, then a password');
      if (name === undefined) {
        name = text;
        return { challenge: 'Password:' };
      }
      return { signedIn: await directory.authenticate(name, text, { service, address }) };
    },
  };
}
