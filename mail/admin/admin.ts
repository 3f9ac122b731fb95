import { createHash, timingSafeEqual } from 'node:crypto';
import type { HttpRequest } from '../http.ts';
import { Refused } from '../refused.ts';
import { type Api, createApi } from '../rest/api.ts';
import { createIdempotency } from '../rest/idempotency.ts';
import { authorize, type Caller, type Reach } from './access.ts';
import type { AdminDeps } from './deps.ts';
import { recorder } from './record.ts';
import { ROUTES } from './routes/table.ts';

export type { AdminDeps, Running } from './deps.ts';

export const PREFIX = '/admin/v1';

export type Admin = Api;

export function createAdmin(deps: AdminDeps): Admin {
  if (deps.token.length < 32) throw new Error('the admin token is shorter than 32 characters');
  const token = digest(deps.token);
  return createApi<AdminDeps, Caller, Reach>({
    prefix: PREFIX,
    title: 'Postern admin API',
    version: () => deps.running().version,
    routes: ROUTES,
    deps,
    signIn: 'Give the admin token, or an access token of an account with a role: "Authorization: Bearer TOKEN".',
    async identify(request) {
      const given = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
      // Both are hashed first, so that the comparison takes the same time whatever was sent.
      const isToken = timingSafeEqual(digest(given ?? ''), token) && given !== undefined;
      if (isToken) return { role: { kind: 'server' }, actor: { kind: 'token' } };
      return given === undefined ? undefined : signedIn(deps, given, request);
    },
    authorize: (who, reach, route) => authorize(deps.directory, who, reach, route.method !== 'GET'),
    record: recorder(deps),
    idempotency: {
      store: createIdempotency(deps),
      caller: ({ actor }) => (actor.kind === 'account' ? actor.id : actor.kind),
    },
  });
}

/** The role is the one that the account has now, not the one that it had when the session began. */
async function signedIn({ directory }: AdminDeps, token: string, { address }: HttpRequest): Promise<Caller> {
  const { account, scopes } = await directory.bearer(token, { service: 'admin', address });
  if (account.role === undefined || !scopes.has('admin')) {
    throw new Refused('noperm', 'This account administers nothing. Ask your administrator.');
  }
  const { id, tenant, role } = account;
  return { role, tenant, actor: { kind: 'account', id, address: account.address, role: role.kind } };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
