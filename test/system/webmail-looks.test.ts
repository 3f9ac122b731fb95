/** How the webmail makes room: lists that keep what is looked at, wide messages on narrow screens, the foot of phones. */
import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { openWebmail } from '../support/webmail.ts';
import { letter, seedMail } from '../support/webmail-mail.ts';

const webmail = openWebmail();
const rows = (page: Page) => page.locator('[role=row]:not([aria-busy])');
const subjects = (page: Page) => rows(page).locator('.subject').allTextContents();

const WIDE = `<table width="100%"><tr><td><table width="600" style="min-width: 600px"><tr><td style="width: 600px">
<p>A letter as wide as a desk, with a picture: <img width="580" height="20" alt="of a desk"></p></td></tr></table></td></tr></table>`;

beforeAll(async () => {
  const from = 'News <news@lists.example>';
  const type = 'text/html; charset=utf-8';
  const raw = letter({ from, subject: 'As wide as a desk', id: 'wide', age: 0.1, type, body: WIDE });
  await seedMail(await webmail.jmap(), [{ mailbox: 'Inbox', age: 0.1, raw }]);
});

it('keeps what was read in a list of what is unread, until that is left', async () => {
  const page = await webmail.open();
  await page.getByRole('button', { name: /^Filter/ }).click();
  await page.locator('.menu-item', { hasText: 'Unread' }).click();
  let before: readonly string[] = [];
  const isFiltered = async () => {
    before = await subjects(page);
    return before.includes('Figures of the quarter') && !before.includes('As wide as a desk');
  };
  await expect.poll(isFiltered).toBe(true);
  expect(before.length).toBeGreaterThan(3);
  const jmap = await webmail.jmap();
  const unread = async () => (await jmap.call('Email/query', { filter: { notKeyword: '$seen' } })).ids.length;
  const wasUnread = await unread();

  await rows(page).filter({ hasText: 'Figures of the quarter' }).click();
  await page.locator('.message').getByText('The figures are attached.').waitFor();
  await expect.poll(unread).toBe(wasUnread - 1);
  // What another one sends has the list read again: the new one is there, and the one that was read still is.
  const raw = letter({ from: 'Pete <pete@silly.example>', subject: 'Just now', id: 'now', age: 0, body: 'Now.' });
  await seedMail(jmap, [{ mailbox: 'Inbox', seen: false, age: 0, raw }]);
  await expect.poll(() => subjects(page)).toContain('Just now');
  expect(await subjects(page)).toEqual(['Just now', ...before]);

  await page.getByRole('navigation').getByRole('link', { name: 'Travel' }).click();
  await rows(page).filter({ hasText: 'Travel 1' }).waitFor();
  await page
    .getByRole('navigation')
    .getByRole('link', { name: /^Inbox/ })
    .click();
  await rows(page).filter({ hasText: 'Figures of the quarter' }).waitFor();
  await page.getByRole('button', { name: /^Filter/ }).click();
  await page.locator('.menu-item', { hasText: 'Unread' }).click();
  await expect.poll(() => subjects(page)).toEqual(['Just now', ...before.slice(1)]);
});

it('fits a message of 600 pixels into a phone, and lays it out anew where the window grows', async () => {
  const page = await webmail.open({ viewport: 'phone' });
  await rows(page).filter({ hasText: 'As wide as a desk' }).click();
  const frame = page.frameLocator('article iframe');
  const table = frame.locator('table table');
  await table.waitFor();
  const width = async () => (await table.boundingBox())!.width;
  await expect.poll(width).toBeLessThanOrEqual(340);
  await page.setViewportSize({ width: 1400, height: 900 });
  await expect.poll(width).toBeGreaterThanOrEqual(600);
});

it('has the tabs of phones in contacts, too, and comes to the folders from there', async () => {
  const page = await webmail.open({ viewport: 'phone', path: '/contacts' });
  const tabs = page.getByRole('navigation', { name: 'Parts' });
  expect(await tabs.getByRole('link', { name: 'Contacts' }).getAttribute('aria-current')).toBe('page');
  await tabs.getByRole('button', { name: 'Folders' }).click();
  await page.getByRole('navigation', { name: 'Folders' }).getByRole('link', { name: 'Travel' }).click();
  await rows(page).filter({ hasText: 'Travel 1' }).waitFor();
  await tabs.getByRole('link', { name: 'Contacts' }).click();
  await page.getByLabel('Search contacts').waitFor();
});

it('offers to select everything where all on the screen is selected, and moves no row for less', async () => {
  const page = await webmail.open();
  const top = async () => (await rows(page).nth(2).boundingBox())!.y;
  const before = await top();
  await rows(page).nth(1).getByRole('checkbox').click();
  await page.getByRole('toolbar', { name: '1 selected' }).waitFor();
  expect(await top()).toBe(before);
  expect(await page.getByRole('button', { name: /^Select all \d/ }).count()).toBe(0);
  await page.getByRole('checkbox', { name: 'Select all on the screen' }).click();
  await page.getByRole('checkbox', { name: 'Select all on the screen' }).click();
  await page.getByRole('button', { name: /^Select all \d/ }).waitFor();
});
