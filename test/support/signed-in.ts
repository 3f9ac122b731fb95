import { ALL_SCOPES, type Scope } from '../../mail/credentials/scopes.ts';
import type { AccountInfo, Directory, SignedIn } from '../../mail/directory/types.ts';
import { Refused } from '../../mail/refused.ts';

/** Who has signed in with his password. */
export function signedIn(account: AccountInfo, more: Partial<SignedIn> = {}): SignedIn {
  return { account, by: 'password', scopes: ALL_SCOPES, credential: 'password/1', ...more };
}

/** A directory in which `pst_NAME` is a token for all, and `pst_NAME.SCOPE` one for that. */
export function bearerOf(find: (name: string) => AccountInfo | undefined): Directory['bearer'] {
  return async (token, { service }) => {
    const { name = '', scope } = /^pst_(?<name>[a-z]+)(?:\.(?<scope>[a-z0-9]+))?$/.exec(token)?.groups ?? {};
    const account = find(name);
    if (name === 'slow') throw new Refused('throttled', 'Too many wrong passwords. Wait a little and try again.');
    if (account === undefined) throw new Refused('authenticationfailed', 'This token is not one of ours.');
    const scopes = scope === undefined ? ALL_SCOPES : new Set([scope as Scope]);
    if (!scopes.has(service as Scope)) throw new Refused('noperm', 'This token is not for that.');
    return signedIn(account, { by: 'session', credential: 'session/1', scopes });
  };
}

/** A directory that has given no tokens. */
export const noBearer: Directory['bearer'] = async () => {
  throw new Refused('authenticationfailed', 'This token is not one of ours.');
};
