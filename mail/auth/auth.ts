import { type Api, createApi } from '../rest/api.ts';
import { authorize, type Caller, identify, type Reach } from './access.ts';
import type { AuthDeps, AuthParts } from './deps.ts';
import { createDoors } from './doors.ts';
import { ROUTES } from './routes/table.ts';

export type { AuthDeps } from './deps.ts';

export const PREFIX = '/auth/v1';

/** Signing in over HTTP, and one's own credentials. */
export function createAuth(given: AuthDeps): Api {
  const deps: AuthParts = { ...given, doors: createDoors(given) };
  return createApi<AuthParts, Caller, Reach>({
    prefix: PREFIX,
    title: 'Postern sign-in and credentials API',
    version: deps.version,
    routes: ROUTES,
    deps,
    signIn: 'Give an access token: "Authorization: Bearer TOKEN". POST /auth/v1/session gives one.',
    identify: (request) => identify(deps, request),
    authorize: async (who, reach) => authorize(deps, who, reach),
    record({ route, call }, work) {
      const { account } = call.who;
      const { id, address, tenant, role } = account;
      const actor = { kind: 'account', id, address, ...(role === undefined ? {} : { role: role.kind }) } as const;
      const detail = { ...call.params, ...(call.body as Record<string, unknown> | undefined) };
      const deed = { actor, action: route.audit!, target: address, tenant, detail, address: call.request.address };
      return deps.audit.around({ ...deed, request: call.id }, work);
    },
  });
}
