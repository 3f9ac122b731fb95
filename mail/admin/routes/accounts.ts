import * as z from 'zod';
import { LINK_MINUTES } from '../../credentials/links.ts';
import { roleSchema } from '../../directory/roles.ts';
import type { AccountInfo } from '../../directory/types.ts';
import { randomName } from '../../ports/index.ts';
import { pageOf, pageQuery, takePage } from '../../rest/paging.ts';
import type { Reach } from '../access.ts';
import type { AdminDeps } from '../deps.ts';
import { type Route, route } from '../route.ts';
import { acrossDomains } from './across-domains.ts';

const account = z.object({
  id: z.string(),
  address: z.string(),
  tenant: z.string(),
  enabled: z.boolean(),
  displayName: z.string().optional(),
  public: z.boolean().optional().describe("Its mailboxes are its tenant's public folders"),
  imap: z.boolean(),
  pop3: z.boolean(),
  quota: z.number().optional().describe('Bytes; absent: none'),
  maxMessages: z.number().optional().describe('Absent: none'),
  admin: z.literal(true).optional().describe('Whether it may set limits of accounts of its tenant'),
  role: roleSchema.optional().describe('What it administers; absent: nothing'),
});

const onOff = z.union([z.boolean(), z.enum(['on', 'off'])]);
const change = {
  quota: z
    .union([z.number(), z.string(), z.null()])
    .optional()
    .describe('Bytes, or 5G; "none"; null: as the domain says'),
  maxMessages: z
    .union([z.number(), z.string(), z.null()])
    .optional()
    .describe('How many messages it may keep; "none"; null: as the domain says'),
  admin: onOff.optional(),
  imap: onOff.optional(),
  pop3: onOff.optional(),
  enabled: z.union([z.boolean(), z.enum(['on', 'off']).transform((word) => word === 'on')]).optional(),
  displayName: z.string().optional().describe('Empty: none'),
};

/** 26 characters of five bits each. */
const GENERATED = 26;

export const accounts: readonly Route[] = [
  route({
    method: 'GET',
    path: '/accounts',
    summary: 'List accounts, of all domains or of one',
    access: ({ query }) => (query.domain === undefined ? 'role' : { domain: query.domain }),
    query: pageQuery.extend({ domain: z.string().optional() }),
    response: pageOf(account),
    handle: ({ deps, who, query }) => {
      const { accounts } = deps.directory;
      const all = acrossDomains(deps, who, query, (domain, local) => accounts.list(domain, local));
      return takePage(all, query.limit, (last) => last.address);
    },
  }),
  route({
    method: 'POST',
    path: '/accounts',
    summary: 'Make an account; without a password one is made and given back once',
    access: ({ body }) => reached(body.address, body),
    audit: 'account.add',
    body: z.strictObject({ address: z.string(), password: z.string().optional(), ...change }),
    response: account.extend({ password: z.string().optional() }),
    status: 201,
    async handle({ deps, body: { address, password, ...rest } }) {
      const generated = password === undefined ? generate(deps) : undefined;
      const made: AccountInfo = await deps.directory.accounts.add(address, password ?? generated!, rest);
      return generated === undefined ? made : { ...made, password: generated };
    },
  }),
  route({
    method: 'GET',
    path: '/accounts/{address}',
    summary: 'Show an account with what it holds',
    access: ({ params }) => ({ address: params.address! }),
    response: account.extend({ messages: z.number(), bytes: z.number() }),
    async handle({ deps, params }) {
      const info = await deps.directory.accounts.get(params.address!);
      const state = await (await deps.accounts.open(info.id)).refresh();
      return { ...info, messages: state.emails, bytes: state.bytes };
    },
  }),
  route({
    method: 'PATCH',
    path: '/accounts/{address}',
    summary: 'Change an account',
    access: ({ params, body }) => reached(params.address!, body),
    audit: 'account.set',
    body: z.strictObject({
      ...change,
      public: z.union([z.boolean(), z.enum(['on', 'off']).transform((word) => word === 'on')]).optional(),
    }),
    response: account,
    handle: ({ deps, params, body }) => deps.directory.accounts.set(params.address!, body),
  }),
  route({
    method: 'PUT',
    path: '/accounts/{address}/role',
    summary: 'Let an account administer everything, its tenant, or domains of its tenant; null: nothing',
    // Who gives a role stands above it: domains are given by the tenant's administrators, all else by the server's.
    access: ({ params, body: { role } }) => [
      { address: params.address! },
      ...(role === null ? [] : role.kind === 'domain' ? [{ wholeTenantOf: params.address! }] : ['server' as const]),
    ],
    audit: 'account.role',
    body: z.strictObject({ role: roleSchema.nullable() }),
    response: account,
    handle: ({ deps, params, body }) => deps.directory.accounts.setRole(params.address!, body.role ?? undefined),
  }),
  route({
    method: 'PUT',
    path: '/accounts/{address}/password',
    summary: 'Set a password; without one a new one is made and given back once',
    access: ({ params }) => ({ address: params.address! }),
    audit: 'account.password',
    body: z.strictObject({ password: z.string().optional() }),
    response: z.object({ password: z.string().optional() }),
    async handle({ deps, params, body }) {
      const generated = body.password === undefined ? generate(deps) : undefined;
      await deps.directory.accounts.setPassword(params.address!, body.password ?? generated!);
      return generated === undefined ? {} : { password: generated };
    },
  }),
  route({
    method: 'POST',
    path: '/accounts/{address}/sign-on-links',
    summary: 'Make a link that signs in to an account once, within minutes; it changes no credentials',
    // Its owner would not notice, and his mail could be read: who administers a tenant or a domain may set passwords, not that.
    access: 'server',
    audit: 'account.sign-on-link',
    body: z.strictObject({
      minutes: z.int().min(LINK_MINUTES.least).max(LINK_MINUTES.most).default(LINK_MINUTES.normal),
    }),
    response: z.object({ url: z.string(), until: z.string() }),
    status: 201,
    async handle({ deps: { directory }, params, body }) {
      const { id } = await directory.accounts.get(params.address!);
      const { token, until } = await directory.credentials.links.make(id, body.minutes);
      const url = `${await directory.origin()}/auth/v1/pages/sign-on#${token}`;
      return { url, until: new Date(until).toISOString() };
    },
  }),
  route({
    method: 'DELETE',
    path: '/accounts/{address}',
    summary: 'Remove an account; its mail is erased for good by the next sweep',
    access: ({ params }) => ({ address: params.address! }),
    audit: 'account.remove',
    handle: ({ deps, params }) => deps.directory.accounts.remove(params.address!),
  }),
];

/** What an account may do to others of its tenant, and the tenant's public folders, are the whole tenant's. */
function reached(address: string, change: { admin?: unknown; public?: unknown }): Reach {
  const wide = change.admin !== undefined || change.public !== undefined;
  return wide ? [{ address }, { wholeTenantOf: address }] : { address };
}

function generate(deps: AdminDeps): string {
  return randomName(deps.random, GENERATED).replace(/(.{6})(?=.)/g, '$1-');
}
