import type { SessionInfo } from '../credentials/sessions.ts';
import type { AccountInfo, SignedIn } from '../directory/types.ts';
import type { HttpRequest } from '../http.ts';
import { Refused } from '../refused.ts';
import type { Route } from '../rest/route.ts';
import type { AuthDeps, AuthParts } from './deps.ts';

/** Who calls, always with a session: one's own credentials are all that this API reaches. */
export interface Caller {
  readonly account: AccountInfo;
  readonly scopes: SignedIn['scopes'];
  readonly session: SessionInfo;
}

/** 'self': whoever has signed in. 'recent': who has shown who he is in the last minutes, beyond the token. */
export type Reach = 'self' | 'recent';

export type AuthRoute<Q = unknown, B = unknown> = Route<AuthParts, Caller, Reach, Q, B>;

const RECENT_MS = 15 * 60_000;

export function route<Q, B>(definition: AuthRoute<Q, B>): AuthRoute {
  return definition as AuthRoute;
}

/** By the access token only: what a browser adds by itself signs in to nothing here. */
export async function identify(
  { directory }: AuthDeps,
  { headers, address }: HttpRequest,
): Promise<Caller | undefined> {
  const token = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (token === undefined) return undefined;
  const { account, scopes, credential } = await directory.bearer(token, { service: 'auth', address });
  const session = await directory.credentials.sessions.find(account.id, credential.slice('session/'.length));
  return session && { account, scopes, session };
}

/** Throws `Refused` where the sign-in is too long ago for that. */
export function authorize({ clock }: AuthDeps, { session }: Caller, reach: Reach): void {
  if (reach === 'self' || session.confirmed + RECENT_MS > clock.now()) return;
  throw new Refused('noperm', 'Confirm first who you are: POST /auth/v1/session/confirm with your password.');
}
