import * as z from 'zod';
import { DELEGATED } from '../../directory/settings.ts';
import type { Owned, Reach } from '../access.ts';
import { type Route, route } from '../route.ts';

const scope = z.object({
  tenant: z.string().optional(),
  domain: z.string().optional(),
  account: z.string().optional(),
});
type Scope = z.infer<typeof scope>;

const setting = z.object({
  key: z.string(),
  value: z.unknown(),
  from: z.enum(['default', 'server', 'tenant', 'domain', 'account']),
  help: z.string(),
});

export const settings: readonly Route[] = [
  route({
    method: 'GET',
    path: '/settings',
    summary: 'List settings in force for the server, a tenant, a domain or an account',
    access: ({ query }) => reached(query),
    query: scope,
    response: z.object({ items: z.array(setting) }),
    handle: async ({ deps, query }) => ({ items: await deps.directory.settings.list(query) }),
  }),
  route({
    method: 'PUT',
    path: '/settings',
    summary: 'Set and take back several at a level: all of them, or none where one is not right',
    access: ({ query, body: { set = {}, unset = [] } }) => {
      const all = [reached(query), ...[...Object.keys(set), ...unset].map((key) => changed(key, query))];
      return all.flat() as readonly ('server' | Owned)[];
    },
    audit: 'setting.set',
    query: scope,
    body: z.strictObject({
      set: z.record(z.string(), z.unknown()).optional().describe('Values by key'),
      unset: z.array(z.string()).max(100).optional().describe('Keys whose next level shall count'),
    }),
    response: z.object({ items: z.array(setting) }),
    async handle({ deps, query, body }) {
      const { settings } = deps.directory;
      await settings.change(body, query);
      const keys = [...Object.keys(body.set ?? {}), ...(body.unset ?? [])];
      return { items: (await settings.list(query)).filter(({ key }) => keys.includes(key)) };
    },
  }),
  route({
    method: 'GET',
    path: '/settings/{key}',
    summary: 'Show a setting',
    access: ({ query }) => reached(query),
    query: scope,
    response: setting,
    handle: ({ deps, params, query }) => deps.directory.settings.get(params.key!, query),
  }),
  route({
    method: 'PUT',
    path: '/settings/{key}',
    summary: 'Set it at a level',
    access: ({ params, query }) => changed(params.key!, query),
    audit: 'setting.set',
    query: scope,
    body: z.strictObject({ value: z.unknown() }),
    response: setting,
    handle: ({ deps, params, query, body }) => deps.directory.settings.set(params.key!, body.value, query),
  }),
  route({
    method: 'DELETE',
    path: '/settings/{key}',
    summary: 'Take it back at a level, so that the next one counts',
    access: ({ params, query }) => changed(params.key!, query),
    audit: 'setting.unset',
    query: scope,
    response: setting,
    handle: ({ deps, params, query }) => deps.directory.settings.unset(params.key!, query),
  }),
];

/** More than one is refused by who reads or writes it; here, whoever gives more must reach them all. */
function reached({ tenant, domain, account }: Scope): Reach {
  const owned = [
    ...(tenant === undefined ? [] : [{ tenant }]),
    ...(domain === undefined ? [] : [{ domain }]),
    ...(account === undefined ? [] : [{ address: account }]),
  ];
  return owned.length === 0 ? 'server' : owned;
}

function changed(key: string, scope: Scope): Reach {
  const owned = reached(scope);
  if (typeof owned === 'string') return owned;
  const all = [owned].flat() as Extract<Reach, readonly unknown[]>;
  if (!DELEGATED.has(key)) return [...all, 'server'];
  // It is about the other accounts of the tenant.
  return key === 'accounts.admin' && scope.account !== undefined ? [...all, { wholeTenantOf: scope.account }] : all;
}
