import * as z from 'zod';
import type { AdminDeps } from '../deps.ts';
import { checkRecords } from '../dns/check.ts';
import { type Facts, wantedRecords } from '../dns/wanted.ts';
import { type Route, route } from '../route.ts';

const record = z.object({
  purpose: z.string(),
  type: z.enum(['A', 'AAAA', 'MX', 'TXT', 'SRV', 'PTR']),
  name: z.string(),
  value: z.string().describe('As a zone file writes it'),
  need: z.enum(['required', 'recommended']),
});

const checked = record.extend({
  status: z.enum(['ok', 'missing', 'wrong', 'unknown']).describe('unknown: the question had no answer'),
  found: z.array(z.string()),
  explanation: z.string().describe('One plain line: what that means, and what to do'),
});

export const dns: readonly Route[] = [
  route({
    method: 'GET',
    path: '/domains/{domain}/dns',
    summary: 'The DNS records that a domain should publish',
    access: ({ params }) => ({ domain: params.domain! }),
    response: z.object({ items: z.array(record) }),
    handle: async ({ deps, params }) => ({ items: wantedRecords(await factsOf(deps, params.domain!)) }),
  }),
  route({
    method: 'GET',
    path: '/domains/{domain}/dns/check',
    summary: 'Those records as they are published now, each with what was found and what that means',
    access: ({ params }) => ({ domain: params.domain! }),
    response: z.object({ items: z.array(checked) }),
    handle: async ({ deps, params }) => ({ items: await checkRecords(deps.dns, await factsOf(deps, params.domain!)) }),
  }),
];

async function factsOf(deps: AdminDeps, name: string): Promise<Facts> {
  const { domain } = await deps.directory.domains.get(name);
  const routes = await deps.directory.routes(domain);
  return { domain, hostname: deps.hostname.toLowerCase(), routes, listeners: deps.running().listeners };
}
