/**
 * ME-4, ME-21: every operation of the admin API, as its own table has them, by everybody, on what is his and what is not: no call
 * reads or changes what is another's. Then the same for JMAP and for one's own credentials; and what times tell.
 */
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ROUTES } from '../../mail/admin/routes/table.ts';
import { ROUTES as AUTH_ROUTES } from '../../mail/auth/routes/table.ts';
import { METHODS } from '../../mail/jmap/methods/table.ts';
import { type DnsServer, startDnsServer } from '../support/dns-server.ts';
import type { Json } from '../support/jmap.ts';
import { postern } from '../support/postern.ts';
import { type Asked, EVERYBODY, PASSWORD, PEOPLE, type Roles, rolesWorld, signIn, type Who } from '../support/roles.ts';
import { type System, startSystem } from '../support/system.ts';

let system: System;
let dns: DnsServer;
let roles: Roles;
/** Queue entries that stay, by the tenant of who sent them. */
const waiting = { quartz: '', basalt: '' };
/** Ids of what `prepare` made, by number. */
const entries = new Map<number, string>();

const USER = PEOPLE.user.address;
const NEIGHBOUR = 'user@beryl.test';
const VICTIM = 'user@slate.test';

beforeAll(async () => {
  // Mail to there waits.
  dns = await startDnsServer({ 'far.test': { fail: 'SERVFAIL' } });
  system = await startSystem({ env: { POSTERN_RESOLVER: dns.address, POSTERN_DEMO: '0' } });
  roles = await rolesWorld(system);
  for (const address of [NEIGHBOUR, VICTIM, 'peer@agate.test', 'plain@agate.test']) {
    await roles.done('POST', '/accounts', { address, password: PASSWORD });
  }
  await roles.done('PUT', '/accounts/peer@agate.test/role', { role: { kind: 'tenant' } });
  for (const domain of ['agate.test', 'beryl.test', 'slate.test']) {
    await roles.done('POST', '/aliases', { address: `info@${domain}`, targets: [`user@${domain}`] });
    await roles.done('POST', '/groups', { address: `all@${domain}`, members: [`user@${domain}`] });
  }
  await submit(USER, ['someone@far.test']);
  await submit(VICTIM, ['slate-secret@far.test']);
  // From outside, with a sender that is not his: one message for two domains of quartz, one for basalt.
  await deliver(USER, [USER, NEIGHBOUR]);
  await deliver(USER, [VICTIM]);
  waiting.quartz = await entryTo('someone@far.test');
  waiting.basalt = await entryTo('slate-secret@far.test');
  for (const id of Object.values(waiting)) await roles.done('POST', `/queue/${id}/hold`);
}, 120_000);
afterAll(async () => {
  await system?.remove();
  await dns?.close();
});

async function submit(from: string, to: readonly string[]): Promise<void> {
  const transport = createTransport({
    host: '127.0.0.1',
    port: system.port('submission'),
    auth: { user: from, pass: PASSWORD },
    tls: { rejectUnauthorized: false },
  });
  await transport.sendMail({ from, to: [...to], subject: `of ${from}`, text: 'Hello' });
  transport.close();
}

async function deliver(from: string, to: readonly string[]): Promise<void> {
  const transport = createTransport({ host: '127.0.0.1', port: system.port('smtp'), ignoreTLS: true });
  await transport.sendMail({
    envelope: { from, to: [...to] },
    from,
    to: [...to],
    subject: 'from outside',
    text: 'Hello',
  });
  transport.close();
}

async function entryTo(address: string): Promise<string> {
  return vi.waitFor(
    async () => {
      const { items } = await roles.done('GET', '/queue?limit=1000');
      const found = items.find(
        ({ recipients, state }: Json) =>
          recipients[0]?.address === address && (state === 'deferred' || state === 'held'),
      );
      expect(found, `no entry for ${address} waits`).toBeDefined();
      return found.id;
    },
    { timeout: 20_000, interval: 50 },
  );
}

/**
 * What a request needs: `domain`: that of agate.test; `tenant`: all of quartz; `above`: to outrank one who administers quartz;
 * `basalt`: that tenant, or its domain;
 * `besides`: to administer the server, and nothing is said of what is not his; `role`: any, and one sees what is his.
 */
type Needs = 'server' | 'tenant' | 'domain' | 'above' | 'besides' | 'basalt' | 'role';

const REFUSED: Readonly<Record<Needs, Partial<Record<Who, number>>>> = {
  server: { tenantOwn: 403, tenantOther: 403, domainOwn: 403, domainNext: 403, domainOther: 403 },
  tenant: { tenantOther: 404, domainOwn: 404, domainNext: 404, domainOther: 404 },
  domain: { tenantOther: 404, domainNext: 404, domainOther: 404 },
  above: { tenantOwn: 403, domainOwn: 403, tenantOther: 404, domainNext: 404, domainOther: 404 },
  besides: { tenantOwn: 403, domainOwn: 403, tenantOther: 404, domainNext: 404, domainOther: 404 },
  basalt: { tenantOwn: 404, domainOwn: 404, domainNext: 404 },
  role: {},
};
const OUTSIDE: Partial<Record<Who, number>> = { user: 403, appPassword: 401, basic: 401, nobody: 401 };

interface Case {
  readonly needs: Needs;
  /** What is asked; `n` is another number each time, for what can be done once only. */
  readonly ask: (n: number) => Omit<Asked, 'method' | 'path'> & { readonly path: string };
  /** Makes what request `n` is about, for those who may. Others ask about what number 0 stands for. */
  readonly prepare?: (n: number) => Promise<unknown>;
  /** There is no such thing, for nobody: only the refusals are looked at. */
  readonly unmade?: true;
}

const account = (n: number) => `a${n}@agate.test`;
const addAccount = async (n: number) => {
  const body = { address: account(n), password: PASSWORD };
  const { status } = await roles.ask('token', { method: 'POST', path: '/admin/v1/accounts', body });
  expect([201, 409]).toContain(status);
};
const addAlias = (n: number) => roles.done('POST', '/aliases', { address: `l${n}@agate.test`, targets: [USER] });
const addGroup = (n: number) => roles.done('POST', '/groups', { address: `g${n}@agate.test`, members: [USER] });
const addEntry = async (n: number) => {
  if (n === 0) return entries.set(0, waiting.quartz);
  await submit(USER, [`x${n}@far.test`]);
  return entries.set(n, await entryTo(`x${n}@far.test`));
};
const message = 'From: user@agate.test\r\nTo: user@agate.test\r\nSubject: x\r\n\r\nx\r\n';
const batch = `${JSON.stringify({ size: message.length })}\n${message}`;
const action = (name: string, state = (n: number): Promise<unknown> => addEntry(n)): Case => ({
  needs: 'server',
  ask: (n) => ({ path: `/queue/${entries.get(n)}/${name}` }),
  prepare: state,
});
const csv = (text: string) => ({ type: 'text/csv', body: text });

/** What is expected of each route. One that is not here fails. */
const CASES: Readonly<Record<string, readonly Case[]>> = {
  'GET /tenants': [{ needs: 'role', ask: () => ({ path: '/tenants' }) }],
  'POST /tenants': [{ needs: 'server', ask: (n) => ({ path: '/tenants', body: { id: `t${n}` } }) }],
  'GET /tenants/{tenant}': [{ needs: 'tenant', ask: () => ({ path: '/tenants/quartz' }) }],
  'PATCH /tenants/{tenant}': [
    { needs: 'server', ask: () => ({ path: '/tenants/quartz', body: { limits: { accounts: 1_000 } } }) },
  ],
  'DELETE /tenants/{tenant}': [
    {
      needs: 'server',
      ask: (n) => ({ path: `/tenants/gone${n}` }),
      prepare: (n) => roles.done('POST', '/tenants', { id: `gone${n}` }),
    },
  ],
  'GET /domains': [{ needs: 'role', ask: () => ({ path: '/domains' }) }],
  'POST /domains': [
    { needs: 'tenant', ask: (n) => ({ path: '/domains', body: { domain: `d${n}.agate.test`, tenant: 'quartz' } }) },
    { needs: 'tenant', ask: (n) => ({ path: '/domains', body: { domain: `e${n}.agate.test`, tenant: 'quartz' } }) },
  ],
  'GET /domains/{domain}': [{ needs: 'domain', ask: () => ({ path: '/domains/agate.test' }) }],
  'DELETE /domains/{domain}': [
    {
      needs: 'tenant',
      ask: (n) => ({ path: `/domains/g${n}.agate.test` }),
      prepare: (n) => roles.done('POST', '/domains', { domain: `g${n}.agate.test`, tenant: 'quartz' }),
    },
  ],
  'GET /domains/{domain}/dns': [{ needs: 'domain', ask: () => ({ path: '/domains/agate.test/dns' }) }],
  'GET /domains/{domain}/dns/check': [{ needs: 'domain', ask: () => ({ path: '/domains/agate.test/dns/check' }) }],
  'GET /accounts': [
    { needs: 'role', ask: () => ({ path: '/accounts' }) },
    { needs: 'domain', ask: () => ({ path: '/accounts?domain=agate.test' }) },
    // A cursor is no way round: it begins at another's.
    { needs: 'role', ask: () => ({ path: '/accounts?after=a@slate.test' }) },
    { needs: 'role', ask: () => ({ path: '/accounts?after=a@agate.test' }) },
  ],
  'POST /accounts': [
    { needs: 'domain', ask: (n) => ({ path: '/accounts', body: { address: `n${n}@agate.test`, password: PASSWORD } }) },
    {
      needs: 'tenant',
      ask: (n) => ({ path: '/accounts', body: { address: `m${n}@agate.test`, password: PASSWORD, admin: true } }),
    },
  ],
  'GET /accounts/{address}': [{ needs: 'domain', ask: () => ({ path: `/accounts/${USER}` }) }],
  'PATCH /accounts/{address}': [
    { needs: 'domain', ask: () => ({ path: '/accounts/plain@agate.test', body: { displayName: 'Plain' } }) },
    { needs: 'tenant', ask: () => ({ path: '/accounts/plain@agate.test', body: { admin: true } }) },
    { needs: 'tenant', ask: () => ({ path: '/accounts/plain@agate.test', body: { public: false } }) },
    { needs: 'above', ask: () => ({ path: '/accounts/peer@agate.test', body: { enabled: true } }) },
  ],
  'PUT /accounts/{address}/role': [
    {
      needs: 'tenant',
      ask: (n) => ({
        path: `/accounts/${account(n)}/role`,
        body: { role: { kind: 'domain', domains: ['agate.test'] } },
      }),
      prepare: addAccount,
    },
    {
      needs: 'besides',
      ask: () => ({ path: '/accounts/plain@agate.test/role', body: { role: { kind: 'tenant' } } }),
      prepare: () => roles.done('PUT', '/accounts/plain@agate.test/role', { role: null }),
    },
    {
      needs: 'besides',
      ask: () => ({ path: '/accounts/plain@agate.test/role', body: { role: { kind: 'server' } } }),
      prepare: () => roles.done('PUT', '/accounts/plain@agate.test/role', { role: null }),
    },
    { needs: 'above', ask: () => ({ path: '/accounts/peer@agate.test/role', body: { role: null } }), prepare: peer },
  ],
  'PUT /accounts/{address}/password': [
    {
      needs: 'domain',
      ask: () => ({ path: '/accounts/plain@agate.test/password', body: { password: PASSWORD } }),
      prepare: () => roles.done('PUT', '/accounts/plain@agate.test/role', { role: null }),
    },
    {
      needs: 'above',
      ask: () => ({ path: '/accounts/peer@agate.test/password', body: { password: PASSWORD } }),
      prepare: peer,
    },
  ],
  'POST /accounts/{address}/sign-on-links': [
    { needs: 'server', ask: () => ({ path: `/accounts/${USER}/sign-on-links`, body: {} }) },
  ],
  'GET /accounts/{address}/credentials': [
    { needs: 'domain', ask: () => ({ path: '/accounts/plain@agate.test/credentials' }) },
    { needs: 'above', ask: () => ({ path: '/accounts/peer@agate.test/credentials' }), prepare: peer },
  ],
  'DELETE /accounts/{address}/second-factors': [
    { needs: 'domain', ask: () => ({ path: '/accounts/plain@agate.test/second-factors' }) },
    { needs: 'above', ask: () => ({ path: '/accounts/peer@agate.test/second-factors' }), prepare: peer },
  ],
  'DELETE /accounts/{address}/app-passwords/{id}': [
    {
      needs: 'domain',
      ask: (n) => ({ path: `/accounts/plain@agate.test/app-passwords/${apps.get(n)}` }),
      prepare: app,
    },
    { needs: 'above', ask: () => ({ path: `/accounts/${PEOPLE.tenantOwn.address}/app-passwords/x` }), unmade: true },
  ],
  'DELETE /accounts/{address}/sessions/{id}': [
    { needs: 'domain', ask: (n) => ({ path: `/accounts/plain@agate.test/sessions/${sessions.get(n)}` }), prepare: app },
    { needs: 'above', ask: () => ({ path: '/accounts/peer@agate.test/sessions/x' }), unmade: true },
  ],
  'DELETE /accounts/{address}/sessions': [
    { needs: 'domain', ask: () => ({ path: '/accounts/plain@agate.test/sessions' }) },
    { needs: 'above', ask: () => ({ path: '/accounts/peer@agate.test/sessions' }), prepare: peer },
  ],
  'DELETE /accounts/{address}': [
    { needs: 'domain', ask: (n) => ({ path: `/accounts/${account(n)}` }), prepare: addAccount },
    { needs: 'above', ask: () => ({ path: '/accounts/peer@agate.test' }), prepare: peer },
  ],
  'GET /accounts/{address}/mailboxes': [{ needs: 'server', ask: () => ({ path: `/accounts/${USER}/mailboxes` }) }],
  'GET /accounts/{address}/mailboxes/{mailbox}/messages': [
    { needs: 'server', ask: () => ({ path: `/accounts/${USER}/mailboxes/${inbox}/messages` }), prepare: findInbox },
  ],
  'GET /accounts/{address}/mailboxes/{mailbox}/messages/{uid}': [
    { needs: 'server', ask: () => ({ path: `/accounts/${USER}/mailboxes/${inbox}/messages/1` }), prepare: findInbox },
  ],
  'POST /accounts/{address}/messages': [
    {
      needs: 'domain',
      ask: () => ({
        path: '/accounts/plain@agate.test/messages',
        bytes: { type: 'application/vnd.postern.messages', body: batch },
      }),
    },
  ],
  'DELETE /accounts/{address}/messages': [
    { needs: 'domain', ask: () => ({ path: '/accounts/plain@agate.test/messages?mailbox=INBOX&before=1' }) },
    {
      needs: 'above',
      ask: () => ({ path: '/accounts/peer@agate.test/messages?mailbox=INBOX&before=1' }),
      prepare: peer,
    },
  ],
  'POST /domains/{domain}/message': [
    {
      needs: 'domain',
      ask: () => ({ path: '/domains/agate.test/message', bytes: { type: 'message/rfc822', body: message } }),
    },
  ],
  'PATCH /domains/{domain}/accounts': [
    { needs: 'domain', ask: () => ({ path: '/domains/agate.test/accounts', body: { pop3: true } }) },
  ],
  'GET /aliases': [
    { needs: 'role', ask: () => ({ path: '/aliases' }) },
    { needs: 'domain', ask: () => ({ path: '/aliases?domain=agate.test' }) },
    { needs: 'role', ask: () => ({ path: '/aliases?after=@slate.test' }) },
    { needs: 'role', ask: () => ({ path: '/aliases?after=@agate.test' }) },
  ],
  'POST /aliases': [
    { needs: 'domain', ask: (n) => ({ path: '/aliases', body: { address: `k${n}@agate.test`, targets: [USER] } }) },
    {
      needs: 'domain',
      ask: () => ({ path: '/aliases', body: { address: '@agate.test', targets: [USER] } }),
      prepare: async () => {
        await roles.ask('token', { method: 'DELETE', path: '/admin/v1/aliases/@agate.test' });
      },
    },
  ],
  'GET /aliases/{address}': [{ needs: 'domain', ask: () => ({ path: '/aliases/info@agate.test' }) }],
  'DELETE /aliases/{address}': [
    { needs: 'domain', ask: (n) => ({ path: `/aliases/l${n}@agate.test` }), prepare: addAlias },
  ],
  'GET /groups': [
    { needs: 'role', ask: () => ({ path: '/groups' }) },
    { needs: 'domain', ask: () => ({ path: '/groups?domain=agate.test' }) },
    { needs: 'role', ask: () => ({ path: '/groups?after=a@slate.test' }) },
  ],
  'POST /groups': [
    { needs: 'domain', ask: (n) => ({ path: '/groups', body: { address: `h${n}@agate.test`, members: [USER] } }) },
  ],
  'GET /groups/{address}': [{ needs: 'domain', ask: () => ({ path: '/groups/all@agate.test' }) }],
  'PATCH /groups/{address}': [
    { needs: 'domain', ask: (n) => ({ path: '/groups/all@agate.test', body: { add: [`z${n}@agate.test`] } }) },
  ],
  'DELETE /groups/{address}': [
    { needs: 'domain', ask: (n) => ({ path: `/groups/g${n}@agate.test` }), prepare: addGroup },
  ],
  'POST /import/accounts': [
    {
      needs: 'role',
      ask: (n) => ({
        path: '/import/accounts?mode=each',
        bytes: csv(`address,password\ni${n}@agate.test,${PASSWORD}\n`),
      }),
    },
  ],
  'POST /import/aliases': [
    {
      needs: 'role',
      ask: (n) => ({ path: '/import/aliases?mode=each', bytes: csv(`address,targets\nj${n}@agate.test,${USER}\n`) }),
    },
  ],
  'POST /import/groups': [
    {
      needs: 'role',
      ask: (n) => ({ path: '/import/groups?mode=each', bytes: csv(`address,members\no${n}@agate.test,${USER}\n`) }),
    },
  ],
  ...Object.fromEntries(
    ['accounts', 'aliases', 'groups'].map((name): [string, readonly Case[]] => [
      `GET /export/${name}`,
      [
        { needs: 'role', ask: () => ({ path: `/export/${name}` }) },
        { needs: 'domain', ask: () => ({ path: `/export/${name}?domain=agate.test` }) },
      ],
    ]),
  ),
  'GET /settings': [
    { needs: 'server', ask: () => ({ path: '/settings' }) },
    { needs: 'tenant', ask: () => ({ path: '/settings?tenant=quartz' }) },
    { needs: 'domain', ask: () => ({ path: '/settings?domain=agate.test' }) },
    { needs: 'domain', ask: () => ({ path: `/settings?account=${USER}` }) },
  ],
  'PUT /settings': [
    { needs: 'server', ask: () => ({ path: '/settings', body: { set: { 'smtp.maxRecipients': 1_000 } } }) },
    {
      needs: 'domain',
      ask: () => ({ path: '/settings?domain=agate.test', body: { set: { 'accounts.imap': true } } }),
    },
    {
      needs: 'besides',
      ask: () => ({
        path: '/settings?domain=agate.test',
        body: { set: { 'accounts.imap': true }, unset: ['outbound.routes'] },
      }),
    },
    {
      needs: 'above',
      ask: () => ({ path: '/settings?account=peer@agate.test', body: { set: { 'accounts.imap': true } } }),
    },
  ],
  'GET /settings/{key}': [
    { needs: 'server', ask: () => ({ path: '/settings/accounts.quota' }) },
    { needs: 'domain', ask: () => ({ path: '/settings/accounts.quota?domain=agate.test' }) },
  ],
  'PUT /settings/{key}': [
    { needs: 'server', ask: () => ({ path: '/settings/smtp.maxRecipients', body: { value: 1_000 } }) },
    {
      needs: 'tenant',
      ask: (n) => ({ path: '/settings/accounts.maxMessages?tenant=quartz', body: { value: 1e6 + n } }),
    },
    { needs: 'domain', ask: () => ({ path: '/settings/accounts.imap?domain=agate.test', body: { value: true } }) },
    { needs: 'domain', ask: () => ({ path: `/settings/accounts.imap?account=${USER}`, body: { value: true } }) },
    { needs: 'tenant', ask: () => ({ path: `/settings/accounts.admin?account=${USER}`, body: { value: false } }) },
    { needs: 'above', ask: () => ({ path: '/settings/accounts.imap?account=peer@agate.test', body: { value: true } }) },
    {
      needs: 'besides',
      ask: () => ({ path: '/settings/outbound.routes?domain=agate.test', body: { value: [{ kind: 'mx' }] } }),
    },
    {
      needs: 'besides',
      ask: () => ({ path: `/settings/submission.checkFrom?account=${USER}`, body: { value: true } }),
    },
  ],
  'DELETE /settings/{key}': [
    { needs: 'server', ask: () => ({ path: '/settings/smtp.maxRecipients' }) },
    { needs: 'domain', ask: () => ({ path: '/settings/accounts.pop3?domain=agate.test' }) },
  ],
  'POST /queue/{id}/retry': [action('retry')],
  'POST /queue/{id}/hold': [action('hold')],
  'POST /queue/{id}/release': [
    action('release', async (n) => {
      await addEntry(n);
      if (n > 0) await roles.done('POST', `/queue/${entries.get(n)}/hold`);
    }),
  ],
  'POST /queue/{id}/bounce': [action('bounce')],
  'GET /queue': [{ needs: 'role', ask: () => ({ path: '/queue' }) }],
  'GET /queue/{id}': [
    { needs: 'domain', ask: () => ({ path: `/queue/${waiting.quartz}` }) },
    { needs: 'basalt', ask: () => ({ path: `/queue/${waiting.basalt}` }) },
  ],
  'DELETE /queue/{id}': [{ needs: 'server', ask: (n) => ({ path: `/queue/${entries.get(n)}` }), prepare: addEntry }],
  // Those that wait are looked at by others; it is done when all is over.
  'DELETE /queue': [{ needs: 'server', ask: () => ({ path: '/queue' }) }],
  'GET /trace': [
    { needs: 'role', ask: () => ({ path: '/trace?since=0' }) },
    { needs: 'role', ask: () => ({ path: `/trace?to=${VICTIM}` }) },
    { needs: 'role', ask: () => ({ path: `/trace?from=${USER}` }) },
    { needs: 'role', ask: () => ({ path: `/trace?to=${NEIGHBOUR}` }) },
  ],
  'POST /send': [
    {
      needs: 'server',
      ask: () => ({ path: `/send?from=${USER}&to=${USER}`, bytes: { type: 'message/rfc822', body: message } }),
    },
  ],
  'GET /audit': [
    { needs: 'role', ask: () => ({ path: '/audit' }) },
    { needs: 'tenant', ask: () => ({ path: '/audit?tenant=quartz' }) },
  ],
  'GET /status': [{ needs: 'server', ask: () => ({ path: '/status' }) }],
};

let inbox = 'none';
async function findInbox(): Promise<void> {
  const { items } = await roles.done('GET', `/accounts/${USER}/mailboxes`);
  inbox = items.find(({ role }: Json) => role === 'inbox').id;
}

const apps = new Map<number, string>();
const sessions = new Map<number, string>();
/** A session and an app password. */
async function app(n: number): Promise<void> {
  const authorization = `Bearer ${await signIn(roles.base, 'plain@agate.test')}`;
  const headers = { authorization, 'content-type': 'application/json' };
  const body = JSON.stringify({ name: `of ${n}`, scopes: ['imap'] });
  const made = (await (
    await fetch(`${roles.base}/auth/v1/app-passwords`, { method: 'POST', headers, body })
  ).json()) as Json;
  apps.set(n, made.id);
  const me = (await (await fetch(`${roles.base}/auth/v1/me`, { headers })).json()) as Json;
  sessions.set(n, me.session);
}

async function peer(): Promise<void> {
  const there = await roles.ask('token', { method: 'GET', path: '/admin/v1/accounts/peer@agate.test' });
  if (there.status === 404) await roles.done('POST', '/accounts', { address: 'peer@agate.test', password: PASSWORD });
  await roles.done('PUT', '/accounts/peer@agate.test/role', { role: { kind: 'tenant' } });
}

/** Words that nobody but some may ever be shown. */
const SECRET_FROM: Partial<Record<Who, RegExp>> = {
  tenantOwn: /slate|basalt/,
  domainOwn: /beryl|slate|basalt/,
  domainNext: /agate|slate|basalt/,
  tenantOther: /agate|beryl|quartz/,
  domainOther: /agate|beryl|quartz/,
  user: /@agate|beryl|quartz|slate|basalt/,
  appPassword: /@agate|beryl|quartz|slate|basalt/,
  basic: /@agate|beryl|quartz|slate|basalt/,
  nobody: /@agate|beryl|quartz|slate|basalt/,
};

/** All that there is, by the admin token. */
async function everything(): Promise<ReadonlyMap<string, string>> {
  const paths = [
    ...['/tenants', '/domains', '/accounts', '/aliases', '/groups'].map((path) => `${path}?limit=1000`),
    ...['', 'tenant=quartz', 'tenant=basalt', 'domain=agate.test', 'domain=slate.test'].map((at) => `/settings?${at}`),
    ...[USER, VICTIM, 'peer@agate.test'].map((address) => `/settings?account=${address}`),
    ...['plain@agate.test', VICTIM, PEOPLE.server.address].map((address) => `/accounts/${address}/credentials`),
    // Reports come to others by themselves.
    ...['plain@agate.test', VICTIM].map((address) => `/accounts/${address}/mailboxes`),
    ...Object.values(waiting).map((id) => `/queue/${id}`),
  ];
  const read = async (path: string) =>
    [path, (await roles.ask('token', { method: 'GET', path: `/admin/v1${path}` })).text] as const;
  return new Map(await Promise.all(paths.map(read)));
}

/** What is another than it was. */
async function changed(before: ReadonlyMap<string, string>): Promise<readonly string[]> {
  const now = await everything();
  return [...before].flatMap(([path, text]) => (now.get(path) === text ? [] : [path]));
}

const name = ({ method, path }: { readonly method: string; readonly path: string }) => `${method} ${path}`;
/** One empties what others look at; of the other mail goes on coming to those that are looked at. */
const LAST = ['DELETE /queue', 'POST /domains/{domain}/message'];
const ORDERED = [...ROUTES].sort((a, b) => LAST.indexOf(name(a)) - LAST.indexOf(name(b)));

describe('the admin API', () => {
  let number = 0;

  it('has an expectation for every route, and a route for every expectation', () => {
    expect(Object.keys(CASES).sort()).toEqual(ROUTES.map(name).sort());
  });

  it.each(ORDERED.map((route) => [name(route), route] as const))('%s', { timeout: 60_000 }, async (key, { method }) => {
    for (const { needs, ask, prepare, unmade } of CASES[key]!) {
      await prepare?.(0);
      const before = await everything();
      for (const who of EVERYBODY) {
        const status = OUTSIDE[who] ?? REFUSED[needs][who];
        if (status === undefined) continue;
        const { path, ...rest } = ask(0);
        const answer = await roles.ask(who, { method, path: `/admin/v1${path}`, ...rest });
        // A password that is no token is a wrong one, and counted: 429 in the end.
        const seen = who === 'appPassword' && answer.status === 429 ? 401 : answer.status;
        expect(seen, `${who}: ${key} ${path}: ${answer.text}`).toBe(status);
        // What one asks about oneself may stand in the answer.
        if (SECRET_FROM[who] !== undefined) expect(answer.text, `${who}: ${key}`).not.toMatch(SECRET_FROM[who]);
        if (status === 404) {
          // In the same words as of what nobody has.
          const nothing = path.replaceAll('agate', 'nowhere').replaceAll('quartz', 'nothing');
          const { body, bytes } = rest;
          const other = await roles.ask(who, {
            method,
            path: `/admin/v1${nothing === path ? path.replace(/\/queue\/\w+/, '/queue/nothing') : nothing}`,
            body:
              body && JSON.parse(JSON.stringify(body).replaceAll('agate', 'nowhere').replaceAll('quartz', 'nothing')),
            ...(bytes === undefined ? {} : { bytes }),
          });
          const words = ({ text }: { text: string }) => text.replace(/queue entry \w+/, 'queue entry');
          expect(words(other), `${who}: ${key} of what nobody has`).toBe(words(answer));
        }
      }
      expect(await changed(before), `${key} has changed something for who may not`).toEqual([]);
      for (const who of EVERYBODY) {
        if (unmade || (OUTSIDE[who] ?? REFUSED[needs][who]) !== undefined) continue;
        number++;
        await prepare?.(number);
        const { path, ...rest } = ask(number);
        const now = needs === 'role' ? await everything() : new Map<string, string>();
        const answer = await roles.ask(who, { method, path: `/admin/v1${path}`, ...rest });
        expect(answer.status, `${who}: ${key} ${path}: ${answer.text}`).toBeLessThan(300);
        // A stranger may call himself what he likes, to them too.
        const named = key === 'GET /trace' && /Other$|Next$/.test(who);
        if (SECRET_FROM[who] !== undefined && !named && !/agate/.test(rest.bytes?.body ?? '')) {
          expect(answer.text, `${who}: ${key} ${path}`).not.toMatch(SECRET_FROM[who]);
        }
        // What everybody with a role may ask for changes nothing but his own.
        const his = who === 'token' || who === 'server' || who === 'tenantOwn' || who === 'domainOwn';
        if (needs === 'role' && (method === 'GET' || !his)) expect(await changed(now), `${who}: ${key}`).toEqual([]);
      }
    }
  });

  it('has left every password as it was', async () => {
    for (const address of [USER, VICTIM, NEIGHBOUR, PEOPLE.server.address]) await signIn(roles.base, address);
  });

  it('shows each what is his', async () => {
    const items = async (who: Who, path: string): Promise<Json[]> =>
      (await roles.ask(who, { method: 'GET', path: `/admin/v1${path}` })).body.items;
    const domains = async (who: Who) =>
      (await items(who, '/domains'))
        .map(({ domain }) => domain)
        .filter((domain) => /^(agate|beryl|slate)/.test(domain));
    expect(await domains('server')).toEqual(['agate.test', 'beryl.test', 'slate.test']);
    expect(await domains('tenantOwn')).toEqual(['agate.test', 'beryl.test']);
    expect(await domains('domainOwn')).toEqual(['agate.test']);
    expect(await domains('tenantOther')).toEqual(['slate.test']);
    expect((await items('domainNext', '/accounts')).map(({ address }) => address)).toEqual([
      'keeper@beryl.test',
      NEIGHBOUR,
    ]);
    const traced = async (who: Who, query: string) =>
      (await roles.ask(who, { method: 'GET', path: `/admin/v1/trace?${query}` })).body;
    // One message for two domains: each sees its own recipient, whoever it says that it is from.
    const outside = async (who: Who, query = `from=${USER}`) =>
      (await traced(who, query)).messages
        .filter(({ via }: Json) => via === 'mx')
        .map(({ recipients }: Json) => recipients);
    expect(await outside('tenantOwn')).toEqual([[USER, NEIGHBOUR]]);
    expect(await outside('domainOwn')).toEqual([[USER]]);
    expect(await outside('domainNext')).toEqual([[NEIGHBOUR]]);
    expect(await outside('domainOther')).toEqual([[VICTIM]]);
    // Nor does a question tell of recipients that are left out.
    expect(await outside('domainOwn', `to=${NEIGHBOUR}`)).toEqual([]);
    expect((await traced('domainOwn', 'to=someone@far.test')).sent.length).toBeGreaterThan(0);
    expect((await traced('domainOwn', 'to=slate-secret@far.test')).sent).toEqual([]);
  });

  it('honours a role as it is at the moment', async () => {
    const address = 'brief@agate.test';
    await roles.done('POST', '/accounts', { address, password: PASSWORD });
    const token = await signIn(roles.base, address);
    const list = async () => {
      const headers = { authorization: `Bearer ${token}` };
      return (await fetch(`${roles.base}/admin/v1/domains`, { headers })).status;
    };
    expect(await list()).toBe(403);
    await roles.done('PUT', `/accounts/${address}/role`, { role: { kind: 'tenant' } });
    expect(await list()).toBe(200);
    await roles.done('PUT', `/accounts/${address}/role`, { role: null });
    expect(await list()).toBe(403);
    await roles.done('PATCH', `/accounts/${address}`, { enabled: false });
    expect(await list()).toBe(403);
  });

  it('has every change on record, with who it was, and no secret', async () => {
    const { items } = await roles.done('GET', '/audit?limit=1000');
    const known = new Set(items.map(({ action }: Json) => action));
    expect(ROUTES.flatMap(({ audit }) => audit ?? []).filter((action) => !known.has(action))).toEqual([]);
    const actors = new Set(items.map(({ actor }: Json) => actor.address ?? actor.kind));
    for (const who of [PEOPLE.server, PEOPLE.tenantOwn, PEOPLE.domainOwn]) expect(actors).toContain(who.address);
    expect(JSON.stringify(items)).not.toContain(PASSWORD);
    expect(items.every(({ outcome }: Json) => outcome === 'done' || outcome === 'refused')).toBe(true);
    const set = items.find(({ action }: Json) => action === 'account.set');
    expect(set).toMatchObject({ tenant: 'quartz', domain: 'agate.test', before: { address: set.target } });
    // Who of the server's administrators it was is not told below.
    const below = await roles.ask('tenantOwn', { method: 'GET', path: '/admin/v1/audit?limit=1000' });
    const seen = below.body.items.map(({ actor, address }: Json) => [actor.address, actor.role, address]);
    expect(seen).toContainEqual([PEOPLE.tenantOwn.address, 'tenant', '127.0.0.1']);
    expect(seen).toContainEqual([undefined, undefined, undefined]);
    expect(seen.map(([who]: Json) => who)).not.toContain(PEOPLE.server.address);
    expect(below.body.items.length).toBeGreaterThan(10);
  });
});

it('is all there in the CLI: a tenant is made, given to somebody, looked after by him alone, and removed', {
  timeout: 60_000,
}, async () => {
  const cli = postern(system);
  const done = async (...args: Parameters<typeof cli>) => {
    const said = await cli(...args);
    expect(said, said.stderr).toMatchObject({ code: 0 });
    return said.stdout;
  };
  await done('tenant', 'add', 'opal', '--name', 'Opal Ltd');
  await done('tenant', 'set', 'opal', 'accounts=2', 'quota=5M');
  expect(await done('tenant', 'show', 'opal')).toMatch(/opal +Opal Ltd +2 +any +5/);
  await done('domain', 'add', 'opal.test', '--tenant', 'opal');
  await done('settings', 'set', 'accounts.pop3', 'off', '--tenant', 'opal');
  await roles.done('POST', '/accounts', { address: 'boss@opal.test', password: PASSWORD });
  expect(await done('account', 'role', 'boss@opal.test', 'tenant')).toBe('boss@opal.test administers its tenant\n');
  const his = postern(system, { POSTERN_TOKEN: await signIn(roles.base, 'boss@opal.test') });
  expect((await his('domain', 'list')).stdout).toMatch(/^DOMAIN.*\nopal\.test +opal +[-\d: ]+\n$/);
  expect((await his('account', 'add', 'clerk@opal.test', '--quota', '9G')).code).toBe(0);
  expect(await done('account', 'show', 'clerk@opal.test')).toMatch(/quota +5/);
  expect(await his('account', 'add', 'third@opal.test')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/may have 2 accounts/),
  });
  expect(await his('domain', 'add', 'more.test', '--tenant', 'opal')).toMatchObject({ code: 1 });
  expect(await his('status')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/Only who administers the server/),
  });
  const audit = await done('audit', '--actor', 'boss@opal.test', '--action', 'account', '--json');
  expect(JSON.parse(audit)).toMatchObject([
    { action: 'account.add', target: 'third@opal.test', outcome: 'refused', tenant: 'opal' },
    { action: 'account.add', target: 'clerk@opal.test', outcome: 'done', address: '127.0.0.1' },
  ]);
  expect(await cli('tenant', 'remove', 'opal')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/still has domains/),
  });
});

describe('the API of credentials', () => {
  const own = AUTH_ROUTES.filter(({ access }) => access !== 'anyone');

  it.each(own.map((route) => [name(route), route] as const))('%s asks who it is', async (_, { method, path }) => {
    const at = `/auth/v1${path.replace(/\{\w+\}/g, 'x')}`;
    for (const who of ['nobody', 'basic', 'appPassword', 'token'] as const) {
      const body = method === 'GET' ? undefined : {};
      const { status } = await roles.ask(who, { method, path: at, body });
      expect([401, 429], who).toContain(status);
    }
  });

  it('has nothing of another for anybody, whatever his role', async () => {
    const path = '/auth/v1/app-passwords';
    const made = await roles.ask('user', { method: 'POST', path, body: { name: 'phone', scopes: ['imap'] } });
    const { items } = (await roles.ask('user', { method: 'GET', path: '/auth/v1/sessions' })).body;
    const theirs = [`${path}/${made.body.id}`, `/auth/v1/sessions/${items[0].id}`];
    expect(items[0].id).toMatch(/^[a-z2-7]{26}$/);
    for (const who of ['server', 'tenantOwn', 'domainOwn', 'tenantOther'] as const) {
      for (const one of theirs) {
        const answer = await roles.ask(who, { method: 'DELETE', path: one });
        const nothing = await roles.ask(who, { method: 'DELETE', path: `${one.slice(0, -4)}aaaa` });
        expect([answer.status, answer.text], who).toEqual([404, nothing.text]);
      }
      const listed = await roles.ask(who, { method: 'GET', path: '/auth/v1/sessions' });
      expect(listed.text).not.toContain(items[0].id);
    }
    expect((await roles.ask('user', { method: 'GET', path })).text).toContain(made.body.id);
    expect((await roles.ask('user', { method: 'GET', path: '/auth/v1/me' })).status).toBe(200);
  });
});

describe('JMAP', () => {
  const URN = 'urn:ietf:params:jmap:';
  let using: string[];
  const session = async (who: Who): Promise<Json> =>
    (
      await roles
        .ask(who, { method: 'GET', path: '/jmap/session' })
        .then((answer) =>
          answer.status === 200 ? answer : roles.ask(who, { method: 'GET', path: '/.well-known/jmap' }),
        )
    ).body;
  const ids = new Map<Who, string>();
  const accountOf = (who: Who) => ids.get(who)!;

  beforeAll(async () => {
    for (const who of ['user', 'tenantOwn', 'server', 'domainOther'] as const) {
      const { primaryAccounts, capabilities } = await session(who);
      using = Object.keys(capabilities).filter((urn) => !urn.endsWith(':websocket'));
      ids.set(who, primaryAccounts[`${URN}mail`]);
    }
  });

  const call = async (who: Who, method: string, args: Json): Promise<Json> => {
    const body = { using, methodCalls: [[method, args, '0']] };
    return (await roles.ask(who, { method: 'POST', path: '/jmap/api', body })).body.methodResponses[0];
  };

  /** What a method must be given besides an account. */
  const argumentsOf = (method: string, own: string): Json => {
    if (method.endsWith('/changes')) return { sinceState: '0' };
    if (method.endsWith('/queryChanges')) return { sinceQueryState: '0' };
    const more: Json = {
      'Blob/copy': { fromAccountId: own, blobIds: [] },
      'Blob/get': { ids: [] },
      'Blob/lookup': { typeNames: ['Email'], ids: [] },
      'Blob/upload': { create: {} },
      'ContactCard/copy': { fromAccountId: own, create: {} },
      'Email/copy': { fromAccountId: own, create: {} },
      'Email/import': { emails: {} },
      'Email/parse': { blobIds: [] },
      'List/unsubscribe': { emailIds: [] },
      'MDN/parse': { blobIds: [] },
      'MDN/send': { identityId: 'x', send: {} },
      'RemoteImage/sign': { urls: [] },
      'SearchSnippet/get': { filter: { text: 'x' }, emailIds: [] },
      'SieveScript/validate': { blobId: 'x' },
    };
    return more[method] ?? {};
  };

  /** Those that are about no account. */
  const NO_ACCOUNT = ['Core/echo', 'PushSubscription/get', 'PushSubscription/set'];

  it('has ids that nobody guesses', () => {
    for (const id of ids.values()) expect(id).toMatch(/^a[a-z2-7]{20}$/);
  });

  it.each([...METHODS.keys()].filter((method) => !NO_ACCOUNT.includes(method)))(
    '%s finds no account of another',
    async (method) => {
      for (const who of ['server', 'tenantOwn', 'domainOther'] as const) {
        const id = accountOf('user');
        const none = `${id.slice(0, -4)}aaaa`;
        const args = argumentsOf(method, accountOf(who));
        const theirs = await call(who, method, { ...args, accountId: id });
        const nobodys = await call(who, method, { ...args, accountId: none });
        expect(theirs, `${who} ${JSON.stringify(theirs)}`).toMatchObject(['error', { type: 'accountNotFound' }, '0']);
        expect(theirs).toEqual(JSON.parse(JSON.stringify(nobodys).replaceAll(none, id)));
        if (!method.endsWith('/copy')) continue;
        const from = { ...args, accountId: accountOf(who), fromAccountId: id };
        expect(await call(who, method, from)).toMatchObject(['error', { type: 'fromAccountNotFound' }, '0']);
      }
    },
  );

  it('has blobs and uploads for their owner only', async () => {
    const text = 'From: a@b.test\r\nSubject: mine\r\n\r\nmine\r\n';
    const bytes = { type: 'message/rfc822', body: text };
    const uploaded = await roles.ask('user', { method: 'POST', path: `/jmap/upload/${accountOf('user')}`, bytes });
    expect(uploaded.status).toBe(201);
    const [, found] = await call('user', 'Email/query', { accountId: accountOf('user'), limit: 1 });
    const [, got] = await call('user', 'Email/get', {
      accountId: accountOf('user'),
      ids: found.ids,
      properties: ['blobId'],
    });
    const blobs = [uploaded.body.blobId, got.list[0].blobId];
    const download = (who: Who, account: string, blob: string) =>
      roles.ask(who, { method: 'GET', path: `/jmap/download/${account}/${blob}/x?type=text/plain` });
    for (const blob of blobs) expect((await download('user', accountOf('user'), blob)).status).toBe(200);
    for (const who of ['server', 'tenantOwn', 'domainOther'] as const) {
      const mine = accountOf(who);
      for (const blob of blobs) {
        expect((await download(who, accountOf('user'), blob)).status, who).toBe(404);
        expect((await download(who, mine, blob)).status, who).toBe(404);
        const [, { list, notFound }] = await call(who, 'Blob/get', { accountId: mine, ids: [blob] });
        expect([list, notFound]).toEqual([[], [blob]]);
        const emails = { one: { blobId: blob, mailboxIds: {} } };
        const [, imported] = await call(who, 'Email/import', { accountId: mine, emails });
        expect(imported.created ?? {}).toEqual({});
        const [, parsed] = await call(who, 'Email/parse', { accountId: mine, blobIds: [blob] });
        expect(parsed.notFound).toEqual([blob]);
      }
      const path = `/jmap/upload/${accountOf('user')}`;
      expect((await roles.ask(who, { method: 'POST', path, bytes })).status, who).toBe(404);
      const [, principals] = await call(who, 'Principal/get', { accountId: mine, ids: null });
      if (who === 'domainOther') expect(JSON.stringify(principals)).not.toMatch(/agate|beryl/);
    }
  });
});

describe('signing in', () => {
  const attempt = async (address: string, tried: number): Promise<number> => {
    const begin = performance.now();
    const path = '/auth/v1/session';
    const body = { name: address, password: `a wrong passphrase ${tried}` };
    const { status } = await roles.ask('nobody', { method: 'POST', path, body });
    expect([401, 429]).toContain(status);
    return performance.now() - begin;
  };
  const median = (times: readonly number[]) => [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)]!;

  it('takes as long for a wrong name as for a wrong password', { timeout: 120_000 }, async () => {
    const known: number[] = [];
    const unknown: number[] = [];
    // One after the other, so that what else the machine does falls on both alike. More where it does much.
    for (let round = 1; ; round++) {
      for (let i = 0; i < 20; i++) {
        known.push(await attempt(VICTIM, known.length));
        unknown.push(await attempt(`nobody${unknown.length}@slate.test`, unknown.length));
      }
      const ratio = median(unknown) / median(known);
      if (round < 4 && (ratio < 0.8 || ratio > 1.25)) continue;
      expect(ratio).toBeGreaterThan(0.75);
      expect(ratio).toBeLessThan(1.33);
      return;
    }
  });
});
