import * as z from 'zod';
import { type AuthRoute, route } from '../access.ts';

/** One's own password. */
export const password: readonly AuthRoute[] = [
  route({
    method: 'PUT',
    path: '/password',
    summary: 'Change the password; all other sessions end',
    access: 'recent',
    audit: 'password.set',
    body: z.strictObject({
      currentPassword: z.string().max(1_024),
      newPassword: z.string().max(1_024),
      appPasswords: z.enum(['keep', 'remove']).default('keep').describe('Whether app passwords go too'),
    }),
    async handle({ deps, who, body, request }) {
      const { directory } = deps;
      const { id, address } = who.account;
      const context = { service: 'auth', address: request.address } as const;
      await directory.authenticate(address, body.currentPassword, context);
      await directory.accounts.setPassword(address, body.newPassword, who.session.id);
      if (body.appPasswords === 'remove') await directory.credentials.appPasswords.revokeAll(id);
    },
  }),
];
