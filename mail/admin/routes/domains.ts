import * as z from 'zod';
import { DEFAULT_TENANT } from '../../directory/domains.ts';
import { Refused } from '../../refused.ts';
import { pageOf, pageQuery, takePage } from '../../rest/paging.ts';
import { type Route, route } from '../route.ts';
import { hisDomains } from './across-domains.ts';

const domain = z.object({
  domain: z.string(),
  tenant: z.string(),
  added: z.number().describe('Milliseconds since 1970'),
});

export const domains: readonly Route[] = [
  route({
    method: 'GET',
    path: '/domains',
    summary: 'List domains',
    access: 'role',
    query: pageQuery,
    response: pageOf(domain),
    handle: ({ deps, who, query }) => takePage(hisDomains(deps, who, query.after), query.limit, (last) => last.domain),
  }),
  route({
    method: 'POST',
    path: '/domains',
    summary: 'Add a domain; it receives at once',
    access: ({ body }) => ({ tenant: body.tenant ?? DEFAULT_TENANT }),
    audit: 'domain.add',
    body: z.strictObject({
      domain: z.string(),
      tenant: z
        .string()
        .regex(/^[a-z0-9-]{1,60}$/)
        .optional()
        .describe('Whose it is: nobody shares anything with another tenant'),
    }),
    response: domain,
    status: 201,
    async handle({ deps, who, body: { domain, tenant = DEFAULT_TENANT } }) {
      const { limits } = await deps.directory.tenants.get(tenant);
      // A domain receives what this server has for it: whoever may name any catches the mail of all the others for it.
      if (who.role.kind !== 'server' && limits.domains === undefined) {
        throw new Refused('noperm', 'Who administers the server adds the domains of this tenant.');
      }
      return deps.directory.domains.add(domain, tenant);
    },
  }),
  route({
    method: 'GET',
    path: '/domains/{domain}',
    summary: 'Show a domain',
    access: ({ params }) => ({ domain: params.domain! }),
    response: domain,
    handle: ({ deps, params }) => deps.directory.domains.get(params.domain!),
  }),
  route({
    method: 'DELETE',
    path: '/domains/{domain}',
    summary: 'Remove a domain that has no accounts and aliases',
    access: ({ params }) => ({ wholeTenantOf: params.domain! }),
    audit: 'domain.remove',
    handle: ({ deps, params }) => deps.directory.domains.remove(params.domain!),
  }),
];
