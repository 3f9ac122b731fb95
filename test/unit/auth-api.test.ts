/** The sign-in API where time matters: recent sign-ins, tickets, other processes. Over HTTP it is seen in test/system/auth.test.ts. */
import { expect, it } from 'vitest';
import { createAudit } from '../../mail/audit/audit.ts';
import { createAuth } from '../../mail/auth/auth.ts';
import { oneTimeCode } from '../../mail/credentials/one-time.ts';
import type { Json } from '../support/jmap.ts';
import { silentLog } from '../support/memory.ts';
import { directory, ManualClock, MapRecords, PASSWORD, random } from './directory-support.ts';

const ALICE = 'alice@example.test';
const MINUTE = 60_000;

async function world() {
  const records = new MapRecords();
  const clock = new ManualClock();
  const open = () => {
    const { service } = directory(records, clock);
    const auth = createAuth({
      directory: service,
      audit: createAudit({ records, clock, random, log: silentLog, days: async () => 365 }),
      records,
      clock,
      random,
      log: silentLog,
      hostname: 'mail.example.test',
      version: () => '1',
      openId: {
        begin: () => Promise.reject(new Error('none')),
        finish: () => Promise.reject(new Error('none')),
      } as never,
      submit: async () => undefined,
    });
    const ask = async (
      method: string,
      path: string,
      body?: Json,
      token?: string,
    ): Promise<{ status: number; body: Json }> => {
      const response = await auth.handle({
        method,
        path: `/auth/v1${path}`,
        query: new URLSearchParams(),
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
        address: '192.0.2.1',
        body: (async function* () {
          if (body !== undefined) yield Buffer.from(JSON.stringify(body));
        })(),
      });
      const text = String(response.body);
      return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
    };
    return { service, ask };
  };
  const { service, ask } = open();
  await service.domains.add('example.test');
  const alice = await service.accounts.add(ALICE, PASSWORD);
  const begin = async (more: Json = {}) =>
    (await ask('POST', '/session', { name: ALICE, password: PASSWORD, ...more })).body;
  return { service, ask, begin, alice, clock, other: open() };
}

/** An authenticator that is set up; its code now. */
async function withTotp({ service, alice, clock }: Awaited<ReturnType<typeof world>>): Promise<() => string> {
  const { secret } = await service.credentials.totp.begin(alice.id, 'h', ALICE);
  const bits = [...secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0'));
  const bytes = Buffer.from(
    bits
      .join('')
      .match(/.{8}/g)!
      .map((byte) => Number.parseInt(byte, 2)),
  );
  const code = () => oneTimeCode(bytes, Math.floor(clock.time / 30_000));
  await service.secondFactors.confirmTotp(alice.id, code());
  clock.time += MINUTE;
  return code;
}

it('wants a recent sign-in for what gives more than the session has, until it is confirmed', async () => {
  const { ask, begin, clock } = await world();
  const { refresh } = await begin({ stay: true });
  clock.time += 20 * MINUTE;
  const { access } = (await ask('POST', '/session/refresh', { refresh })).body;
  const recent = [
    ['POST', '/app-passwords', { name: 'x', scopes: ['imap'] }],
    ['POST', '/totp', {}],
    ['POST', '/totp/confirm', { code: '123456' }],
    ['DELETE', '/totp', undefined],
    ['POST', '/recovery-codes', {}],
    ['PUT', '/password', { currentPassword: PASSWORD, newPassword: 'another good one' }],
  ] as const;
  for (const [method, path, body] of recent) {
    const refused = await ask(method, path, body, access);
    expect([refused.status, refused.body.detail], path).toEqual([
      403,
      expect.stringContaining('Confirm first who you are'),
    ]);
  }
  for (const path of ['/me', '/sessions', '/app-passwords', '/second-factor']) {
    expect((await ask('GET', path, undefined, access)).status, path).toBe(200);
  }
  expect((await ask('POST', '/session/confirm', { password: 'wrong' }, access)).status).toBe(401);
  expect((await ask('POST', '/app-passwords', recent[0][2], access)).status).toBe(403);
  expect((await ask('POST', '/session/confirm', { password: PASSWORD }, access)).status).toBe(204);
  expect((await ask('POST', '/app-passwords', recent[0][2], access)).status).toBe(201);
});

it('gives a ticket that lasts ten minutes, and ends with the password', async () => {
  const own = await world();
  const code = await withTotp(own);
  const { ask, begin, clock, other, service } = own;
  const late = (await begin()).ticket;
  clock.time += 10 * MINUTE;
  expect((await ask('POST', '/session/second', { ticket: late, code: code() })).body.detail).toContain('too long');
  const { ticket } = await begin();
  await service.accounts.setPassword(ALICE, 'another good one');
  for (const each of [ask, other.ask]) {
    expect((await each('POST', '/session/second', { ticket, code: code() })).status).toBe(401);
  }
  const fresh = (await begin({ password: 'another good one' })).ticket;
  expect((await other.ask('POST', '/session/second', { ticket: fresh, code: code() })).status).toBe(200);
});

it('begins no session with a password that another process has just changed', async () => {
  const { ask, other, service, begin } = await world();
  const there = (await other.ask('POST', '/session', { name: ALICE, password: PASSWORD })).body;
  const here = await begin();
  await service.accounts.setPassword(ALICE, 'another good one');
  expect((await other.ask('POST', '/session', { name: ALICE, password: PASSWORD })).status).toBe(401);
  for (const { access } of [here, there]) expect((await ask('GET', '/me', undefined, access)).status).toBe(401);
});

it('counts wrong passwords, codes and tokens of a client together', async () => {
  const own = await world();
  const code = await withTotp(own);
  const { ask, begin, clock } = own;
  const { ticket } = await begin();
  const statuses: number[] = [];
  for (let i = 0; i < 7; i++) {
    statuses.push((await ask('POST', '/session', { name: `n${i}@example.test`, password: 'wrong' })).status);
    statuses.push((await ask('POST', '/session/refresh', { refresh: `psr_${i}` })).status);
    statuses.push((await ask('GET', '/me', undefined, `pst_${i}`)).status);
  }
  expect(new Set(statuses)).toEqual(new Set([401]));
  expect((await ask('POST', '/session/second', { ticket, code: code() })).status).toBe(429);
  expect((await ask('POST', '/session', { name: ALICE, password: PASSWORD })).status).toBe(429);
  clock.time += MINUTE;
  expect((await ask('POST', '/session/second', { ticket, code: code() })).status).toBe(200);
});

it('removes app passwords with the password where its owner wants it, and else keeps them', async () => {
  const { ask, begin, service, alice } = await world();
  const { access } = await begin();
  await service.credentials.appPasswords.make(alice.id, 'Phone', ['imap']);
  const change = (currentPassword: string, newPassword: string, more: Json = {}) =>
    ask('PUT', '/password', { currentPassword, newPassword, ...more }, access);
  expect((await change(PASSWORD, 'another good one')).status).toBe(204);
  expect((await ask('GET', '/app-passwords', undefined, access)).body.items).toHaveLength(1);
  expect((await change('another good one', PASSWORD, { appPasswords: 'remove' })).status).toBe(204);
  expect((await ask('GET', '/app-passwords', undefined, access)).body.items).toEqual([]);
});

it('lists and ends sessions, one’s own only', async () => {
  const { ask, begin, service } = await world();
  await service.accounts.add('bob@example.test', PASSWORD);
  const bob = (await ask('POST', '/session', { name: 'bob@example.test', password: PASSWORD })).body;
  const [one, two] = [await begin({ device: 'Phone' }), await begin({ device: 'Laptop' })];
  const { items } = (await ask('GET', '/sessions', undefined, one.access)).body;
  expect(items.map(({ device, current }: Json) => [device, current]).sort()).toEqual([
    ['Laptop', false],
    ['Phone', true],
  ]);
  expect((await ask('DELETE', `/sessions/${two.session}`, undefined, bob.access)).status).toBe(404);
  expect((await ask('GET', '/me', undefined, two.access)).status).toBe(200);
  expect((await ask('POST', '/sessions/end-others', {}, one.access)).body).toEqual({ ended: 1 });
  expect((await ask('GET', '/me', undefined, two.access)).status).toBe(401);
  expect((await ask('GET', '/me', undefined, bob.access)).status).toBe(200);
});
