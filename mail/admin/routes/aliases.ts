import * as z from 'zod';
import { pageOf, pageQuery, takePage } from '../../rest/paging.ts';
import { type Route, route } from '../route.ts';
import { acrossDomains } from './across-domains.ts';

const alias = z.object({
  address: z.string().describe('@domain: the catch-all'),
  targets: z.array(z.string()),
});

export const aliases: readonly Route[] = [
  route({
    method: 'GET',
    path: '/aliases',
    summary: 'List aliases, of all domains or of one',
    access: ({ query }) => (query.domain === undefined ? 'role' : { domain: query.domain }),
    query: pageQuery.extend({ domain: z.string().optional() }),
    response: pageOf(alias),
    handle: ({ deps, who, query }) => {
      const { aliases } = deps.directory;
      const all = acrossDomains(deps, who, query, (domain, local) => aliases.list(domain, local));
      return takePage(all, query.limit, (last) => last.address);
    },
  }),
  route({
    method: 'POST',
    path: '/aliases',
    summary: 'Add an alias',
    access: ({ body }) => ({ address: body.address }),
    audit: 'alias.add',
    body: z.strictObject({ address: z.string(), targets: z.array(z.string()) }),
    response: alias,
    status: 201,
    handle: ({ deps, body }) => deps.directory.aliases.add(body.address, body.targets),
  }),
  route({
    method: 'GET',
    path: '/aliases/{address}',
    summary: 'Show an alias',
    access: ({ params }) => ({ address: params.address! }),
    response: alias,
    handle: ({ deps, params }) => deps.directory.aliases.get(params.address!),
  }),
  route({
    method: 'DELETE',
    path: '/aliases/{address}',
    summary: 'Remove an alias',
    access: ({ params }) => ({ address: params.address! }),
    audit: 'alias.remove',
    handle: ({ deps, params }) => deps.directory.aliases.remove(params.address!),
  }),
];
