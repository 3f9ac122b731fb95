import * as z from 'zod';
import { type AuthRoute, route } from '../access.ts';

const codes = z.array(z.string()).describe('Each is taken once; they are never shown again');

/** What is asked for beside one's password. */
export const secondFactor: readonly AuthRoute[] = [
  route({
    method: 'GET',
    path: '/second-factor',
    summary: 'What is asked for beside the password',
    access: 'self',
    response: z.object({
      factors: z.array(z.enum(['totp', 'passkey'])),
      recoveryCodes: z.int().describe('That have not been used'),
    }),
    handle: ({ deps, who }) => deps.directory.secondFactors.of(who.account.id),
  }),
  route({
    method: 'POST',
    path: '/totp',
    summary: 'Begin to set up an authenticator program (RFC 6238); it counts once a code of it is confirmed',
    access: 'recent',
    body: z.strictObject({}),
    response: z.object({ secret: z.string().describe('Base32'), uri: z.string().describe('For a QR code') }),
    handle: ({ deps, who }) =>
      deps.directory.credentials.totp.begin(who.account.id, deps.hostname, who.account.address),
  }),
  route({
    method: 'POST',
    path: '/totp/confirm',
    summary: 'Take the authenticator into use, with a code of it; recovery codes are answered where there are none',
    access: 'recent',
    audit: 'totp.set',
    body: z.strictObject({ code: z.string().max(100) }),
    response: z.object({ recoveryCodes: codes.optional() }),
    async handle({ deps, who, body }) {
      const recoveryCodes = await deps.directory.secondFactors.confirmTotp(who.account.id, body.code);
      return recoveryCodes === undefined ? {} : { recoveryCodes };
    },
  }),
  route({
    method: 'DELETE',
    path: '/totp',
    summary: 'Ask for the authenticator no more',
    access: 'recent',
    audit: 'totp.remove',
    handle: ({ deps, who }) => deps.directory.secondFactors.remove(who.account.id, 'totp'),
  }),
  route({
    method: 'POST',
    path: '/recovery-codes',
    summary: 'Make ten new recovery codes; those from before count no more',
    access: 'recent',
    audit: 'recovery-codes.make',
    body: z.strictObject({}),
    response: z.object({ recoveryCodes: codes }),
    status: 201,
    handle: async ({ deps, who }) => ({
      recoveryCodes: await deps.directory.secondFactors.newRecoveryCodes(who.account.id),
    }),
  }),
];
