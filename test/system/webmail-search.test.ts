/** Searching mail in the webmail, in Chromium: what is typed, the chips, and what is found. */
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { openWebmail } from '../support/webmail.ts';

const webmail = openWebmail();

const rows = (page: Page) => page.locator('.row:not([aria-busy])');
const box = (page: Page) => page.getByRole('combobox', { name: 'Search mail' });

async function search(page: Page, text: string): Promise<void> {
  await box(page).fill(text);
  await box(page).press('Enter');
  await page.waitForURL((url) => url.searchParams.get('q') === text);
}

it('finds what is typed, marks it, says where it is, and opens it; back comes to the same place', async () => {
  const page = await webmail.open();
  await page.keyboard.press('/');
  expect(await box(page).evaluate((input) => input.ownerDocument.activeElement === input)).toBe(true);
  await search(page, 'figures has:attachment');
  await page.locator('.row mark').first().waitFor();
  expect(await page.locator('.row mark').first().textContent()).toMatch(/figures/i);
  expect(await page.locator('.row-folder').first().textContent()).toBe('Inbox');
  const subjects = await page.locator('.row .subject').allTextContents();
  expect(subjects.join('\n')).toContain('Figures of the quarter');

  await rows(page).first().click();
  await page.waitForURL(/\/search\/[^?]+\?q=figures/);
  await page.goBack();
  await page.waitForURL(/\/search\?q=figures/);
  expect(await page.locator('.row .subject').allTextContents()).toEqual(subjects);
  await page.goBack();
  await page.waitForURL(({ pathname }) => !pathname.startsWith('/search'));
  await page.locator('.row').first().waitFor();
});

it('keeps the text and the chips in step, both ways', async () => {
  const page = await webmail.open({ path: `/search?q=${encodeURIComponent('from:mary letter')}` });
  const chips = page.getByRole('group', { name: 'Narrow the search' });
  await chips.getByRole('button', { name: 'From: mary' }).waitFor();

  await chips.getByRole('button', { name: 'Has attachments' }).click();
  await expect.poll(() => box(page).inputValue()).toBe('from:mary letter has:attachment');
  await chips.getByRole('button', { name: 'Any time' }).click();
  await page.getByRole('button', { name: 'Last month' }).click();
  await expect.poll(() => box(page).inputValue()).toBe('from:mary letter has:attachment newer_than:1m');
  await chips.getByRole('button', { name: 'All folders' }).click();
  await page.getByRole('button', { name: 'Projects', exact: true }).click();
  await expect.poll(() => box(page).inputValue()).toContain('in:Projects');

  await search(page, 'letter in:trash');
  await chips.getByRole('button', { name: 'Trash' }).waitFor();
  expect(await chips.getByRole('button', { name: 'Has attachments' }).getAttribute('aria-pressed')).toBe('false');
});

it('says what it does not understand, and what to try where nothing is found', async () => {
  const page = await webmail.open({ path: '/search?q=zzzzunheardof%20is%3Ablue' });
  await page.getByText('Nothing was found.').waitFor();
  expect(await page.locator('.notice').textContent()).toContain('is:blue');
  await page.getByRole('link', { name: 'Look in Trash and Junk too' }).click();
  await expect.poll(() => box(page).inputValue()).toBe('zzzzunheardof is:blue in:anywhere');
});

it('suggests people, folders and earlier searches, by keyboard alone', async () => {
  const page = await webmail.open({ keyboardOnly: true });
  await page.keyboard.press('/');
  await page.keyboard.type('in:proj');
  const options = page.getByRole('option');
  await options.first().waitFor();
  expect(await options.allTextContents()).toContainEqual(expect.stringContaining('Projects'));
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForURL(/q=in%3AProjects/);
  await rows(page).first().waitFor();

  await box(page).fill('');
  await options.first().waitFor();
  expect(await options.first().textContent()).toContain('in:Projects');
  await page.keyboard.press('Escape');
  await expect.poll(() => options.count()).toBe(0);
});
