import * as z from 'zod';
import { Refused } from '../../refused.ts';
import { type AuthRoute, route } from '../access.ts';
import { isoTime } from '../times.ts';

const session = z.object({
  id: z.string(),
  current: z.boolean(),
  how: z.string().describe('password, password+totp, passkey ...'),
  device: z.string(),
  address: z.string().describe('Where it was used last'),
  begun: z.string(),
  seen: z.string().describe('When it was refreshed last'),
  until: z.string(),
  scopes: z.array(z.string()),
});

/** Where one is signed in. */
export const sessions: readonly AuthRoute[] = [
  route({
    method: 'GET',
    path: '/sessions',
    summary: 'List where you are signed in, the session used last first',
    access: 'self',
    response: z.object({ items: z.array(session) }),
    async handle({ deps, who }) {
      const all = await deps.directory.credentials.sessions.list(who.account.id);
      return {
        items: all.map(({ confirmed: _, stay: _1, ...each }) => ({
          ...each,
          current: each.id === who.session.id,
          scopes: each.scopes.filter((scope) => scope !== 'admin' || who.account.role !== undefined),
          begun: isoTime(each.begun),
          seen: isoTime(each.seen),
          until: isoTime(each.until),
        })),
      };
    },
  }),
  route({
    method: 'DELETE',
    path: '/sessions/{id}',
    summary: 'End one session',
    access: 'self',
    audit: 'session.end',
    async handle({ deps, who, params }) {
      if (!(await deps.directory.credentials.sessions.end(who.account.id, params.id!))) {
        throw new Refused('nonexistent', 'There is no such session.');
      }
    },
  }),
  route({
    method: 'POST',
    path: '/sessions/end-others',
    summary: 'End all sessions but this one',
    access: 'self',
    audit: 'session.end-others',
    body: z.strictObject({}),
    response: z.object({ ended: z.int() }),
    handle: async ({ deps, who }) => ({
      ended: await deps.directory.credentials.sessions.endAll(who.account.id, who.session.id),
    }),
  }),
];
