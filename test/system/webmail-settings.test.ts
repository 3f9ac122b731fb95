/** The settings of the webmail, in Chromium against the whole program: what is chosen in one browser is found in another, and counts. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { oneTimeCode } from '../../mail/credentials/one-time.ts';
import { lastMail, withInbox } from '../support/mail-of.ts';
import { ALICE, BOB, openWebmail } from '../support/webmail.ts';

const webmail = openWebmail({ mail: false });

beforeAll(async () => {
  const { system, origin } = webmail;
  const token = (await readFile(join(system.home, 'admin-token'), 'utf8')).trim();
  const response = await fetch(`${origin}/admin/v1/settings/accounts.postmaster?domain=example.test`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ value: ALICE }),
  });
  expect(response.status).toBeLessThan(300);
});

const settings = (section: string, options = {}) => webmail.open({ path: `/settings/${section}`, ...options });
const inbox = (user: string, pass: string) => ({ user, pass, port: webmail.system.port('imap') });
const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });
const saved = (page: Page) =>
  page
    .getByRole('status')
    .filter({ hasText: /^Saved$/ })
    .first()
    .waitFor();

it('IM-14: a word of the dictionary stays, and goes', async () => {
  const page = await settings('dictionary');
  await page.getByLabel('Word').fill('Postern');
  await button(page, 'Add').click();
  await button(page, 'Remove Postern').waitFor();
  const other = await settings('dictionary');
  await button(other, 'Remove Postern').click();
  await page.getByText('There are no words of your own yet.').waitFor();
});

it('ME-20: an identity with its signature, and nothing lost on leaving', async () => {
  const page = await settings('identities');
  await button(page, `Edit ${ALICE}`).click();
  await page.getByLabel('Name', { exact: true }).fill('Alice Example');
  const field = page.getByRole('textbox', { name: 'Signature' });
  // The editor comes by itself.
  await page.locator('.rich-text-field[contenteditable=true]').waitFor();
  await field.click();
  await field.press('Control+b');
  await page.keyboard.type('Best wishes');
  await page.getByText('Not saved yet').waitFor();
  await page.getByRole('link', { name: 'Away' }).click();
  await page.getByText('What you have changed here is not saved yet.').waitFor();
  await button(page, 'Stay here').click();
  expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Alice Example');
  await button(page, 'Save').click();
  await page.getByText(`Alice Example <${ALICE}>`).waitFor();
  const { list } = await (await webmail.jmap()).call('Identity/get', { ids: ['default'] });
  expect(list[0]).toMatchObject({
    name: 'Alice Example',
    textSignature: 'Best wishes',
    htmlSignature: expect.stringContaining('<b>Best wishes</b>'),
  });
  const other = await settings('identities');
  await button(other, `Edit ${ALICE}`).click();
  await other.getByRole('textbox', { name: 'Signature' }).getByText('Best wishes').waitFor();
});

it('IM-23: the answer of who is away is turned on and off', async () => {
  const page = await settings('away');
  await page.getByLabel('Answer for me').check();
  await button(page, 'Save').click();
  await page.getByRole('alert').filter({ hasText: 'Write what is to be answered.' }).waitFor();
  await page.getByLabel('Answer', { exact: true }).fill('Back on Monday.');
  await page.getByLabel('Last day').fill('2030-07-14');
  await button(page, 'Save').click();
  await saved(page);
  const other = await settings('away');
  expect(await other.getByLabel('Answer', { exact: true }).inputValue()).toBe('Back on Monday.');
  expect(await other.getByLabel('Last day').inputValue()).toBe('2030-07-14');
  await other.getByLabel('Answer for me').uncheck();
  await button(other, 'Save').click();
  await saved(other);
  await page.reload();
  await page.getByLabel('Answer for me').waitFor();
  expect(await page.getByLabel('Answer for me').isChecked()).toBe(false);
});

it('an app password works over IMAP until it is revoked', async () => {
  const page = await settings('security');
  await button(page, 'Make an app password').click();
  await page.getByLabel('For what').fill('Mail on my phone');
  await button(page, 'Make it').click();
  const password = (await page.locator('dialog code').textContent())!;
  await button(page, 'Done').click();
  await page.getByText('Mail on my phone').waitFor();
  expect(await withInbox(inbox(ALICE, password), async ({ usable }) => usable)).toBe(true);
  await page
    .getByRole('listitem')
    .filter({ hasText: 'Mail on my phone' })
    .getByRole('button', { name: 'Revoke' })
    .first()
    .click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await page.getByText('Mail on my phone').waitFor({ state: 'detached' });
  await expect(withInbox(inbox(ALICE, password), async () => undefined)).rejects.toThrow();
});

it('a session that is ended elsewhere is thrown out', async () => {
  // It asks for what it may no longer have, and says so in the console.
  const there = await settings('about', { allow: [/401/] });
  await there.getByRole('heading', { name: 'About' }).waitFor();
  const page = await settings('security');
  await button(page, 'Sign out everywhere else').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out everywhere else' }).click();
  await button(page, 'Sign out everywhere else').waitFor({ state: 'detached' });
  await there.reload();
  await there.getByRole('heading', { name: 'Sign in' }).waitFor();
});

it('an authenticator is enrolled, and asked for at the next sign-in', async () => {
  // A wrong code is refused, which the console tells, too.
  const page = await settings('security', { as: BOB, allow: [/400/] });
  await button(page, 'Set up').click();
  await page.getByRole('img', { name: /QR code/ }).waitFor();
  const secret = (await page.locator('dialog code').textContent())!.replaceAll(' ', '');
  await page.getByLabel(/six digits/).fill('000000');
  await page.getByRole('dialog').getByRole('button', { name: 'Turn on' }).click();
  await page.getByRole('dialog').getByRole('alert').filter({ hasText: /./ }).waitFor();
  const step = () => Math.floor(Date.now() / 30_000);
  await page.getByLabel(/six digits/).fill(oneTimeCode(bytesOf(secret), step() - 1));
  await page.getByRole('dialog').getByRole('button', { name: 'Turn on' }).click();
  const codes = page.locator('.set-codes li');
  await codes.first().waitFor();
  expect(await codes.count()).toBe(10);
  const [download] = await Promise.all([page.waitForEvent('download'), button(page, 'Download').click()]);
  expect(download.suggestedFilename()).toBe('recovery-codes.txt');
  await button(page, 'I have kept them').click();
  await page.getByText('10 codes left').waitFor();

  const door = await webmail.open({ as: null, path: '/settings/security' });
  await door.locator('input[name=name]').fill(BOB);
  await door.locator('input[name=password]').fill(webmail.password(BOB));
  await button(door, /^Sign in$/).click();
  await door.getByLabel('Code from your authenticator').fill(oneTimeCode(bytesOf(secret), step()));
  await button(door, 'Confirm').click();
  await door.getByText('10 codes left').waitFor();
}, 20_000);

it('ME-30: says how to connect a device, on a phone too', async () => {
  const page = await settings('', { viewport: 'phone' });
  await page.getByRole('link', { name: 'Connect a device' }).click();
  const row = page.getByRole('row', { name: /Reading \(IMAP\).*SSL/ });
  await row.waitFor();
  expect(await row.textContent()).toContain(String(webmail.system.port('imaps')));
  const profile = page.getByRole('link', { name: 'Download the profile' });
  const response = await page.request.get(webmail.origin + (await profile.getAttribute('href')));
  expect(response.headers()['content-type']).toContain('application/x-apple-aspen-config');
  await page.getByRole('link', { name: 'All settings' }).click();
  await page.getByRole('link', { name: 'Privacy' }).waitFor();
});

it('ME-41, NC-15: help opens, and a question arrives at postmaster', async () => {
  const page = await settings('help');
  await page.getByText('I forgot my password.').click();
  await page.getByText(/mails a link to your recovery address/).waitFor();
  await page.getByLabel('What is it about?').fill('A question of mine');
  await page.getByLabel('Message').fill('Where is the cellar?');
  await button(page, 'Send').click();
  await page.getByText(/was sent\.$/).waitFor();
  const mail = await lastMail(inbox(ALICE, webmail.password(ALICE)), 'A question of mine');
  expect(mail).toContain('To: postmaster@example.test');
  expect(mail).toContain('Where is the cellar?');
});

/** The last, as the pages are in another language for a while. */
it('ME-20: theme, density and language are there in another browser', async () => {
  const page = await settings('appearance');
  await page.getByLabel('Colours').selectOption('Dark');
  await page.getByLabel('Rows of the list').selectOption('Compact');
  await page.locator('html[data-theme=dark][data-density=compact]').waitFor();
  await saved(page);
  const other = await settings('appearance');
  await other.locator('html[data-theme=dark][data-density=compact]').waitFor();
  await other.getByLabel('Language').selectOption('Deutsch');
  await other.locator('html[lang=de]').waitFor();
  await page.locator('html[lang=de]').waitFor();
  // The next visit begins so, before anything was asked.
  await page.route('**/jmap/**', (route) => route.abort());
  const looks = await page.evaluate(() => [localStorage.getItem('looks'), localStorage.getItem('locale')]);
  expect(looks).toEqual(['{"theme":"dark","density":"compact"}', 'de']);
  await page.unroute('**/jmap/**');
  const jmap = await settings('appearance');
  await jmap.locator('html[lang=de]').waitFor();
  await jmap.locator('select[name=locale]').selectOption('English');
  await jmap.locator('html[lang=en]').waitFor();
  await jmap.locator('select[name=theme]').selectOption('0');
  await saved(jmap);
});

function bytesOf(secret: string): Uint8Array {
  const bits = [...secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0'));
  return Uint8Array.from(bits.join('').match(/.{8}/g)!, (byte) => Number.parseInt(byte, 2));
}
