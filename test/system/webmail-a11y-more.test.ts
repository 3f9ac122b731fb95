/** WCAG 2.2 AA, as far as a machine can see it, on what one comes to seldom; and where the focus goes in the settings of a phone. */
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { ALICE, openWebmail } from '../support/webmail.ts';
import { look } from '../support/webmail-axe.ts';

const webmail = openWebmail();

/** What has the focus. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const { document } = globalThis as unknown as { document: { activeElement: { textContent: string } | null } };
    return document.activeElement?.textContent?.trim();
  });

it('has no serious finding in the list of what is to be sent', async () => {
  const jmap = await webmail.jmap();
  const { ids } = await jmap.call('Mailbox/query', { filter: { role: 'drafts' } });
  const email = {
    ...{ mailboxIds: { [ids[0]]: true }, keywords: { $draft: true }, subject: 'For tomorrow' },
    ...{ from: [{ email: ALICE }], to: [{ email: 'jdoe@machine.example' }] },
    ...{ bodyStructure: { type: 'text/plain', partId: 't' }, bodyValues: { t: { value: 'Hello.' } } },
  };
  const { created } = await jmap.call('Email/set', { create: { e: email } });
  const envelope = {
    mailFrom: { email: ALICE, parameters: { HOLDFOR: '86400' } },
    rcptTo: [{ email: 'jdoe@machine.example' }],
  };
  const submission = { identityId: 'default', emailId: created.e.id, envelope };
  expect((await jmap.call('EmailSubmission/set', { create: { s: submission } })).notCreated ?? {}).toEqual({});
  const page = await webmail.open();
  await page.getByTitle('Scheduled', { exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('For tomorrow').waitFor();
  expect(await look(page, 'scheduled')).toEqual([]);
});

it('has no serious finding where contacts are brought and merged', async () => {
  const jmap = await webmail.jmap();
  const [book] = (await jmap.call('AddressBook/get')).list;
  const card = (full: string) => ({
    ...{ '@type': 'Card', version: '1.0', name: { full }, emails: { e: { address: 'jdoe@machine.example' } } },
    addressBookIds: { [book.id]: true },
  });
  await jmap.call('ContactCard/set', { create: { a: card('John Doe'), b: card('Johnny Doe') } });
  const page = await webmail.open({ path: '/contacts?in=duplicates' });
  await page.locator('.pair').waitFor();
  const found = [...(await look(page, 'duplicates'))];

  await page.goto(`${webmail.origin}/contacts?in=import`);
  await page.getByText('Choose a file').waitFor();
  found.push(...(await look(page, 'import')));
  const csv = 'Name,E-mail Address\r\nMary Smith,mary@example.net\r\nPete,not an address\r\n';
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
  await page.getByRole('button', { name: 'Import 1 contact' }).waitFor();
  found.push(...(await look(page, 'import, with a file')));
  expect(found).toEqual([]);
});

it('has no serious finding where notifications are allowed and turned on', async () => {
  const page = await webmail.open({ path: '/settings/about' });
  await page.context().grantPermissions(['notifications'], { origin: webmail.origin });
  await page.goto(`${webmail.origin}/settings/notifications`);
  await page.getByRole('button', { name: 'Tell me while the webmail is closed' }).waitFor();
  expect(await look(page, 'notifications')).toEqual([]);
});

it('keeps the focus where one is, in the settings of a phone, and goes back step by step', async () => {
  const page = await webmail.open({ viewport: 'phone' });
  await page.goto(`${webmail.origin}/settings`);
  const link = page.getByRole('link', { name: 'Privacy' });
  await link.focus();
  await page.keyboard.press('Enter');
  const heading = page.getByRole('heading', { name: 'Privacy', level: 1 });
  await heading.waitFor();
  await expect.poll(() => focused(page)).toBe('Privacy');
  // From the heading on, one thing after the other, as they stand.
  await page.keyboard.press('Tab');
  expect(
    await page.evaluate('document.activeElement.closest("main") !== null && document.activeElement.tagName'),
  ).toMatch(/SELECT|INPUT/);
  await page.goBack();
  await link.waitFor();
  await expect.poll(() => focused(page)).toBe('Privacy');
  await page.goForward();
  await heading.waitFor();
  await page.getByRole('link', { name: 'All settings' }).click();
  await link.waitFor();
  await expect.poll(() => focused(page)).toBe('Privacy');
  // Escape leaves a dialog, and its button has the focus again.
  await page.goto(`${webmail.origin}/settings/security`);
  const make = page.getByRole('button', { name: 'Make an app password' });
  await make.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await expect.poll(() => focused(page)).toBe('Make an app password');
});
