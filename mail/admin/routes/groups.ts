import * as z from 'zod';
import { pageOf, pageQuery, takePage } from '../../rest/paging.ts';
import { type Route, route } from '../route.ts';
import { acrossDomains } from './across-domains.ts';

const group = z.object({
  address: z.string(),
  name: z.string().describe('Empty: none'),
  members: z.array(z.string()),
});

export const groups: readonly Route[] = [
  route({
    method: 'GET',
    path: '/groups',
    summary: 'List groups, of all domains or of one',
    access: ({ query }) => (query.domain === undefined ? 'role' : { domain: query.domain }),
    query: pageQuery.extend({ domain: z.string().optional() }),
    response: pageOf(group),
    handle: ({ deps, who, query }) => {
      const { groups } = deps.directory;
      const all = acrossDomains(deps, who, query, (domain, local) => groups.list(domain, local));
      return takePage(all, query.limit, (last) => last.address);
    },
  }),
  route({
    method: 'POST',
    path: '/groups',
    summary: 'Make a group: an address whose mail goes to each member once',
    access: ({ body }) => ({ address: body.address }),
    audit: 'group.add',
    body: z.strictObject({ address: z.string(), name: z.string().optional(), members: z.array(z.string()) }),
    response: group,
    status: 201,
    handle: ({ deps, body }) => deps.directory.groups.add(body.address, body.members, body.name),
  }),
  route({
    method: 'GET',
    path: '/groups/{address}',
    summary: 'Show a group',
    access: ({ params }) => ({ address: params.address! }),
    response: group,
    handle: ({ deps, params }) => deps.directory.groups.get(params.address!),
  }),
  route({
    method: 'PATCH',
    path: '/groups/{address}',
    summary: 'Rename a group, add members, remove members',
    access: ({ params }) => ({ address: params.address! }),
    audit: 'group.set',
    body: z.strictObject({
      name: z.string().optional(),
      add: z.array(z.string()).max(1_000).optional(),
      remove: z.array(z.string()).max(1_000).optional(),
    }),
    response: group,
    handle: ({ deps, params, body }) => deps.directory.groups.change(params.address!, body),
  }),
  route({
    method: 'DELETE',
    path: '/groups/{address}',
    summary: 'Remove a group; its members stay',
    access: ({ params }) => ({ address: params.address! }),
    audit: 'group.remove',
    handle: ({ deps, params }) => deps.directory.groups.remove(params.address!),
  }),
];
