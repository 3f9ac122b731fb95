/** The doors of the webmail, and how they look in each domain, in Chromium against the whole program. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { oneTimeCode } from '../../mail/credentials/one-time.ts';
import type { Json } from '../support/jmap.ts';
import { lastMail, withInbox } from '../support/mail-of.ts';
import { openIdPeer } from '../support/openid-provider.ts';
import { type System, startSystem } from '../support/system.ts';
import { CHROMIUM, expectBuilt } from '../support/webmail.ts';

const ALICE = 'alice@example.test';
const BOB = 'bob@example.test';
const PASSWORD = 'correct horse battery';
/** What is set is looked up again after some seconds. */
const LOOKED_UP = { timeout: 20_000, interval: 250 };

let system: System;
let browser: Browser;
let adminToken: string;
const contexts: BrowserContext[] = [];
/** Violations of the page's policy, errors in it, and scripts of others that ran. */
const problems: string[] = [];

beforeAll(async () => {
  expectBuilt();
  // Every host under .test is this machine, so that domains can be told by the host.
  const args = ['--no-sandbox', '--disable-gpu', '--host-resolver-rules=MAP *.test 127.0.0.1'];
  [system, browser] = await Promise.all([startSystem(), chromium.launch({ executablePath: CHROMIUM, args })]);
  adminToken = (await readFile(join(system.home, 'admin-token'), 'utf8')).trim();
  for (const domain of ['one.test', 'two.test']) {
    await admin('POST', '/domains', { domain });
    await admin('POST', '/accounts', { address: `user1@${domain}`, password: PASSWORD });
    await set('signin.listed', true, domain);
  }
  await set('signup.enabled', true, 'example.test');
});
afterAll(async () => {
  await browser?.close();
  await system?.remove();
});
afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close();
  expect(problems.splice(0)).toEqual([]);
});

const password = (name: string) => system.passwords.get(name)!;
const port = () => system.port('http');
const inbox = (user: string, pass: string) => ({ user, pass, port: system.port('imap') });

async function ask(method: string, path: string, body?: Json, token?: string): Promise<Json> {
  const response = await fetch(`http://127.0.0.1:${port()}${path}`, {
    method,
    ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  expect(response.status, text).toBeLessThan(300);
  return text === '' ? {} : JSON.parse(text);
}

const admin = (method: string, path: string, body?: Json) => ask(method, `/admin/v1${path}`, body, adminToken);
const set = (key: string, value: Json, domain?: string) =>
  admin('PUT', `/settings/${key}${domain === undefined ? '' : `?domain=${domain}`}`, { value });
const tokenOf = async (name: string) =>
  (await ask('POST', '/auth/v1/session', { name, password: password(name) })).access as string;

async function open(path = '/', { host = 'localhost' } = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  contexts.push(context);
  context.on('weberror', (error) => problems.push(String(error.error())));
  context.on('console', (message) => {
    if (/Content Security Policy|Trusted/.test(message.text())) problems.push(message.text());
    if (message.text().includes('evil ran')) problems.push('a script of the page ran');
  });
  const page = await context.newPage();
  await page.goto(`http://${host}:${port()}${path}`);
  return page;
}

const fill = async (page: Page, name: string, pass: string) => {
  await page.fill('input[name=name]', name);
  await page.fill('input[name=password]', pass);
};
const press = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true }).click();
/** Who is in. */
const arrived = async (page: Page, address: string) => {
  await page.getByText(address, { exact: true }).waitFor();
  expect(await page.locator('.door').count()).toBe(0);
};
const signOut = async (page: Page) => {
  await page.getByRole('button', { name: /^Account/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
};
const alert = (page: Page) => page.locator('[role=alert]:not(:empty)').first().textContent();

it('lets in with the whole address, to where one wanted to go, and tells wrong from too often', async () => {
  const page = await open('/mail/wanted');
  await fill(page, ALICE, 'wrong password');
  await press(page, 'Sign in');
  expect(await alert(page)).toBe('The name or the password is wrong.');
  // What was typed is still there.
  expect(await page.inputValue('input[name=name]')).toBe(ALICE);
  await page.fill('input[name=password]', password(ALICE));
  await press(page, 'Sign in');
  await arrived(page, ALICE);
  expect(new URL(page.url()).pathname).toBe('/mail/wanted');
  const [cookie] = await page.context().cookies(`http://localhost:${port()}/auth/`);
  expect(cookie!.expires).toBeGreaterThan(Date.now() / 1_000 + 86_400);
  await signOut(page);
  await page.locator('input[name=name]').waitFor();
  expect(await page.context().cookies(`http://localhost:${port()}/auth/`)).toEqual([]);

  // "Throttled" comes from the server in its own words: 127.0.0.1 is never throttled with the right password, so the answer is put in.
  await page.route('**/auth/v1/session', (route) =>
    route.fulfill({ status: 429, contentType: 'application/problem+json', body: '{"detail":"Wait ten minutes."}' }),
  );
  await fill(page, ALICE, password(ALICE));
  await press(page, 'Sign in');
  expect(await alert(page)).toBe('Wait ten minutes.');
});

it('does not stay signed in where that is not wanted', async () => {
  const page = await open();
  await page.getByLabel('Stay signed in').uncheck();
  await fill(page, ALICE, password(ALICE));
  await press(page, 'Sign in');
  await arrived(page, ALICE);
  const [cookie] = await page.context().cookies(`http://localhost:${port()}/auth/`);
  expect(cookie!.expires).toBe(-1);
});

it('offers domains only where more than one is listed; the host chooses (SM-2)', async () => {
  expect(await ask('GET', '/auth/v1/domains')).toEqual({ signUp: ['example.test'], signIn: ['one.test', 'two.test'] });
  const page = await open();
  const listed = { signUp: [] as string[], signIn: [] as string[] };
  await page.route('**/auth/v1/domains', (route) => route.fulfill({ json: listed }));
  await page.reload();
  await page.getByLabel('Email address').waitFor();
  expect(await page.locator('select').count()).toBe(0);
  listed.signIn.push('one.test');
  await page.reload();
  await page.getByText('@one.test').waitFor();
  expect(await page.locator('select').count()).toBe(0);
  expect(await page.getByRole('link', { name: 'Create an account' }).count()).toBe(0);
  await page.goto(`http://localhost:${port()}/sign-up`);
  await page.getByText('Accounts are made by the administrator here.').waitFor();
  for (const domain of ['one.test', 'two.test']) {
    const door = await open();
    await door.getByLabel('Domain').selectOption(domain);
    await fill(door, 'user1', PASSWORD);
    await press(door, 'Sign in');
    await arrived(door, `user1@${domain}`);
  }
  const there = await open('/', { host: 'mail.two.test' });
  await there.getByLabel('Domain').waitFor();
  await there.waitForFunction(`document.querySelector('select').value === 'two.test'`);
  await fill(there, ALICE, password(ALICE));
  expect(await there.getByLabel('Domain').isVisible()).toBe(false);
  await press(there, 'Sign in');
  await arrived(there, ALICE);
}, 40_000);

it('makes an account with a name that is free, and lets its owner in (SM-1)', async () => {
  const page = await open('/');
  await page.getByRole('link', { name: 'Create an account' }).click();
  // One domain: none to choose.
  await page.getByText('@example.test').waitFor();
  expect(await page.locator('select').count()).toBe(0);
  await page.fill('input[name=name]', 'alice');
  await page.getByText('alice@example.test cannot be had.').waitFor();
  await page.fill('input[name=name]', 'carol');
  await page.getByText('carol@example.test is free.').waitFor();
  expect(await page.locator('.hint[aria-live=polite]').first().textContent()).toContain('is free');
  await page.fill('input[name=password]', 'short');
  await page.getByText('Too short: at least 8 characters.').waitFor();
  await page.fill('input[name=password]', 'password1');
  await page.getByText('Weak').waitFor();
  await press(page, 'Create account');
  await page.getByText('one of the first that attackers try').waitFor();
  expect(await page.evaluate('document.activeElement.name')).toBe('password');
  await page.fill('input[name=password]', PASSWORD);
  await page.getByText('Strong.').waitFor();
  await press(page, 'Show the password');
  expect(await page.getAttribute('input[name=password]', 'type')).toBe('text');
  await page.fill('input[name=recovery]', BOB);
  await press(page, 'Create account');
  await arrived(page, 'carol@example.test');
  expect(new URL(page.url()).pathname).toBe('/');
  await withInbox(inbox('carol@example.test', PASSWORD), (client) => client.noop());
  expect(await lastMail(inbox(BOB, password(BOB)), 'Confirm this address for carol@example.test')).toContain('http');
}, 40_000);

it('resets a password by the mailed link', async () => {
  const bob = inbox(BOB, password(BOB));
  const confirm = await open(linkIn(await lastMail(bob, 'Confirm this address for carol@example.test')));
  await press(confirm, 'Confirm');
  await confirm.getByText('The address is confirmed.').waitFor();
  const page = await open('/');
  await page.getByRole('link', { name: 'Forgot your password?' }).click();
  await page.fill('input[name=name]', 'carol@example.test');
  await press(page, 'Mail me a link');
  await page.getByText('If carol@example.test has a recovery address').waitFor();
  await page.goto(linkIn(await lastMail(bob, 'A new password for carol@example.test'), true));
  await page.getByText('At least 8 characters.').waitFor();
  await page.fill('input[name=password]', 'localhost1');
  await page.getByText('Weak: easy to guess.').waitFor();
  await page.fill('input[name=password]', 'another good password');
  await page.getByText('Strong.', { exact: true }).waitFor();
  await press(page, 'Set the password');
  await page.getByText('Your password is set.').waitFor();
  await page.getByRole('link', { name: 'Sign in' }).click();
  await fill(page, 'carol@example.test', 'another good password');
  await press(page, 'Sign in');
  await arrived(page, 'carol@example.test');
});

it('lets in with a passkey, by the button and by itself, and with one as the second step', async () => {
  // No page of the webmail: it would ask for passkeys itself.
  const page = await open('/auth/v1/pages/sign-on');
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  const token = await tokenOf(BOB);
  await page.evaluate(async (access) => {
    const { PublicKeyCredential, navigator } = globalThis as unknown as Json;
    const post = async (path: string, body: unknown): Promise<Json> => {
      const headers = { authorization: `Bearer ${access}` };
      return (await fetch(`/auth/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) })).json();
    };
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(await post('/passkeys/options', {}));
    const made = await navigator.credentials.create({ publicKey });
    await post('/passkeys', { name: 'Chromium', credential: made.toJSON() });
  }, token);
  await cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled: false });
  const offered = page.waitForResponse('**/auth/v1/session/passkey/options');
  await page.goto(`http://localhost:${port()}/`);
  await offered;
  // Before the button is pressed, the names that the browser offers would sign in by themselves; once it has asked the device, that
  // does not notice any more who comes. Between the two the page asks the server.
  const options = '**/auth/v1/session/passkey/options';
  await page.route(options, async (route) => {
    await cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled: true });
    await route.continue();
  });
  await press(page, 'Sign in with a passkey');
  await arrived(page, BOB);
  await page.unroute(options);
  // The browser offers it among the names; this device chooses it at once.
  const byItself = page.waitForResponse('**/auth/v1/session/passkey');
  await signOut(page);
  expect((await byItself).status()).toBe(200);
  await arrived(page, BOB);

  await cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled: false });
  const { recoveryCodes } = await ask('PUT', '/auth/v1/second-factor/passkey', { on: true }, token);
  await signOut(page);
  await fill(page, BOB, password(BOB));
  await press(page, 'Sign in');
  await page.getByText('Your account asks for your passkey, too.').waitFor();
  await cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled: true });
  await press(page, 'Use your passkey');
  await arrived(page, BOB);

  const other = await open();
  await fill(other, BOB, password(BOB));
  await press(other, 'Sign in');
  await press(other, 'Use a recovery code');
  await other.fill('input[name=code]', 'wrong');
  await press(other, 'Confirm');
  expect(await alert(other)).toMatch(/code/i);
  await other.fill('input[name=code]', recoveryCodes[0]);
  await press(other, 'Confirm');
  await arrived(other, BOB);
  await ask('PUT', '/auth/v1/second-factor/passkey', { on: false }, token);
});

it('asks for a code of the authenticator after the password', async () => {
  const token = await tokenOf(ALICE);
  const { secret } = await ask('POST', '/auth/v1/totp', {}, token);
  const code = (step: number) => oneTimeCode(fromBase32(secret), step);
  const step = Math.floor(Date.now() / 30_000);
  await ask('POST', '/auth/v1/totp/confirm', { code: code(step - 1) }, token);
  const page = await open('/mail/wanted');
  await fill(page, ALICE, password(ALICE));
  await press(page, 'Sign in');
  const field = page.getByLabel('Code from your authenticator');
  await field.waitFor();
  expect(await field.getAttribute('autocomplete')).toBe('one-time-code');
  await field.fill('000000');
  await press(page, 'Confirm');
  expect(await alert(page)).toMatch(/code/i);
  await field.fill(code(step));
  await press(page, 'Confirm');
  await arrived(page, ALICE);
  expect(new URL(page.url()).pathname).toBe('/mail/wanted');
  await ask('DELETE', '/auth/v1/totp', undefined, token);
});

it('lets in by a link, and by whom the domain trusts, to where one wanted to go (ME-36)', async () => {
  const { url } = await admin('POST', `/accounts/${ALICE}/sign-on-links`, {});
  const page = await open(new URL(url).pathname + new URL(url).hash);
  await press(page, 'Sign in');
  await arrived(page, ALICE);

  const peer = await openIdPeer(`http://localhost:${port()}/auth/v1/oidc/callback`);
  try {
    const { issuer, clientId, clientSecret } = peer;
    await set('oidc.provider', { issuer, clientId, clientSecret, name: 'Town hall', private: true });
    const door = await open('/mail/wanted');
    await press(door, 'Sign in with Town hall');
    await arrived(door, ALICE);
    expect(new URL(door.url()).pathname).toBe('/mail/wanted');
  } finally {
    await set('oidc.provider', 'none');
    await peer.close();
  }
});

it('looks as the domain of the host wants it, of which no script runs (IM-16, SM-14, PL-22)', async () => {
  const logo = Buffer.from(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 4"><circle cx="2" cy="2" r="2"/></svg>',
  );
  await set('brand.name', 'One & Only', 'one.test');
  await set('brand.logo', `data:image/svg+xml;base64,${logo.toString('base64')}`, 'one.test');
  await set('brand.accent', '#ffd400', 'one.test');
  await set('brand.footer', 'Run by the one', 'one.test');
  await set('brand.title', 'Welcome to one', 'one.test');
  await set(
    'brand.page',
    `<h2>Help</h2><p onclick="console.log('evil ran')">Call <a href="https://help.one.test/">us</a>
     <a href="javascript:console.log('evil ran')">or not</a><script>console.log('evil ran')</script>
     <img src=x onerror="console.log('evil ran')"><iframe srcdoc="<script>console.log('evil ran')</script>"></iframe>
     <style>.door { display: none }</style><form action="https://evil.test/"><input name="password"></form></p>`,
    'one.test',
  );
  await set('web.others', [{ name: 'Roundcube', url: 'https://other.one.test/' }], 'one.test');
  await set('brand.footer', 'Two of us', 'two.test');

  const one = await open('/', { host: 'webmail.one.test' });
  await one.getByRole('heading', { name: 'Welcome to one' }).waitFor();
  expect(await one.locator('.brand-mark').textContent()).toBe('One & Only');
  expect(await one.title()).toBe('One & Only');
  expect(await one.locator('footer').textContent()).toBe('Run by the one');
  const button = one.getByRole('button', { name: 'Sign in', exact: true });
  const colours = `(({ backgroundColor, color }) => [backgroundColor, color])(getComputedStyle(document.querySelector('.primary')))`;
  expect(await one.evaluate(colours)).toEqual(['rgb(255, 212, 0)', 'rgb(0, 0, 0)']);
  expect(await button.isVisible()).toBe(true);
  expect(await one.getByRole('link', { name: 'Roundcube' }).getAttribute('href')).toBe('https://other.one.test/');
  await one.getByRole('heading', { name: 'Help' }).waitFor();
  const inside = await one.locator('.rich-text').innerHTML();
  expect(inside).toContain('href="https://help.one.test/"');
  expect(inside).not.toMatch(/script|onclick|onerror|iframe|style|form|input|img/);
  expect(await one.locator('.rich-text a').count()).toBe(2);
  await set('brand.page', 'none', 'one.test');
  // The next visit begins with it: nothing of it is waited for.
  await one.route('**/auth/v1/brand*', () => undefined);
  await one.reload();
  await one.getByRole('heading', { name: 'Welcome to one' }).waitFor();
  expect(await one.evaluate(colours)).toEqual(['rgb(255, 212, 0)', 'rgb(0, 0, 0)']);

  const two = await open('/', { host: 'two.test' });
  await two.getByText('Two of us').waitFor();
  expect(await two.locator('.brand-mark').textContent()).toBe('Postern');
  expect(await two.locator('.rich-text').count()).toBe(0);
  expect(await two.evaluate(colours)).toEqual(['rgb(47, 91, 208)', 'rgb(255, 255, 255)']);

  // The document that it was cleaned in is held by the policy, too, and says so; what ran would have said "evil ran".
  const isOfThePage = /inline (event handler|style)/;
  for (const said of problems.splice(0)) expect(said).toMatch(isOfThePage);
});

it('says above the messages what the domain announces, until it is dismissed or over (IM-17)', async () => {
  const signedIn = async () => {
    const page = await open('/', { host: 'one.test' });
    await fill(page, 'user1@one.test', PASSWORD);
    await press(page, 'Sign in');
    await arrived(page, 'user1@one.test');
    return page;
  };
  const page = await signedIn();
  expect(await page.locator('.announced[role=status]').textContent()).toBe('');
  const text = 'Closed <b onclick="x">today</b>';
  await set('brand.announcement', { text, link: { url: 'https://one.test/more', label: 'Why' } }, 'one.test');
  await expect
    .poll(async () => {
      await page.reload();
      await arrived(page, 'user1@one.test');
      return page.locator('.announced a').count();
    }, LOOKED_UP)
    .toBe(1);
  expect(await page.locator('.announced span').textContent()).toBe(text);
  expect(await page.locator('.announced a').getAttribute('href')).toBe('https://one.test/more');
  await press(page, 'Dismiss the announcement');
  await page.locator('.announced a').waitFor({ state: 'detached' });
  const answered = page.waitForResponse('**/auth/v1/announcement');
  await page.reload();
  expect((await (await answered).json()).announcement.text).toBe(text);
  expect(await page.locator('.announced a').count()).toBe(0);
  await set('brand.announcement', { text: 'Over', until: '2020-01-01T00:00:00Z' }, 'one.test');
  const access = (await ask('POST', '/auth/v1/session', { name: 'user1@one.test', password: PASSWORD })).access;
  await expect.poll(() => ask('GET', '/auth/v1/announcement', undefined, access), LOOKED_UP).toEqual({});
}, 60_000);

it('is closed where the administrator says so, while IMAP works (PL-19)', async () => {
  await set('accounts.webmail', false, 'two.test');
  await expect.poll(async () => (await ask('GET', '/auth/v1/brand?domain=two.test')).webmail, LOOKED_UP).toBe(false);
  const page = await open('/', { host: 'two.test' });
  await page.getByText('The webmail is switched off here.').waitFor();
  await fill(page, 'user1@two.test', PASSWORD);
  await press(page, 'Sign in');
  expect(await alert(page)).toBe('The webmail is switched off for user1@two.test. Read your mail with a mail program.');
  await withInbox(inbox('user1@two.test', PASSWORD), (client) => client.noop());
  await set('accounts.webmail', true, 'two.test');
  await expect.poll(async () => (await ask('GET', '/auth/v1/brand?domain=two.test')).webmail, LOOKED_UP).toBe(true);
  await press(page, 'Sign in');
  await arrived(page, 'user1@two.test');
}, 60_000);

/** `whole`: with its host; else what stands behind it. */
function linkIn(message: string, whole = false): string {
  const link = /^http:\S+$/m.exec(message.replace(/=\r\n/g, '').replaceAll('\r', ''))?.[0];
  if (link === undefined) throw new Error(`no link in:\n${message}`);
  const { pathname, hash } = new URL(link);
  return whole ? link : pathname + hash;
}

/** RFC 4648 section 6. */
function fromBase32(text: string): Uint8Array {
  const bits = [...text]
    .map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0'))
    .join('');
  return Uint8Array.from(bits.match(/.{8}/g)!, (byte) => Number.parseInt(byte, 2));
}
