/** Credentials in the settings of the webmail, in Chromium against the whole program: what is set up there counts, and what is taken away no more. */
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { oneTimeCode } from '../../mail/credentials/one-time.ts';
import { imaplib } from '../support/imaplib.ts';
import type { System } from '../support/system.ts';
import { ALICE, BOB, openWebmail } from '../support/webmail.ts';

const webmail = openWebmail({ mail: false });

const settings = (section: string, as = ALICE) => webmail.open({ path: `/settings/${section}`, as });
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const item = (page: Page, text: string) => page.getByRole('listitem').filter({ hasText: text });
const inDialog = (page: Page, name: string) => page.getByRole('dialog').getByRole('button', { name, exact: true });

it('a passkey is added, asked for as the second step, and removed', async () => {
  const page = await settings('security');
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      ...{ protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true },
      ...{ isUserVerified: true, automaticPresenceSimulation: true },
    },
  });
  await item(page, 'Authenticator app').waitFor();
  // Nobody is offered what he does not have.
  expect(await item(page, 'Passkey after the password').count()).toBe(0);
  await button(page, 'Add a passkey').click();
  await page.getByLabel('Name').fill('My laptop');
  await inDialog(page, 'Save').click();
  await item(page, 'My laptop').waitFor();

  await item(page, 'Passkey after the password').getByRole('button', { name: 'Turn on' }).click();
  await page.locator('.set-codes li').first().waitFor();
  await button(page, 'I have kept them').click();
  await page.getByText('10 codes left').waitFor();
  await item(page, 'Passkey after the password').getByRole('button', { name: 'Turn off' }).click();
  await page.getByText('10 codes left').waitFor({ state: 'detached' });

  await item(page, 'My laptop').getByRole('button', { name: 'Remove' }).click();
  await inDialog(page, 'Remove').click();
  await item(page, 'My laptop').waitFor({ state: 'detached' });
  await item(page, 'Passkey after the password').waitFor({ state: 'detached' });
});

it('a browser that is signed out from elsewhere is at the door at once', async () => {
  // It asks for what it may no longer have, and says so in the console.
  const there = await webmail.open({ as: BOB, path: '/settings/about', allow: [/401/] });
  await there.getByRole('heading', { name: 'About' }).waitFor();
  const listening = there.waitForResponse(/\/jmap\/events/);
  await there.reload();
  await listening;
  const page = await settings('security', BOB);
  await page.getByRole('button', { name: 'Sign out Unknown device' }).click();
  // By itself: nobody touches it.
  await there.getByRole('heading', { name: 'Sign in' }).waitFor();
  await page.getByRole('button', { name: 'Sign out Unknown device' }).waitFor({ state: 'detached' });
  expect(await page.getByText('This device').count()).toBe(1);
});

it('an authenticator that is turned off is not asked for', async () => {
  const page = await settings('security', BOB);
  await button(page, 'Set up').click();
  await page.getByRole('img', { name: /QR code/ }).waitFor();
  const secret = (await page.locator('dialog code').textContent())!.replaceAll(' ', '');
  await page.getByLabel(/six digits/).fill(oneTimeCode(bytesOf(secret), Math.floor(Date.now() / 30_000)));
  await inDialog(page, 'Turn on').click();
  await button(page, 'I have kept them').click();
  await page.getByText('10 codes left').waitFor();

  const door = await webmail.open({ as: null, path: '/settings/about' });
  const signIn = async () => {
    await door.locator('input[name=name]').fill(BOB);
    await door.locator('input[name=password]').fill(webmail.password(BOB));
    await button(door, 'Sign in').click();
  };
  await signIn();
  await door.getByLabel('Code from your authenticator').waitFor();

  await item(page, 'Authenticator app').getByRole('button', { name: 'Turn off' }).click();
  await inDialog(page, 'Turn off').click();
  await item(page, 'Authenticator app').getByRole('button', { name: 'Set up' }).waitFor();
  await button(door, 'Begin again').click();
  await signIn();
  await door.getByRole('heading', { name: 'About' }).waitFor();
});

it('an app password is taken by a mail program, until it is revoked', async () => {
  const page = await settings('security');
  await button(page, 'Make an app password').click();
  await page.getByLabel('For what').fill('Mail on my phone');
  await button(page, 'Make it').click();
  const password = (await page.locator('dialog code').textContent())!;
  await button(page, 'Done').click();
  await item(page, 'Mail on my phone').waitFor();
  const { home } = webmail.system;
  const withIt = { home, port: webmail.system.port, passwords: new Map([[ALICE, password]]) } as unknown as System;
  expect(await imaplib(withIt, ALICE, "print(ok(m.select('INBOX'))[0].decode())")).toMatch(/^\d+$/m);
  await item(page, 'Mail on my phone').getByRole('button', { name: 'Revoke' }).click();
  await inDialog(page, 'Revoke').click();
  await item(page, 'Mail on my phone').waitFor({ state: 'detached' });
  await expect(imaplib(withIt, ALICE, '')).rejects.toThrow(/AUTHENTICATIONFAILED/);
});

it('a template is made, changed in another browser, and removed', async () => {
  const page = await settings('templates');
  await button(page, 'New template').click();
  await page.getByLabel('Name', { exact: true }).fill('Thanks');
  await page.getByLabel('Subject (optional)').fill('Thank you');
  await page.locator('.rich-text-field[contenteditable=true]').click();
  await page.keyboard.type('Thank you for your letter.');
  await button(page, 'Save').click();
  await button(page, 'Edit Thanks').waitFor();

  const other = await settings('templates');
  await button(other, 'Edit Thanks').click();
  await other.locator('.rich-text-field[contenteditable=true]').getByText('Thank you for your letter.').waitFor();
  await other.getByLabel('Name', { exact: true }).fill('Many thanks');
  await button(other, 'Save').click();
  await button(page, 'Edit Many thanks').waitFor();
  await item(page, 'Many thanks').getByRole('button', { name: 'Remove' }).click();
  await inDialog(page, 'Remove').click();
  await page.getByText('There are no templates yet.').waitFor();
  await other.getByText('There are no templates yet.').waitFor();
});

/** RFC 4648 section 6. */
function bytesOf(secret: string): Uint8Array {
  const bits = [...secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0'));
  return Uint8Array.from(bits.join('').match(/.{8}/g)!, (byte) => Number.parseInt(byte, 2));
}
