import * as z from 'zod';
import { formatAddress, requireAddress } from '../../directory/address.ts';
import { network } from '../../directory/throttle.ts';
import { Refused } from '../../refused.ts';
import { type AuthRoute, route } from '../access.ts';

const TOKEN = z.string().max(200);

/** Getting an account back by an address elsewhere. */
export const recovery: readonly AuthRoute[] = [
  route({
    method: 'GET',
    path: '/recovery-address',
    summary: 'The address by which the password can be reset',
    access: 'self',
    response: z.object({
      address: z.string().optional().describe('That counts'),
      pending: z.string().optional().describe('That was mailed a link, which has not been opened'),
    }),
    handle: ({ deps, who }) => deps.doors.addresses.get(who.account.id),
  }),
  route({
    method: 'PUT',
    path: '/recovery-address',
    summary: 'Set the recovery address; it counts when the link that is mailed there has been opened',
    access: 'recent',
    audit: 'recovery-address.set',
    body: z.strictObject({ address: z.string().max(1_000) }),
    response: z.object({ pending: z.string() }),
    status: 202,
    async handle({ deps, who, body }) {
      const pending = formatAddress(requireAddress(body.address));
      const found = await deps.directory.resolve(pending);
      if (found.kind === 'local' && found.deliveries.some(({ account }) => account === who.account.id)) {
        throw new Refused('invalid', 'Mail for that address comes to this very account. Give one elsewhere.');
      }
      await deps.doors.addresses.ask(who.account, pending);
      return { pending };
    },
  }),
  route({
    method: 'DELETE',
    path: '/recovery-address',
    summary: 'Have no recovery address; the one there was is told',
    access: 'recent',
    audit: 'recovery-address.remove',
    handle: ({ deps, who }) => deps.doors.addresses.remove(who.account),
  }),
  route({
    method: 'POST',
    path: '/recovery-address/confirm',
    summary: 'Confirm a recovery address, with the token of the mailed link',
    access: 'anyone',
    body: z.strictObject({ token: TOKEN }),
    async handle({ deps, body, request, id }) {
      const { address: target, tenant } = await deps.doors.addresses.confirm(body.token);
      const from = { address: request.address, request: id };
      await deps.audit.record({ actor: NOBODY, action: 'recovery-address.confirm', target, tenant, ...from });
    },
  }),
  route({
    method: 'POST',
    path: '/reset',
    summary: 'Ask for a link to a new password, mailed to the recovery address; the answer tells nothing',
    access: 'anyone',
    body: z.strictObject({ name: z.string().max(1_000).describe('The whole address') }),
    response: z.object({}),
    status: 202,
    async handle({ deps, body, request }) {
      await deps.doors.resets.ask(body.name, network(request.address));
      return {};
    },
  }),
  route({
    method: 'POST',
    path: '/reset/finish',
    summary: 'Set a new password, with the token of the mailed link; all sessions end',
    access: 'anyone',
    body: z.strictObject({
      token: TOKEN,
      password: z.string().max(1_024),
      appPasswords: z.enum(['keep', 'remove']).default('keep').describe('Whether app passwords go too'),
    }),
    response: z.object({ address: z.string() }),
    async handle({ deps, body, request, id }) {
      const { appPasswords } = body;
      const { address, tenant } = await deps.doors.resets.finish(body.token, body.password, appPasswords);
      const deed = { actor: NOBODY, action: 'password.reset', target: address, tenant, detail: { appPasswords } };
      await deps.audit.record({ ...deed, address: request.address, request: id });
      return { address };
    },
  }),
];

/** Whoever has the link: the audit log cannot know more. */
const NOBODY = { kind: 'nobody' } as const;
