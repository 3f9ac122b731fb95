import * as z from 'zod';
import { roleSchema } from '../../directory/roles.ts';
import { type AuthRoute, route } from '../access.ts';
import { isoTime } from '../times.ts';

export const me: readonly AuthRoute[] = [
  route({
    method: 'GET',
    path: '/me',
    summary: 'Who you are, and what this session may do',
    access: 'self',
    response: z.object({
      id: z.string(),
      address: z.string(),
      displayName: z.string().optional(),
      role: roleSchema.optional().describe('What you administer'),
      imap: z.boolean(),
      pop3: z.boolean(),
      session: z.string(),
      scopes: z.array(z.string()),
      confirmed: z.string().describe('When you have last shown who you are'),
    }),
    async handle({ who: { account, scopes, session } }) {
      const { id, address, displayName, role, imap, pop3 } = account;
      return {
        id,
        address,
        ...(displayName === undefined ? {} : { displayName }),
        ...(role === undefined ? {} : { role }),
        imap,
        pop3,
        session: session.id,
        scopes: [...scopes],
        confirmed: isoTime(session.confirmed),
      };
    },
  }),
];
