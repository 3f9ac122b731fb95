import * as z from 'zod';
import { acceptValue } from '../../directory/settings.ts';
import type { TenantChange } from '../../directory/tenants.ts';
import { pageOf, pageQuery, takePage } from '../../rest/paging.ts';
import type { Caller } from '../access.ts';
import type { AdminDeps } from '../deps.ts';
import { type Route, route } from '../route.ts';

const LIMITS = {
  accounts: 'Accounts that it may have',
  domains: 'Domains that it may have; without this only who administers the server adds some',
  quota: 'Bytes that each of its accounts may keep at most',
} as const;

const tenant = z.object({
  id: z.string(),
  name: z.string().describe('For people'),
  limits: z.object({
    accounts: z.number().optional().describe(LIMITS.accounts),
    domains: z.number().optional().describe(LIMITS.domains),
    quota: z.number().optional().describe(LIMITS.quota),
  }),
});

const limit = z.int().min(0).nullable().optional();
const change = {
  name: z.string().optional(),
  limits: z
    .strictObject({
      accounts: limit.describe(LIMITS.accounts),
      domains: limit.describe(LIMITS.domains),
      quota: z
        .union([z.int().min(0), z.string(), z.null()])
        .optional()
        .describe(`${LIMITS.quota}; or 5G`),
    })
    .optional()
    .describe('null: none'),
};

export const tenants: readonly Route[] = [
  route({
    method: 'GET',
    path: '/tenants',
    summary: 'List tenants',
    access: 'role',
    query: pageQuery,
    response: pageOf(tenant),
    handle: ({ deps, who, query }) => takePage(his(deps, who, query.after), query.limit, (last) => last.id),
  }),
  route({
    method: 'POST',
    path: '/tenants',
    summary: 'Add a tenant, who shares nothing with the others',
    access: 'server',
    audit: 'tenant.add',
    body: z.strictObject({ id: z.string(), ...change }),
    response: tenant,
    status: 201,
    handle: ({ deps, body: { id, ...rest } }) => deps.directory.tenants.add(id, changeOf(rest)),
  }),
  route({
    method: 'GET',
    path: '/tenants/{tenant}',
    summary: 'Show a tenant',
    access: ({ params }) => ({ tenant: params.tenant! }),
    response: tenant,
    handle: ({ deps, params }) => deps.directory.tenants.get(params.tenant!),
  }),
  route({
    method: 'PATCH',
    path: '/tenants/{tenant}',
    summary: "Change a tenant's name or limits",
    access: 'server',
    audit: 'tenant.set',
    body: z.strictObject(change),
    response: tenant,
    handle: ({ deps, params, body }) => deps.directory.tenants.set(params.tenant!, changeOf(body)),
  }),
  route({
    method: 'DELETE',
    path: '/tenants/{tenant}',
    summary: 'Remove a tenant that has no domains; its name is never used again',
    access: 'server',
    audit: 'tenant.remove',
    handle: ({ deps, params }) => deps.directory.tenants.remove(params.tenant!),
  }),
];

function changeOf({ name, limits }: z.infer<z.ZodObject<typeof change>>): TenantChange {
  if (limits?.quota === undefined || limits.quota === null) return { name, limits: limits as TenantChange['limits'] };
  const quota = acceptValue('accounts.quota', 'server', limits.quota) as number | null;
  return { name, limits: { ...limits, quota } };
}

/** Who administers domains only sees no tenant, not even his. */
async function* his({ directory }: AdminDeps, { role, tenant: own }: Caller, after: string | undefined) {
  if (role.kind === 'domain') return;
  for await (const each of directory.tenants.list({ after })) if (role.kind === 'server' || each.id === own) yield each;
}
