/** Two tenants on a running program, people of every role, and requests in their names. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Json } from './jmap.ts';
import type { System } from './system.ts';

/**
 * Quartz has the domains agate.test and beryl.test, basalt has slate.test. Whose something is can be told by these words in it: who
 * administers agate.test must never see `beryl`, and nobody of quartz `slate` or `basalt`.
 */
export const WORLD = {
  quartz: ['agate.test', 'beryl.test'],
  basalt: ['slate.test'],
} as const;

export const PEOPLE = {
  server: { address: 'root@agate.test', role: { kind: 'server' } },
  tenantOwn: { address: 'owner@agate.test', role: { kind: 'tenant' } },
  tenantOther: { address: 'owner@slate.test', role: { kind: 'tenant' } },
  domainOwn: { address: 'keeper@agate.test', role: { kind: 'domain', domains: ['agate.test'] } },
  /** Of the same tenant. */
  domainNext: { address: 'keeper@beryl.test', role: { kind: 'domain', domains: ['beryl.test'] } },
  domainOther: { address: 'keeper@slate.test', role: { kind: 'domain', domains: ['slate.test'] } },
  user: { address: 'user@agate.test', role: null },
} as const;

export const ROLES = [...(Object.keys(PEOPLE) as (keyof typeof PEOPLE)[])];
export type Who = keyof typeof PEOPLE | 'token' | 'appPassword' | 'basic' | 'nobody';
export const EVERYBODY: readonly Who[] = ['token', ...ROLES, 'appPassword', 'basic', 'nobody'];

export const PASSWORD = 'a long enough passphrase';

export interface Asked {
  readonly method: string;
  /** With the API: `/admin/v1/status`. */
  readonly path: string;
  readonly body?: unknown;
  /** Instead of JSON. */
  readonly bytes?: { readonly type: string; readonly body: string };
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly body: Json;
}

export interface Roles {
  readonly base: string;
  /** The Authorization of somebody. */
  authorization(who: Who): string | undefined;
  ask(who: Who, asked: Asked): Promise<Answer>;
  /** By the admin token; fails unless it is done. */
  done(method: string, path: string, body?: unknown): Promise<Json>;
}

export async function rolesWorld(system: System): Promise<Roles> {
  const base = `http://127.0.0.1:${system.port('http')}`;
  const headers = new Map<Who, string>();
  headers.set('token', `Bearer ${(await readFile(join(system.home, 'admin-token'), 'utf8')).trim()}`);

  const roles: Roles = {
    base,
    authorization: (who) => headers.get(who),
    async ask(who, { method, path, body, bytes }) {
      const authorization = headers.get(who);
      const response = await fetch(`${base}${path}`, {
        method,
        headers: {
          ...(authorization === undefined ? {} : { authorization }),
          'content-type': bytes?.type ?? 'application/json',
        },
        ...(bytes === undefined && body === undefined ? {} : { body: bytes?.body ?? JSON.stringify(body) }),
      });
      const text = await response.text();
      const isJson = /json/.test(response.headers.get('content-type') ?? '');
      return { status: response.status, text, body: isJson && text !== '' ? JSON.parse(text) : undefined };
    },
    async done(method, path, body) {
      const answer = await roles.ask('token', { method, path: `/admin/v1${path}`, body });
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.text}`);
      return answer.body;
    },
  };

  for (const [tenant, domains] of Object.entries(WORLD)) {
    await roles.done('POST', '/tenants', { id: tenant, limits: { domains: 100, accounts: 1_000 } });
    for (const domain of domains) await roles.done('POST', '/domains', { domain, tenant });
  }
  for (const [who, { address, role }] of Object.entries(PEOPLE)) {
    await roles.done('POST', '/accounts', { address, password: PASSWORD });
    if (role !== null) await roles.done('PUT', `/accounts/${address}/role`, { role });
    headers.set(who as Who, `Bearer ${await signIn(base, address)}`);
  }
  // Of one who administers a tenant: it gives its owner's mail and no more.
  const made = await roles.ask('tenantOwn', {
    method: 'POST',
    path: '/auth/v1/app-passwords',
    body: { name: 'phone', scopes: ['mail', 'imap', 'smtp'] },
  });
  if (made.status !== 201) throw new Error(made.text);
  headers.set('appPassword', `Bearer ${made.body.password}`);
  headers.set('basic', `Basic ${Buffer.from(`${PEOPLE.tenantOwn.address}:${PASSWORD}`).toString('base64')}`);
  return roles;
}

/** An access token. */
export async function signIn(base: string, name: string, password = PASSWORD): Promise<string> {
  const response = await fetch(`${base}/auth/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, password }),
  });
  const body = (await response.json()) as Json;
  if (response.status !== 200) throw new Error(`${name}: ${JSON.stringify(body)}`);
  return body.access;
}
