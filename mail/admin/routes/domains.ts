import { z } from 'zod';
import { pageOf, pageQuery, takePage } from '../paging.ts';
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
    query: pageQuery,
    response: pageOf(domain),
    handle: ({ deps, query }) => takePage(deps.directory.domains.list(query.after), query.limit, (last) => last.domain),
  }),
  route({
    method: 'POST',
    path: '/domains',
    summary: 'Add a domain; it receives at once',
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
    response: domain,
    handle: ({ deps, params }) => deps.directory.domains.get(params.domain!),
  }),
  route({
    method: 'DELETE',
    path: '/domains/{domain}',
    summary: 'Remove a domain that has no accounts and aliases',
    handle: ({ deps, params }) => deps.directory.domains.remove(params.domain!),
  }),
];
