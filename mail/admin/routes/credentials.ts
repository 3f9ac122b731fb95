import * as z from 'zod';
import { Refused } from '../../refused.ts';
import type { AdminDeps } from '../deps.ts';
import { type Route, route } from '../route.ts';

const time = z.number().describe('Milliseconds since 1970');

const appPassword = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.string()),
  made: time,
  used: time.optional().describe('To the hour; absent: never'),
});

const session = z.object({
  id: z.string(),
  how: z.string(),
  device: z.string(),
  address: z.string().describe('Where it was used last'),
  begun: time,
  seen: time,
  until: time,
});

const passkey = z.object({ id: z.string(), name: z.string(), added: time, used: time.optional() });

/** What signs in to an account besides its password: looked at and taken away, never made, by an administrator. */
export const credentials: readonly Route[] = [
  route({
    method: 'GET',
    path: '/accounts/{address}/credentials',
    summary: 'What signs in to an account besides its password',
    access: ({ params }) => ({ outranked: params.address! }),
    response: z.object({
      factors: z.array(z.enum(['totp', 'passkey'])).describe('Asked for beside the password'),
      recoveryCodes: z.number().describe('That have not been used'),
      passkeys: z.array(passkey),
      appPasswords: z.array(appPassword),
      sessions: z.array(session),
    }),
    async handle({ deps, params }) {
      const { id, directory } = await found(deps, params.address!);
      const { appPasswords, sessions, passkeys } = directory.credentials;
      const [factors, apps, open, keys] = await Promise.all([
        directory.secondFactors.of(id),
        appPasswords.list(id),
        sessions.list(id),
        passkeys.list(id),
      ]);
      return {
        ...factors,
        passkeys: keys.map((each) => passkey.parse(each)),
        appPasswords: apps.map((each) => appPassword.parse(each)),
        sessions: open.map((each) => session.parse(each)),
      };
    },
  }),
  route({
    method: 'DELETE',
    path: '/accounts/{address}/second-factors',
    summary:
      'Take away all second factors and recovery codes, for somebody who lost his; the password signs in alone again',
    access: ({ params }) => ({ address: params.address! }),
    audit: 'account.second-factors.remove',
    response: z.object({ removed: z.array(z.enum(['totp', 'passkey'])) }),
    async handle({ deps, params }) {
      const { id, directory } = await found(deps, params.address!);
      return { removed: await directory.secondFactors.removeAll(id) };
    },
  }),
  route({
    method: 'DELETE',
    path: '/accounts/{address}/app-passwords/{id}',
    summary: 'Revoke an app password, at once',
    access: ({ params }) => ({ address: params.address! }),
    audit: 'account.app-password.remove',
    async handle({ deps, params }) {
      const { id, directory } = await found(deps, params.address!);
      if (!(await directory.credentials.appPasswords.revoke(id, params.id!))) {
        throw new Refused('nonexistent', 'There is no such app password.');
      }
    },
  }),
  route({
    method: 'DELETE',
    path: '/accounts/{address}/sessions/{id}',
    summary: 'End a session',
    access: ({ params }) => ({ address: params.address! }),
    audit: 'account.session.end',
    async handle({ deps, params }) {
      const { id, directory } = await found(deps, params.address!);
      if (!(await directory.credentials.sessions.end(id, params.id!))) {
        throw new Refused('nonexistent', 'There is no such session.');
      }
    },
  }),
  route({
    method: 'DELETE',
    path: '/accounts/{address}/sessions',
    summary: 'End all sessions of an account',
    access: ({ params }) => ({ address: params.address! }),
    audit: 'account.sessions.end',
    response: z.object({ ended: z.number() }),
    async handle({ deps, params }) {
      const { id, directory } = await found(deps, params.address!);
      return { ended: await directory.credentials.sessions.endAll(id) };
    },
  }),
];

async function found({ directory }: AdminDeps, address: string) {
  return { directory, id: (await directory.accounts.get(address)).id };
}
