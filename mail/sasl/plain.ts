import { isUtf8 } from 'node:buffer';
import { checkIdentity, Malformed, type SaslContext, type SaslExchange } from './types.ts';

/** PLAIN (RFC 4616): authorization identity NUL name NUL password, in one message. */
export function plain({ directory, service, address }: SaslContext): SaslExchange {
  return {
    async next(response) {
      if (response === undefined) return { challenge: '' };
      const [identity, name, password, more] = isUtf8(response) ? response.toString('utf8').split('\0') : [];
      if (identity === undefined || !name || !password || more !== undefined) {
        throw new Malformed('Expected identity NUL name NUL password (RFC 4616)');
      }
      const signedIn = await directory.authenticate(name, password, { service, address });
      checkIdentity(identity, name, signedIn.account);
      return { signedIn };
    },
  };
}
