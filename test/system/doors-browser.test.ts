/** What people do in a browser to get into their accounts, by Chromium with a passkey device of its own. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Json } from '../support/jmap.ts';
import { lastMail } from '../support/mail-of.ts';
import { type System, startSystem } from '../support/system.ts';

const ALICE = 'alice@example.test';
const BOB = 'bob@example.test';

let system: System;
let origin: string;
let browser: Browser;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  system = await startSystem();
  origin = `http://localhost:${system.port('http')}`;
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
});
afterAll(async () => {
  await browser?.close();
  await system?.remove();
});
beforeEach(async () => {
  context = await browser.newContext();
  page = await context.newPage();
});
afterEach(() => context.close());

const password = (name: string) => system.passwords.get(name)!;

/** As a program without a page. */
async function ask(method: string, path: string, body?: Json, token?: string): Promise<Json> {
  const headers = token === undefined ? undefined : { authorization: `Bearer ${token}` };
  const response = await fetch(`${origin}${path}`, {
    method,
    ...(headers === undefined ? {} : { headers }),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return text === '' ? {} : JSON.parse(text);
}

const signIn = async (name: string) =>
  (await ask('POST', '/auth/v1/session', { name, password: password(name) })).access as string;

const said = () => page.waitForSelector('[role=status]:not(:empty)').then((status) => status.textContent());

it('a recovery address is confirmed and a password is set anew, by the links that are mailed', async () => {
  const token = await signIn(ALICE);
  await ask('PUT', '/auth/v1/recovery-address', { address: BOB }, token);
  const bob = { user: BOB, pass: password(BOB), port: system.port('imap') };
  await page.goto(linkIn(await lastMail(bob, 'Confirm this address for alice@example.test')));
  expect(page.url()).toBe(`${origin}/auth/v1/pages/recovery-address`);
  // Looking at it does nothing: scanners of mail look, too.
  expect(await ask('GET', '/auth/v1/recovery-address', undefined, token)).toEqual({ pending: BOB });
  await page.click('button');
  expect(await said()).toBe('The address is confirmed.');

  await ask('POST', '/auth/v1/reset', { name: ALICE });
  const link = linkIn(await lastMail(bob, 'A new password for alice@example.test'));
  await page.goto(link);
  await page.fill('input[name=password]', 'password123');
  await page.click('button');
  expect(await said()).toContain('one of the first that attackers try');
  await page.fill('input[name=password]', 'another good password');
  await page.check('input[name=appPasswords]');
  await page.click('button');
  await page.waitForSelector('form', { state: 'detached' });
  expect(await said()).toBe('Your password is set. Sign in with it.');
  expect(await lastMail(bob, 'The password of alice@example.test was changed')).toContain('were removed');
  const again = await ask('POST', '/auth/v1/session', { name: ALICE, password: 'another good password' });
  expect(again.account.address).toBe(ALICE);
});

it('a link that signs in leaves a session in the browser, which no page can read', async () => {
  const token = (await readFile(join(system.home, 'admin-token'), 'utf8')).trim();
  const { url } = await ask('POST', `/admin/v1/accounts/${BOB}/sign-on-links`, {}, token);
  await page.goto(url);
  await page.click('button');
  await page.waitForURL(`${origin}/`);
  const cookies = await context.cookies(`${origin}/auth/`);
  expect(cookies).toMatchObject([{ name: 'postern-session', httpOnly: true, sameSite: 'Strict', path: '/auth/' }]);
  await page.goto(`${origin}/auth/v1/pages/sign-on`);
  expect(await page.evaluate('document.cookie')).toBe('');
  const account = await page.evaluate(async () => {
    const headers = { 'x-postern': '1' };
    const response = await fetch('/auth/v1/session/refresh', { method: 'POST', headers, body: '{}' });
    return ((await response.json()) as Json).account.address;
  });
  expect(account).toBe(BOB);
});

it('a passkey is made and signs in, without a name', async () => {
  const cdp = await context.newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const options = {
    protocol: 'ctap2',
    transport: 'internal',
    hasResidentKey: true,
    hasUserVerification: true,
  } as const;
  await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: { ...options, isUserVerified: true, automaticPresenceSimulation: true },
  });
  await page.goto(`${origin}/auth/v1/pages/sign-on`);
  const result = await page.evaluate(
    async (access) => {
      const post = async (path: string, body: unknown): Promise<Json> => {
        const headers = { authorization: `Bearer ${access}` };
        return (await fetch(`/auth/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) })).json();
      };
      // The types of this library know less of browsers than browsers do.
      const { PublicKeyCredential, navigator } = globalThis as unknown as Json;
      const forNew = PublicKeyCredential.parseCreationOptionsFromJSON(await post('/passkeys/options', {}));
      const made = await navigator.credentials.create({ publicKey: forNew });
      const passkey = await post('/passkeys', { name: 'Chromium', credential: made.toJSON() });
      const asked = PublicKeyCredential.parseRequestOptionsFromJSON(await post('/session/passkey/options', {}));
      const got = await navigator.credentials.get({ publicKey: asked });
      return { passkey, session: await post('/session/passkey', { credential: got.toJSON() }) };
    },
    await signIn(BOB),
  );
  expect(result.passkey).toMatchObject({ name: 'Chromium' });
  expect(result.session.account.address).toBe(BOB);
});

function linkIn(message: string): string {
  const link = /^http:\S+$/m.exec(message.replace(/=\r\n/g, '').replaceAll('\r', ''))?.[0];
  if (link === undefined) throw new Error(`no link in:\n${message}`);
  return link;
}
