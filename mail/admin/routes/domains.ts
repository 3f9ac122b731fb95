import * as z from 'zod';
import { DEFAULT_TENANT } from '../../directory/domains.ts';
import { pageOf, pageQuery, takePage } from '../../rest/paging.ts';
import { type Route, route } from '../route.ts';

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
    handle: ({ deps, query }) => takePage(deps.directory.domains.list(query.after), query.limit, (last) => last.domain),
  }),
  route({
    method: 'POST',
    path: '/domains',
    summary: 'Add a domain; it receives at once',
    access: ({ body }) => ({ tenant: body.tenant ?? DEFAULT_TENANT }),
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
    handle: ({ deps, body }) => deps.directory.domains.add(body.domain, body.tenant),
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
    access: ({ params }) => ({ domain: params.domain! }),
    handle: ({ deps, params }) => deps.directory.domains.remove(params.domain!),
  }),
];
