import * as z from 'zod';
import { formatAddress, requireAddress } from '../../directory/address.ts';
import { type AuthRoute, route } from '../access.ts';

const text = z.string().max(1_000);

/** Making an account for oneself, where the administrator allows it. */
export const signUp: readonly AuthRoute[] = [
  route({
    method: 'GET',
    path: '/domains',
    summary: 'The domains where people may sign up, and those to be offered where they sign in',
    access: 'anyone',
    response: z.object({ signUp: z.array(z.string()), signIn: z.array(z.string()) }),
    handle: ({ deps }) => deps.directory.signUp.domains(),
  }),
  route({
    method: 'GET',
    path: '/sign-up/availability',
    summary: 'Whether an address can be had; so many may be asked for in an hour',
    access: 'anyone',
    query: z.object({ address: text }),
    response: z.object({ available: z.boolean() }),
    handle: async ({ deps, query, request }) => ({
      available: await deps.directory.signUp.isAvailable(query.address, request.address),
    }),
  }),
  route({
    method: 'POST',
    path: '/sign-up',
    summary: 'Make an account; a link to confirm the recovery address is mailed there',
    access: 'anyone',
    body: z.strictObject({
      address: text,
      password: z.string().max(1_024),
      displayName: text.optional(),
      recoveryAddress: text.optional(),
    }),
    response: z.object({ id: z.string(), address: z.string() }),
    status: 201,
    async handle({ deps, body: { recoveryAddress, ...wanted }, request, id: call }) {
      const { directory, audit, doors, log } = deps;
      const recovery = recoveryAddress === undefined ? undefined : formatAddress(requireAddress(recoveryAddress));
      const from = { address: request.address, request: call };
      const deed = { actor: { kind: 'nobody' }, action: 'account.sign-up', target: wanted.address, ...from } as const;
      const made = await audit.around(deed, () => directory.signUp.create(wanted, request.address));
      if (recovery !== undefined && recovery !== made.address) {
        // The account is there whatever becomes of this; its owner can ask again.
        await doors.addresses.ask(made, recovery).catch((error: unknown) => {
          log.error('signup.recovery', { account: made.id, error: String(error) });
        });
      }
      return { id: made.id, address: made.address };
    },
  }),
];
