import * as z from 'zod';
import { type Route, route } from '../route.ts';

const scope = z.object({ domain: z.string().optional(), account: z.string().optional() });
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
    summary: 'List settings in force for the server, a domain or an account',
    access: 'server',
    query: scope,
    response: z.object({ items: z.array(setting) }),
    handle: async ({ deps, query }) => ({ items: await deps.directory.settings.list(query) }),
  }),
  route({
    method: 'GET',
    path: '/settings/{key}',
    summary: 'Show a setting',
    access: 'server',
    query: scope,
    response: setting,
    handle: ({ deps, params, query }) => deps.directory.settings.get(params.key!, query),
  }),
  route({
    method: 'PUT',
    path: '/settings/{key}',
    summary: 'Set it at a level',
    access: 'server',
    query: scope,
    body: z.strictObject({ value: z.unknown() }),
    response: setting,
    handle: ({ deps, params, query, body }) => deps.directory.settings.set(params.key!, body.value, query),
  }),
  route({
    method: 'DELETE',
    path: '/settings/{key}',
    summary: 'Take it back at a level, so that the next one counts',
    access: 'server',
    query: scope,
    response: setting,
    handle: ({ deps, params, query }) => deps.directory.settings.unset(params.key!, query),
  }),
];
