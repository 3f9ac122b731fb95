import * as z from 'zod';
import { APP_SCOPES, type AppScope } from '../../credentials/scopes.ts';
import { Refused } from '../../refused.ts';
import { type AuthRoute, route } from '../access.ts';
import { isoTime } from '../times.ts';

const appPassword = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.string()),
  made: z.string(),
  used: z.string().optional().describe('To the hour; absent: never'),
});

/** Passwords for one program each. */
export const appPasswords: readonly AuthRoute[] = [
  route({
    method: 'GET',
    path: '/app-passwords',
    summary: 'List app passwords, the newest first',
    access: 'self',
    response: z.object({ items: z.array(appPassword) }),
    async handle({ deps, who }) {
      const all = await deps.directory.credentials.appPasswords.list(who.account.id);
      return { items: all.map(shown) };
    },
  }),
  route({
    method: 'POST',
    path: '/app-passwords',
    summary: 'Make an app password; it is answered once and never again',
    access: 'recent',
    audit: 'app-password.add',
    body: z.strictObject({
      name: z.string().max(1_000).describe('For what program or device'),
      scopes: z.array(z.enum(APP_SCOPES)).min(1).max(APP_SCOPES.length),
    }),
    response: appPassword.extend({ password: z.string() }),
    status: 201,
    async handle({ deps, who, body }) {
      const { appPasswords } = deps.directory.credentials;
      const made = await appPasswords.make(who.account.id, body.name, body.scopes as AppScope[]);
      return { ...shown(made), password: made.password };
    },
  }),
  route({
    method: 'DELETE',
    path: '/app-passwords/{id}',
    summary: 'Revoke an app password, at once',
    access: 'self',
    audit: 'app-password.remove',
    async handle({ deps, who, params }) {
      if (!(await deps.directory.credentials.appPasswords.revoke(who.account.id, params.id!))) {
        throw new Refused('nonexistent', 'There is no such app password.');
      }
    },
  }),
];

function shown({
  id,
  name,
  scopes,
  made,
  used,
}: {
  id: string;
  name: string;
  scopes: readonly string[];
  made: number;
  used?: number | undefined;
}) {
  return { id, name, scopes, made: isoTime(made), ...(used === undefined ? {} : { used: isoTime(used) }) };
}
