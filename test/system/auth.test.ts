/** Signing in to the whole program over HTTP, and with what that gives: JMAP, IMAP, POP3 and submission, by clients that are not ours. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ImapFlow } from 'imapflow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { oneTimeCode } from '../../mail/credentials/one-time.ts';
import type { Json } from '../support/jmap.ts';
import { postern } from '../support/postern.ts';
import { type System, startSystem } from '../support/system.ts';

const ALICE = 'alice@example.test';
const BOB = 'bob@example.test';
const DAVE = 'dave@example.test';
const PAGE = { 'x-postern': '1' };

let system: System;
let dir: string;
let base: string;

beforeAll(async () => {
  system = await startSystem();
  dir = await mkdtemp(join(tmpdir(), 'postern-auth-'));
  base = `http://127.0.0.1:${system.port('http')}`;
});
afterAll(async () => {
  await system?.remove();
  await rm(dir, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly body: Json;
  readonly cookie: string | undefined;
  readonly setCookie: string | undefined;
}

/** `from`: one of the addresses of loopback, each of which is a client for itself. */
interface How {
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly from?: string;
}

async function ask(method: string, path: string, body?: Json, how: How = {}): Promise<Answer> {
  const { token, headers = {}, from = '127.0.0.1' } = how;
  const asked = httpRequest(`${base}/auth/v1${path}`, {
    method,
    headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    localAddress: from,
  });
  asked.end(body === undefined ? undefined : JSON.stringify(body));
  const [response] = await once(asked, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  const setCookie = response.headers['set-cookie']?.[0];
  return {
    status: response.statusCode,
    body: text === '' ? undefined : JSON.parse(text),
    setCookie,
    cookie: setCookie?.split(';')[0],
  };
}

async function signIn(name = ALICE, more: Json = {}): Promise<Json> {
  const { status, body } = await ask('POST', '/session', { name, password: system.passwords.get(name), ...more });
  expect(status).toBe(200);
  return body;
}

async function jmap(authorization: string): Promise<number> {
  return (await fetch(`${base}/.well-known/jmap`, { headers: { authorization } })).status;
}

const basic = (name: string, password: string) => `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;

describe('sessions', () => {
  it('begin with name and password, tell who it is, and end', async () => {
    const { access, refresh, session, account, scopes } = await signIn(ALICE, { device: 'A test' });
    expect(account.address).toBe(ALICE);
    expect(scopes).toEqual(['mail', 'imap', 'pop3', 'smtp', 'dav', 'account']);
    const me = await ask('GET', '/me', undefined, { token: access });
    expect(me.body).toMatchObject({ address: ALICE, session, scopes });
    const { body } = await ask('GET', '/sessions', undefined, { token: access });
    expect(body.items.find((each: Json) => each.current)).toMatchObject({
      device: 'A test',
      how: 'password',
      address: '127.0.0.1',
    });
    expect(await jmap(`Bearer ${access}`)).toBe(200);

    expect((await ask('POST', '/session/end', { refresh })).status).toBe(204);
    expect(await jmap(`Bearer ${access}`)).toBe(401);
    expect((await ask('GET', '/me', undefined, { token: access })).status).toBe(401);
    expect((await ask('POST', '/session/refresh', { refresh })).status).toBe(401);
  });

  it('are refused alike for a wrong name and a wrong password, and without a token', async () => {
    const wrong = await ask('POST', '/session', { name: ALICE, password: 'wrong' });
    const nobody = await ask('POST', '/session', { name: 'nobody@example.test', password: 'wrong' });
    expect([wrong.status, wrong.body]).toEqual([nobody.status, nobody.body]);
    expect(wrong.body).toMatchObject({ status: 401, code: 'authenticationfailed' });
    for (const [method, path] of [
      ['GET', '/me'],
      ['GET', '/sessions'],
      ['POST', '/sessions/end-others'],
      ['PUT', '/password'],
      ['GET', '/app-passwords'],
      ['POST', '/totp'],
    ] as const) {
      const body = method === 'GET' ? undefined : {};
      expect((await ask(method, path, body)).status, path).toBe(401);
      expect((await ask(method, path, body, { token: 'pst_x' })).status, path).toBe(401);
      // Neither a password nor a cookie is a token.
      const headers = { authorization: basic(ALICE, system.passwords.get(ALICE)!) };
      expect((await ask(method, path, body, { headers })).status, path).toBe(401);
    }
    expect((await ask('POST', '/session', { name: ALICE })).status).toBe(400);
    expect((await ask('POST', '/session', { name: ALICE, password: 'x', more: 1 })).status).toBe(400);
    expect((await ask('GET', '/session')).status).toBe(405);
    expect((await ask('GET', '/nothing')).status).toBe(404);
  });

  it('of a page are kept in a cookie that no other page can use', async () => {
    const password = system.passwords.get(ALICE)!;
    const begun = await ask('POST', '/session', { name: ALICE, password, stay: true }, { headers: PAGE });
    expect(begun.body.refresh).toBeUndefined();
    expect(begun.setCookie).toMatch(
      /^postern-session=psr_\S+; Path=\/auth\/; HttpOnly; SameSite=Strict; Max-Age=51\d{5}$/,
    );
    const cookie = begun.cookie!;
    const refused = await ask('POST', '/session/refresh', {}, { headers: { cookie } });
    expect([refused.status, refused.body.code]).toEqual([400, 'invalid']);
    // A page that asks without it learns that nobody is signed in, and that is no error.
    const nobody = await ask('POST', '/session/refresh', {}, { headers: PAGE });
    expect([nobody.status, nobody.cookie]).toEqual([204, undefined]);
    // The cookie is no way into JMAP or the rest of the API.
    expect((await fetch(`${base}/.well-known/jmap`, { headers: { cookie, ...PAGE } })).status).toBe(401);
    expect((await ask('GET', '/me', undefined, { headers: { cookie, ...PAGE } })).status).toBe(401);
    // A page of another origin is not told that it may.
    const preflight = await fetch(`${base}/auth/v1/session/refresh`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://evil.test',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'x-postern',
      },
    });
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([405, null]);

    const next = await ask('POST', '/session/refresh', {}, { headers: { cookie, ...PAGE } });
    expect(next.status).toBe(200);
    expect(next.cookie).not.toBe(cookie);
    expect(await jmap(`Bearer ${next.body.access}`)).toBe(200);
    const ended = await ask('POST', '/session/end', {}, { headers: { cookie: next.cookie!, ...PAGE } });
    expect(ended.setCookie).toMatch(/^postern-session=; .*Max-Age=0/);
    expect(await jmap(`Bearer ${next.body.access}`)).toBe(401);
    const brief = await ask('POST', '/session', { name: ALICE, password }, { headers: PAGE });
    expect(brief.setCookie).not.toContain('Max-Age');
  });

  it('has a cookie for TLS only where it came by TLS', async () => {
    const ca = await readFile(join(system.home, 'tls', 'cert.pem'));
    const asked = request(`https://localhost:${system.base + 443}/auth/v1/session`, {
      method: 'POST',
      headers: PAGE,
      ca,
    });
    asked.end(JSON.stringify({ name: ALICE, password: system.passwords.get(ALICE) }));
    const [response] = await once(asked, 'response');
    response.resume();
    expect(response.headers['set-cookie'][0]).toMatch(/; Secure$/);
  });

  it('end when an old refresh token comes back, for the thief and the owner', async () => {
    const first = await signIn();
    const second = (await ask('POST', '/session/refresh', { refresh: first.refresh })).body;
    const third = (await ask('POST', '/session/refresh', { refresh: second.refresh })).body;
    expect(await jmap(`Bearer ${third.access}`)).toBe(200);
    expect((await ask('POST', '/session/refresh', { refresh: first.refresh })).status).toBe(401);
    expect(await jmap(`Bearer ${third.access}`)).toBe(401);
    expect((await ask('POST', '/session/refresh', { refresh: third.refresh })).status).toBe(401);
  });

  it('are for what they were begun for', async () => {
    const { access, scopes } = await signIn(ALICE, { scopes: ['imap'] });
    expect(scopes).toEqual(['imap']);
    expect(await jmap(`Bearer ${access}`)).toBe(403);
    const refused = await ask('GET', '/me', undefined, { token: access });
    expect(refused.body).toMatchObject({ status: 403, code: 'noperm' });
  });
});

describe('what waits for pushes ends with what it signed in with', () => {
  async function events(authorization: string): Promise<{ ended: Promise<void> }> {
    const response = await fetch(`${base}/jmap/events?types=*&closeafter=no&ping=0`, { headers: { authorization } });
    expect(response.status).toBe(200);
    const reader = response.body!.getReader();
    await reader.read();
    const ended = (async () => {
      while (!(await reader.read()).done);
    })();
    return { ended };
  }

  async function socket(authorization: string): Promise<{ ended: Promise<unknown> }> {
    const opened = new WebSocket(`ws://127.0.0.1:${system.port('http')}/jmap/ws`, 'jmap', {
      headers: { authorization },
    });
    await once(opened, 'open');
    return { ended: once(opened, 'close') };
  }

  it('a session that is ended: event streams and WebSockets, and no others', async () => {
    const mine = await signIn();
    const other = await signIn();
    const stays = await events(`Bearer ${other.access}`);
    const [stream, ws] = [await events(`Bearer ${mine.access}`), await socket(`Bearer ${mine.access}`)];
    expect((await ask('DELETE', `/sessions/${mine.session}`, undefined, { token: other.access })).status).toBe(204);
    await Promise.all([stream.ended, ws.ended]);
    expect((await ask('DELETE', `/sessions/${mine.session}`, undefined, { token: other.access })).status).toBe(404);
    const first = await Promise.race([stays.ended.then(() => 'ended'), jmap(`Bearer ${other.access}`)]);
    expect(first).toBe(200);
    expect((await ask('POST', '/session/end', { refresh: other.refresh })).status).toBe(204);
    await stays.ended;
  });

  it('a password that is changed, an account that is switched off', async () => {
    const cli = postern(system);
    const password = 'for the streams only';
    expect((await cli('account', 'add', 'carol@example.test', '--password', password)).code).toBe(0);
    const byPassword = await events(basic('carol@example.test', password));
    expect(
      (await cli('account', 'password', 'carol@example.test', '--password-stdin', { stdin: 'another good one\n' }))
        .code,
    ).toBe(0);
    await byPassword.ended;
    const again = await events(basic('carol@example.test', 'another good one'));
    expect((await cli('account', 'set', 'carol@example.test', 'enabled=off')).code).toBe(0);
    await again.ended;
  });
});

describe('the password', () => {
  it('is changed with the old one; all other sessions end; a bad one is refused (PL-9)', async () => {
    const old = system.passwords.get(BOB)!;
    const [one, two] = [await signIn(BOB), await signIn(BOB)];
    const change = (newPassword: string, currentPassword: string) =>
      ask('PUT', '/password', { currentPassword, newPassword }, { token: one.access });
    expect((await change('another good one', 'wrong')).status).toBe(401);
    for (const bad of ['short', 'password123', 'Trustno1', 'iloveyou']) {
      expect((await change(bad, old)).body).toMatchObject({ status: 400, code: 'invalid' });
    }
    expect((await change('another good one', old)).status).toBe(204);
    expect(await jmap(`Bearer ${one.access}`)).toBe(200);
    expect(await jmap(`Bearer ${two.access}`)).toBe(401);
    expect(await jmap(basic(BOB, old))).toBe(401);
    expect(await jmap(basic(BOB, 'another good one'))).toBe(200);
    expect((await change(old, 'another good one')).status).toBe(204);
  });
});

describe('app passwords', () => {
  it('are good for what they were made for, until they are revoked', async () => {
    const { access: token } = await signIn();
    const made = await ask('POST', '/app-passwords', { name: 'Phone', scopes: ['mail', 'imap'] }, { token });
    expect(made.status).toBe(201);
    const { id, password } = made.body;
    const listed = (await ask('GET', '/app-passwords', undefined, { token })).body.items;
    expect(listed).toEqual([{ id, name: 'Phone', scopes: ['mail', 'imap'], made: made.body.made }]);
    expect(await jmap(basic(ALICE, password))).toBe(200);
    expect(await imap(ALICE, { pass: password })).toBe('in');
    expect(await curl('smtp', ['-u', `${ALICE}:${password}`])).not.toBe(0);
    expect((await ask('POST', '/session', { name: ALICE, password })).status).toBe(401);
    expect((await ask('GET', '/app-passwords', undefined, { token })).body.items[0].used).toMatch(/:00:00\.000Z$/);
    for (const body of [
      { name: 'x', scopes: ['account'] },
      { name: 'x', scopes: ['admin'] },
      { name: '', scopes: ['imap'] },
      { name: 'x', scopes: [] },
    ]) {
      expect((await ask('POST', '/app-passwords', body, { token })).status).toBe(400);
    }
    expect((await ask('DELETE', `/app-passwords/${id}`, undefined, { token })).status).toBe(204);
    expect((await ask('DELETE', `/app-passwords/${id}`, undefined, { token })).status).toBe(404);
    expect(await jmap(basic(ALICE, password))).toBe(401);
    expect(await imap(ALICE, { pass: password })).not.toBe('in');
  });
});

async function imap(user: string, how: { pass: string } | { accessToken: string }): Promise<string> {
  const client = new ImapFlow({
    host: '127.0.0.1',
    port: system.port('imap'),
    secure: false,
    tls: { rejectUnauthorized: false },
    auth: { user, ...how },
    logger: false,
  });
  try {
    await client.connect();
  } catch (error) {
    return String((error as { responseText?: string }).responseText ?? error);
  }
  await client.mailboxOpen('INBOX');
  await client.logout();
  return 'in';
}

/** The exit code of curl, which did something with the service. */
async function curl(service: 'imap' | 'pop3' | 'smtp', args: readonly string[]): Promise<number> {
  const message = join(dir, 'message');
  await writeFile(message, `From: ${ALICE}\r\nTo: ${ALICE}\r\nSubject: by curl\r\n\r\nText\r\n`);
  const what = {
    imap: [`imap://127.0.0.1:${system.port('imap')}/INBOX`, '-X', 'NOOP'],
    pop3: [`pop3://127.0.0.1:${system.port('pop3')}/`],
    smtp: [
      `smtp://127.0.0.1:${system.port('submission')}/client`,
      '--mail-from',
      ALICE,
      '--mail-rcpt',
      ALICE,
      '-T',
      message,
    ],
  }[service];
  const done = promisify(execFile)('curl', ['-sS', '--max-time', '10', ...args, ...what]);
  return done.then(
    () => 0,
    ({ code }) => code,
  );
}

describe('access tokens on the other protocols, by curl and ImapFlow', () => {
  it.each(['imap', 'pop3', 'smtp'] as const)('%s: OAUTHBEARER and XOAUTH2', async (service) => {
    const { access, refresh } = await signIn(ALICE, { scopes: [service] });
    for (const mechanism of ['OAUTHBEARER', 'XOAUTH2']) {
      const as = (user: string, token: string) =>
        curl(service, ['-u', user, '--oauth2-bearer', token, '--login-options', `AUTH=${mechanism}`]);
      expect(await as(ALICE, access), mechanism).toBe(0);
      expect(await as(BOB, access), mechanism).toBe(67);
      expect(await as(ALICE, `${access}x`), mechanism).toBe(67);
    }
    await ask('POST', '/session/end', { refresh });
    expect(await curl(service, ['-u', ALICE, '--oauth2-bearer', access])).toBe(67);
  });

  it('IMAP by ImapFlow; a token that is for something else is told so', async () => {
    const { access } = await signIn();
    expect(await imap(ALICE, { accessToken: access })).toBe('in');
    const { access: other } = await signIn(ALICE, { scopes: ['smtp'] });
    expect(await imap(ALICE, { accessToken: other })).toBe('This token is not for IMAP.');
  });

  it('IMAP says where JMAP is, and the same token lets in there (RFC 9698)', async () => {
    const { access } = await signIn();
    const client = new ImapFlow({
      host: '127.0.0.1',
      port: system.port('imap'),
      secure: false,
      tls: { rejectUnauthorized: false },
      auth: { user: ALICE, accessToken: access },
      logger: false,
    });
    await client.connect();
    expect(client.capabilities.has('JMAPACCESS')).toBe(true);
    let url = '';
    const untagged = { JMAPACCESS: async ({ attributes }: Json) => void (url = attributes[0].value) };
    const answer = await (client as Json).exec('GETJMAPACCESS', [], { untagged });
    answer.next();
    await client.logout();
    expect(url).toBe(`https://localhost:${system.base + 443}/.well-known/jmap`);
    const ca = await readFile(join(system.home, 'tls', 'cert.pem'));
    const asked = request(url, { headers: { authorization: `Bearer ${access}` }, ca }).end();
    const [response] = await once(asked, 'response');
    response.resume();
    expect(response.statusCode).toBe(200);
  });
});

describe('a second factor', () => {
  it('is set up, asked for, confirmed, lost, and taken away', async () => {
    const from = '127.0.0.3';
    const name = DAVE;
    const password = 'dave has a long one';
    expect((await postern(system)('account', 'add', name, '--password', password)).code).toBe(0);
    const begin = (more: Json = {}) => ask('POST', '/session', { name, password, ...more }, { from });
    const { access: token, refresh } = (await begin()).body;
    const { secret, uri } = (await ask('POST', '/totp', {}, { token, from })).body;
    expect(uri).toContain(`otpauth://totp/mail.example.test:dave%40example.test?secret=${secret}`);
    const bits = [...secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0'));
    const bytes = Buffer.from(
      bits
        .join('')
        .match(/.{8}/g)!
        .map((byte) => Number.parseInt(byte, 2)),
    );
    const now = Math.floor(Date.now() / 30_000);
    expect((await ask('POST', '/totp/confirm', { code: '000000' }, { token, from })).status).toBe(400);
    const confirmed = await ask('POST', '/totp/confirm', { code: oneTimeCode(bytes, now - 1) }, { token, from });
    expect(confirmed.body.recoveryCodes).toHaveLength(10);
    const [first, second, third] = confirmed.body.recoveryCodes;

    // The password alone: no protocol, and half a session.
    expect(await jmap(basic(name, password))).toBe(403);
    expect(await imap(name, { pass: password })).toMatch(/use an app password/);
    const half = (await begin()).body;
    expect(half).toEqual({ needs: ['totp', 'recoveryCode'], ticket: expect.any(String) });
    const step = (more: Json) => ask('POST', '/session/second', { ticket: half.ticket, ...more }, { from });
    expect((await step({})).status).toBe(400);
    expect((await step({ code: '000000' })).status).toBe(401);
    expect((await ask('POST', '/session/second', { ticket: `${half.ticket}x`, code: '000000' }, { from })).status).toBe(
      401,
    );
    expect((await ask('GET', '/me', undefined, { token: half.ticket, from })).status).toBe(401);
    const code = oneTimeCode(bytes, Math.floor(Date.now() / 30_000));
    const whole = await step({ code, device: 'Laptop' });
    expect(whole.status).toBe(200);
    expect((await step({ code })).status).toBe(401);
    const byCode = (await ask('GET', '/sessions', undefined, { token: whole.body.access, from })).body.items[0];
    expect(byCode).toMatchObject({ how: 'password+totp', device: 'Laptop' });

    // In one step, with a recovery code; each once.
    expect((await begin({ recoveryCode: first })).status).toBe(200);
    expect((await begin({ recoveryCode: first })).status).toBe(401);
    expect((await ask('POST', '/session/confirm', { password }, { token, from })).status).toBe(400);
    expect((await ask('POST', '/session/confirm', { password, recoveryCode: second }, { token, from })).status).toBe(
      204,
    );
    const factors = (await ask('GET', '/second-factor', undefined, { token, from })).body;
    expect(factors).toEqual({ factors: ['totp'], recoveryCodes: 8 });
    const fresh = (await ask('POST', '/recovery-codes', {}, { token, from })).body.recoveryCodes;
    expect((await begin({ recoveryCode: third })).status).toBe(401);
    expect((await begin({ recoveryCode: fresh[0] })).status).toBe(200);

    expect((await ask('DELETE', '/totp', undefined, { token, from })).status).toBe(204);
    expect(await jmap(basic(name, password))).toBe(200);
    expect((await begin()).body.access).toMatch(/^pst_/);
    // What was begun before goes on.
    expect((await ask('POST', '/session/refresh', { refresh }, { from })).status).toBe(200);
    expect((await ask('POST', '/recovery-codes', {}, { token, from })).status).toBe(409);
  });
});

describe('what is kept of it', () => {
  it('what people do is on record, without secrets', async () => {
    const { access } = await signIn();
    const made = await ask('POST', '/app-passwords', { name: 'On record', scopes: ['imap'] }, { token: access });
    expect((await ask('DELETE', `/app-passwords/${made.body.id}`, undefined, { token: access })).status).toBe(204);
    const admin = (await readFile(join(system.home, 'admin-token'), 'utf8')).trim();
    const asked = await fetch(`${base}/admin/v1/audit?limit=1000`, { headers: { authorization: `Bearer ${admin}` } });
    const text = await asked.text();
    const items = (JSON.parse(text) as Json).items.filter(({ target }: Json) => target === ALICE);
    expect(items.find(({ detail }: Json) => detail?.name === 'On record')).toMatchObject({
      actor: { kind: 'account', address: ALICE },
      action: 'app-password.add',
      detail: { scopes: ['imap'] },
      address: '127.0.0.1',
      outcome: 'done',
    });
    expect(items.find(({ detail }: Json) => detail?.id === made.body.id)).toMatchObject({
      action: 'app-password.remove',
    });
    for (const secret of [made.body.password, access, ...system.passwords.values()]) expect(text).not.toContain(secret);
  });

  it('is described as OpenAPI', async () => {
    const { paths } = (await (await fetch(`${base}/auth/v1/openapi.json`)).json()) as Json;
    expect(Object.keys(paths)).toContain('/auth/v1/session/second');
    expect(paths['/auth/v1/session'].post.security).toEqual([]);
    expect(paths['/auth/v1/password'].put.security).toBeUndefined();
  });
});

it('many failures from one address make it wait, here as on the other protocols', async () => {
  // From loopback who has the right password never waits, so that it is the answer to a wrong one that changes.
  const statuses = new Set<number>();
  for (let i = 0; i < 25; i++)
    statuses.add(
      (await ask('POST', '/session', { name: `n${i}@example.test`, password: 'wrong' }, { from: '127.0.0.9' })).status,
    );
  expect([...statuses]).toEqual([401, 429]);
  expect((await signIn()).access).toMatch(/^pst_/);
});
