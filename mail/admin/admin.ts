import { createHash, timingSafeEqual } from 'node:crypto';
import { type Api, createApi } from '../rest/api.ts';
import type { Caller, Reach } from './access.ts';
import type { AdminDeps } from './deps.ts';
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
    signIn: 'Give the admin token: "Authorization: Bearer TOKEN".',
    async identify({ headers }) {
      return isToken(headers.authorization, token) ? { kind: 'token' } : undefined;
    },
    async authorize() {},
  });
}

/** Both are hashed first, so that the comparison takes the same time whatever was sent. */
function isToken(header: string | undefined, token: Buffer): boolean {
  const given = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1];
  return timingSafeEqual(digest(given ?? ''), token) && given !== undefined;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
