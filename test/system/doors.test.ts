/** The ways into an account besides its password, of the whole program: sign-up, recovery, links, passkeys, OpenID Connect. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Authenticator } from '../support/authenticator.ts';
import type { Json } from '../support/jmap.ts';
import { lastMail, withInbox } from '../support/mail-of.ts';
import { openIdPeer } from '../support/openid-provider.ts';
import { type System, startSystem } from '../support/system.ts';

const ALICE = 'alice@example.test';
const BOB = 'bob@example.test';
const CAROL = 'carol@example.test';
const PASSWORD = 'correct horse battery';

let system: System;
let origin: string;
let adminToken: string;
/** What must not be found in the log. */
const secrets: string[] = [PASSWORD];

beforeAll(async () => {
  system = await startSystem({ env: { POSTERN_LOG: 'debug' } });
  origin = `http://localhost:${system.port('http')}`;
  adminToken = (await readFile(join(system.home, 'admin-token'), 'utf8')).trim();
  await admin('PUT', '/settings/signup.enabled?domain=example.test', { value: true });
});
afterAll(() => system?.remove());

interface Answer {
  readonly status: number;
  readonly body: Json;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** `from`: one of the addresses of loopback, each of which is a client for itself. */
interface How {
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly from?: string;
}

async function ask(
  method: string,
  path: string,
  body?: Json,
  { token, headers = {}, from }: How = {},
): Promise<Answer> {
  const asked = httpRequest(`http://127.0.0.1:${system.port('http')}${path}`, {
    method,
    headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    localAddress: from ?? '127.0.0.1',
  });
  asked.end(body === undefined ? undefined : JSON.stringify(body));
  const [response] = await once(asked, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  const isJson = /json/.test(response.headers['content-type'] ?? '');
  return { status: response.statusCode, body: isJson ? JSON.parse(text) : undefined, text, headers: response.headers };
}

const auth = (method: string, path: string, body?: Json, how?: How) => ask(method, `/auth/v1${path}`, body, how);
const admin = async (method: string, path: string, body?: Json) => {
  const answer = await ask(method, `/admin/v1${path}`, body, { token: adminToken });
  expect(answer.status, answer.text).toBeLessThan(300);
  return answer.body;
};

async function signIn(name: string, password = system.passwords.get(name)!): Promise<string> {
  const { status, body } = await auth('POST', '/session', { name, password });
  expect(status).toBe(200);
  return body.access;
}

const inbox = (user: string, pass: string) => ({ user, pass, port: system.port('imap') });
const mailTo = (user: string, pass: string, subject: string) => lastMail(inbox(user, pass), subject);

/** The token of a mailed link, as its page takes it. */
function tokenOf(message: string, page: string): string {
  const plain = message.replace(/=\r\n/g, '');
  const token = new RegExp(`^${origin}/auth/v1/pages/${page}#([\\w-]{43})\\r$`, 'm').exec(plain)?.[1];
  if (token === undefined) throw new Error(`no link to ${page} in:\n${message}`);
  secrets.push(token);
  return token;
}

const bob = () => system.passwords.get(BOB)!;

describe('signing up (SM-1, SM-3)', () => {
  it('shows the domain that is open, and which names can be had there', async () => {
    expect((await auth('GET', '/domains')).body).toEqual({ signUp: ['example.test'], signIn: [] });
    const available = async (name: string) =>
      (await auth('GET', `/sign-up/availability?address=${name}@example.test`)).body;
    expect(await available('carol')).toEqual({ available: true });
    expect(await available('alice')).toEqual({ available: false });
    expect(await available('postmaster')).toEqual({ available: false });
    expect(await available('a%2Bb')).toMatchObject({ status: 400, code: 'invalid' });
    const elsewhere = await auth('GET', '/sign-up/availability?address=carol@elsewhere.test');
    expect(elsewhere.body).toMatchObject({ status: 403, detail: expect.stringContaining('Ask its administrator') });
  });

  it('makes an account that receives mail, and confirms its recovery address', async () => {
    const wanted = { address: 'Carol@Example.test', password: PASSWORD, displayName: 'Carol', recoveryAddress: BOB };
    for (const [change, said] of [
      [{ password: 'short' }, 'at least 8 characters'],
      [{ password: 'Password1' }, 'first that attackers try'],
      [{ address: 'admin@example.test' }, 'Choose another name'],
      [{ address: ALICE }, 'Choose another name'],
      [{ recoveryAddress: 'x' }, 'not a mail address'],
    ] as const) {
      const { status, body } = await auth('POST', '/sign-up', { ...wanted, ...change });
      expect(status).toBeGreaterThanOrEqual(400);
      expect(body.detail).toContain(said);
    }
    const both = await Promise.all([auth('POST', '/sign-up', wanted), auth('POST', '/sign-up', wanted)]);
    expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
    expect(both.find(({ status }) => status === 201)!.body).toMatchObject({ address: CAROL });

    const transport = createTransport({ host: '127.0.0.1', port: system.port('smtp'), secure: false, ignoreTLS: true });
    await transport.sendMail({ from: 'x@elsewhere.test', to: CAROL, subject: 'Welcome', text: 'Hello' });
    expect(await mailTo(CAROL, PASSWORD, 'Welcome')).toContain('Hello');

    const message = await mailTo(BOB, bob(), 'Confirm this address for carol@example.test');
    expect(message).toContain('From: Postern <postmaster@example.test>\r\n');
    expect(message).toContain('Auto-Submitted: auto-generated\r\n');
    const token = tokenOf(message, 'recovery-address');
    const access = await signIn(CAROL, PASSWORD);
    const recovery = async () => (await auth('GET', '/recovery-address', undefined, { token: access })).body;
    expect(await recovery()).toEqual({ pending: BOB });
    expect((await auth('POST', '/recovery-address/confirm', { token })).status).toBe(204);
    expect(await recovery()).toEqual({ address: BOB });
    expect((await auth('POST', '/recovery-address/confirm', { token })).status).toBe(400);
  });

  it('is limited for a client address, and off where the administrator says so', async () => {
    const from = '127.0.0.9';
    await admin('PUT', '/settings/signup.perAddress?domain=example.test', { value: 1 });
    const sign = (name: string) =>
      auth('POST', '/sign-up', { address: `${name}@example.test`, password: PASSWORD }, { from });
    expect((await sign('dave')).status).toBe(201);
    const { status, body } = await sign('erin');
    expect(status).toBe(429);
    expect(body.detail).toBe('Too many accounts were made from your network today. Try again tomorrow.');
    await admin('PUT', '/settings/signup.enabled?domain=example.test', { value: false });
    expect((await sign('erin')).status).toBe(403);
  });
});

describe('a password that was forgotten', () => {
  const NEW = 'another good password';

  it('is set anew by a link to the recovery address, once', async () => {
    const session = await signIn(CAROL, PASSWORD);
    expect((await auth('POST', '/reset', { name: CAROL })).status).toBe(202);
    const message = await mailTo(BOB, bob(), 'A new password for carol@example.test');
    const token = tokenOf(message, 'reset');
    secrets.push(NEW);
    expect((await auth('POST', '/reset/finish', { token, password: 'short' })).body.detail).toContain('8 characters');
    const both = await Promise.all(
      [1, 2].map(() => auth('POST', '/reset/finish', { token, password: NEW, appPasswords: 'remove' })),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([200, 400]);
    expect((await auth('GET', '/me', undefined, { token: session })).status).toBe(401);
    expect((await auth('POST', '/session', { name: CAROL, password: PASSWORD })).status).toBe(401);
    await withInbox(inbox(CAROL, NEW), (client) => client.noop());
    expect(await mailTo(BOB, bob(), 'The password of carol@example.test was changed')).toContain('were removed.');
  });

  it('is asked for with the same answer, in the same time, whether there is such an account or not', async () => {
    const from = '127.0.0.8';
    const took = async (name: string) => {
      const begin = performance.now();
      const { status, body } = await auth('POST', '/reset', { name }, { from });
      expect([status, body]).toEqual([202, {}]);
      return performance.now() - begin;
    };
    for (const name of [CAROL, 'nobody@example.test', BOB, 'nonsense']) {
      const ms = await took(name);
      expect(ms, name).toBeGreaterThan(990);
      expect(ms, name).toBeLessThan(2_500);
    }
  });

  it('has pages for the links that work without the webmail, which nothing else may frame or load into', async () => {
    for (const name of ['reset', 'recovery-address', 'sign-on']) {
      const { status, text, headers } = await auth('GET', `/pages/${name}`);
      expect(status).toBe(200);
      expect(text).toContain('<form data-to=');
      const nonce = /<script nonce="([a-z2-7]{26})">/.exec(text)![1]!;
      expect(headers['content-security-policy']).toBe(
        `default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-${nonce}'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      );
      expect(headers['referrer-policy']).toBe('no-referrer');
    }
    expect((await auth('GET', '/pages/constructor')).status).toBe(404);
  });

  it('is not reset by an address of one’s own account', async () => {
    const token = await signIn(BOB);
    const own = await auth('PUT', '/recovery-address', { address: 'Bob+x@example.test' }, { token });
    expect(own.body).toMatchObject({ status: 400, detail: expect.stringContaining('this very account') });
  });
});

describe('a link that signs in (ME-36)', () => {
  it('is made by its owner, works once, and changes no credentials', async () => {
    const token = await signIn(ALICE);
    const made = await auth('POST', '/sign-on-links', { minutes: 10 }, { token });
    expect(made.status).toBe(201);
    const link = linkToken(made.body.url);
    const both = await Promise.all([1, 2].map(() => auth('POST', '/session/link', { token: link })));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 400]);
    const { access, scopes, account } = both.find(({ status }) => status === 200)!.body;
    expect(account.address).toBe(ALICE);
    expect(scopes).toEqual(['mail', 'imap', 'pop3', 'smtp', 'dav']);
    const jmap = await ask('GET', '/.well-known/jmap', undefined, { token: access });
    expect(jmap.body.username).toBe(ALICE);
    const wanted = await auth('POST', '/sign-on-links', {}, { token: access });
    expect(wanted.body).toMatchObject({ status: 403, detail: 'This token is not for changing the account.' });
  });

  it('is made by an administrator, within bounds, and is in the audit log', async () => {
    const { url, until } = await admin('POST', `/accounts/${BOB}/sign-on-links`, { minutes: 1 });
    expect(Date.parse(until) - Date.now()).toBeLessThanOrEqual(60_000);
    expect((await auth('POST', '/session/link', { token: linkToken(url) })).body.account.address).toBe(BOB);
    for (const minutes of [0, 61]) {
      const { status } = await ask(
        'POST',
        `/admin/v1/accounts/${BOB}/sign-on-links`,
        { minutes },
        { token: adminToken },
      );
      expect(status).toBe(400);
    }
    const { items } = await admin('GET', '/audit?limit=1000');
    const of = (action: string) => items.filter((entry: Json) => entry.action === action);
    expect(of('account.sign-on-link')).toMatchObject([{ target: BOB, actor: { kind: 'token' }, outcome: 'done' }]);
    expect(of('sign-on-link.use').map((entry: Json) => entry.target)).toEqual([BOB, ALICE]);
    expect(of('account.sign-up').filter((entry: Json) => entry.outcome === 'done')).toHaveLength(2);
    expect(of('password.reset')).toMatchObject([{ target: CAROL, detail: { appPasswords: 'remove' } }]);
    for (const secret of secrets) expect(JSON.stringify(items)).not.toContain(secret);
  });

  function linkToken(url: string): string {
    expect(url.startsWith(`${origin}/auth/v1/pages/sign-on#psl_`)).toBe(true);
    const token = url.slice(url.indexOf('#') + 1);
    secrets.push(token);
    return token;
  }
});

describe('a passkey', () => {
  const device = new Authenticator();
  let token: string;

  beforeAll(async () => {
    device.origin = origin;
    token = await signIn(ALICE);
  });

  it('is registered, named, listed, and signs in without a name', async () => {
    const { body: options } = await auth('POST', '/passkeys/options', {}, { token });
    expect(options.rp.id).toBe('localhost');
    const credential = device.create(options);
    const { status, body } = await auth('POST', '/passkeys', { name: 'Phone', credential }, { token });
    expect(status).toBe(201);
    expect((await auth('POST', '/passkeys', { name: 'Phone', credential }, { token })).status).toBe(400);
    const renamed = await auth('PATCH', `/passkeys/${body.id}`, { name: 'My phone' }, { token });
    expect(renamed.body.name).toBe('My phone');
    expect((await auth('GET', '/passkeys', undefined, { token })).body.items).toMatchObject([{ name: 'My phone' }]);

    const asked = (await auth('POST', '/session/passkey/options', {})).body;
    const answer = { credential: device.get(asked) };
    const both = await Promise.all([1, 2].map(() => auth('POST', '/session/passkey', answer)));
    expect(both.map((one) => one.status).sort()).toEqual([200, 400]);
    const { access, account } = both.find((one) => one.status === 200)!.body;
    expect(account.address).toBe(ALICE);
    const sessions = (await auth('GET', '/sessions', undefined, { token: access })).body.items;
    expect(sessions.find((one: Json) => one.current).how).toBe('passkey');
  });

  it('confirms who it is', async () => {
    const credential = device.get((await auth('POST', '/session/passkey/options', {})).body);
    expect((await auth('POST', '/session/confirm/passkey', { credential }, { token })).status).toBe(204);
    const other = device.get((await auth('POST', '/session/passkey/options', {})).body);
    const wrong = await auth('POST', '/session/confirm/passkey', { credential: other }, { token: await signIn(BOB) });
    expect(wrong.status).toBe(403);
  });

  it('is asked for after the password where its owner wants that', async () => {
    const set = await auth('PUT', '/second-factor/passkey', { on: true }, { token });
    expect(set.body.recoveryCodes).toHaveLength(10);
    const half = (await auth('POST', '/session', { name: ALICE, password: system.passwords.get(ALICE) })).body;
    expect(half.needs).toEqual(['passkey', 'recoveryCode']);
    const { ticket } = half;
    const options = (await auth('POST', '/session/second/passkey/options', { ticket })).body;
    expect(options.allowCredentials).toHaveLength(1);
    const answer = { ticket, credential: device.get(options) };
    expect((await auth('POST', '/session/second/passkey', answer)).body.account.address).toBe(ALICE);
    expect((await auth('POST', '/session/second/passkey', answer)).status).toBe(400);
    const plain = withInbox(inbox(ALICE, system.passwords.get(ALICE)!), async () => {});
    await expect(plain).rejects.toMatchObject({ responseText: expect.stringContaining('app password') });

    const [one] = (await auth('GET', '/passkeys', undefined, { token })).body.items;
    const kept = await auth('DELETE', `/passkeys/${one.id}`, undefined, { token });
    expect(kept.body).toMatchObject({ status: 409, detail: expect.stringContaining('Switch that off first') });
    expect((await auth('PUT', '/second-factor/passkey', { on: false }, { token })).status).toBe(200);
    expect((await auth('DELETE', `/passkeys/${one.id}`, undefined, { token })).status).toBe(204);
    const asked = (await auth('POST', '/session/passkey/options', {})).body;
    expect((await auth('POST', '/session/passkey', { credential: device.get(asked) })).status).toBe(401);
    const none = await auth('PUT', '/second-factor/passkey', { on: true }, { token });
    expect(none.body.detail).toContain('register one first');
  });
});

describe('signing in elsewhere (OpenID Connect)', () => {
  it('finds the account, comes back to the browser that went, and is a session by its cookie', async () => {
    const redirect = `${origin}/auth/v1/oidc/callback`;
    const peer = await openIdPeer(redirect);
    try {
      expect((await auth('GET', '/oidc')).body).toEqual({ available: false });
      expect((await auth('POST', '/oidc/begin', {})).status).toBe(404);
      const { issuer, clientId, clientSecret } = peer;
      secrets.push(clientSecret);
      const provider = { issuer, clientId, clientSecret, name: 'Town hall', private: true };
      const shown = await admin('PUT', '/settings/oidc.provider', { value: provider });
      expect(shown.value.clientSecret).toBe('(hidden)');
      expect((await auth('GET', '/oidc')).body).toEqual({ available: true, name: 'Town hall' });

      const go = async () => {
        const begun = await auth('POST', '/oidc/begin', {});
        const cookie = begun.headers['set-cookie']![0]!;
        expect(cookie).toMatch(/^postern-oidc=[\w-]{43}; Path=\/auth\/v1\/oidc; HttpOnly; SameSite=Lax; Max-Age=600$/);
        const back = new URL(await peer.visit(begun.body.url));
        return { cookie: cookie.split(';')[0]!, path: back.pathname + back.search };
      };
      const { cookie, path } = await go();
      const arrived = await ask('GET', path, undefined, { headers: { cookie } });
      expect([arrived.status, arrived.headers.location]).toEqual([303, '/']);
      const session = arrived.headers['set-cookie']![0]!;
      expect(session).toMatch(/^postern-session=psr_\S+; Path=\/auth\/; HttpOnly; SameSite=Strict$/);
      const headers = { cookie: session.split(';')[0]!, 'x-postern': '1' };
      const { body } = await auth('POST', '/session/refresh', {}, { headers });
      expect(body.account.address).toBe(ALICE);
      const links = await auth('GET', '/oidc/links', undefined, { token: body.access });
      expect(links.body.items).toMatchObject([{ issuer, email: ALICE }]);

      const again = await ask('GET', path, undefined, { headers: { cookie } });
      expect([again.status, again.headers['content-type']]).toEqual([403, 'text/html; charset=utf-8']);
      expect(again.text).toContain('Begin again.');
      const stolen = await ask('GET', (await go()).path, undefined, {
        headers: { cookie: `postern-oidc=${'x'.repeat(43)}` },
      });
      expect(stolen.text).toContain('in another browser');

      peer.who = { sub: 'subject-2', email: ALICE, email_verified: true };
      const other = await go();
      const taken = await ask('GET', other.path, undefined, { headers: { cookie: other.cookie } });
      expect(taken.text).toContain('belongs to somebody else there');

      peer.who = { sub: 'subject-3', email: 'frank@example.test', email_verified: true, name: 'Frank' };
      const unknown = await go();
      const none = await ask('GET', unknown.path, undefined, { headers: { cookie: unknown.cookie } });
      expect(none.text).toContain('There is no account frank@example.test here.');
      await admin('PUT', '/settings/oidc.createAccounts?domain=example.test', { value: true });
      const known = await go();
      expect((await ask('GET', known.path, undefined, { headers: { cookie: known.cookie } })).status).toBe(303);
      expect(await admin('GET', '/accounts/frank@example.test')).toMatchObject({ displayName: 'Frank' });
    } finally {
      await peer.close();
    }
  });
});

it('describes all of it, and says nothing secret in the log', async () => {
  const { paths } = (await auth('GET', '/openapi.json')).body;
  for (const path of ['/sign-up', '/reset/finish', '/session/passkey', '/oidc/callback', '/session/link']) {
    expect(Object.keys(paths)).toContain(`/auth/v1${path}`);
  }
  expect(secrets.length).toBeGreaterThan(6);
  expect(system.stderr()).toContain('passkey.refused');
  for (const secret of secrets) expect(system.stderr()).not.toContain(secret);
});
