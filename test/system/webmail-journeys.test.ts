/** A day with the webmail, from the door to the end of the session, in Chromium; each area has its own file beside this one. */
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { ALICE, BOB, openWebmail } from '../support/webmail.ts';
import { CSV, INBOX_CONVERSATIONS } from '../support/webmail-mail.ts';

const webmail = openWebmail();

const rows = (page: Page) => page.locator('[role=row]:not([aria-busy])');
const count = (page: Page) => page.getByRole('grid').getAttribute('aria-rowcount');

it('signs in by keyboard, reads, archives, takes back, moves, and finds it there', async () => {
  const page = await webmail.open({ as: null, keyboardOnly: true });
  const { keyboard } = page;
  await page.locator('input[name=name]:focus, input[autocomplete~=username]:focus').waitFor();
  await keyboard.type(ALICE);
  await keyboard.press('Tab');
  await page.locator('input[type=password]').focus();
  await keyboard.type(webmail.password(ALICE));
  await keyboard.press('Enter');
  await rows(page).first().waitFor();
  expect(await count(page)).toBe(String(INBOX_CONVERSATIONS));

  await keyboard.press('j');
  await keyboard.press('j');
  await keyboard.press('Enter');
  await page.getByText('I have a table for us.').first().waitFor();
  const lunch = rows(page).filter({ hasText: 'Lunch on Friday?' });
  await keyboard.press('e');
  await lunch.waitFor({ state: 'detached' });
  await page.getByText('Archived').first().waitFor();
  await keyboard.press('z');
  await lunch.first().waitFor();

  await page.goto(webmail.origin);
  await lunch.first().waitFor();
  await keyboard.press('j');
  await keyboard.press('j');
  const jmap = await webmail.jmap();
  const { list } = await jmap.call('Mailbox/get', { ids: null });
  const travel = list.find(({ name }: { name: string }) => name === 'Travel').id;
  await keyboard.press('v');
  await page.getByRole('dialog').waitFor();
  await keyboard.type('Travel');
  await keyboard.press('Enter');
  await lunch.waitFor({ state: 'detached' });
  await expect
    .poll(async () => (await jmap.call('Email/query', { filter: { inMailbox: travel, subject: 'Lunch' } })).ids.length)
    .toBeGreaterThan(0);
});

it('asks for no more than six things before it asks for mail', async () => {
  const page = await webmail.open();
  const asked = webmail.requests(page).map((url) => new URL(url).pathname);
  // Pictures for the tab and the line that changes come by: nobody waits for them.
  const before = asked.slice(0, asked.indexOf('/jmap/api')).filter((path) => !/^\/icon|^\/jmap\/events/.test(path));
  expect(before.length, before.join(' ')).toBeLessThanOrEqual(6);
});

it('shows the inbox by what was asked for while the page was on its way, and asks for nothing of it again', async () => {
  const page = await webmail.open();
  const queries: string[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/jmap/api') && /"Email\/query"/.test(request.postData() ?? ''))
      queries.push(request.postData()!);
  });
  await page.reload();
  await page.locator('[role=row]:not([aria-busy])').first().waitFor();
  expect(queries.map((one) => one.includes('#inMailbox'))).toEqual([true]);
});

// (A service worker, which there is none of with a certificate that the browser was only told to put up with.)
it('works by HTTPS with its messages in their frame, and downloads a file as it was sent', async () => {
  const page = await webmail.open({ secure: true, allow: [/SSL certificate error occurred when fetching the script/] });
  await rows(page).filter({ hasText: 'What is new in October' }).first().click();
  const frame = page.frameLocator('iframe');
  await frame.getByText('A letter in').waitFor();
  await expect
    .poll(() => frame.locator('img').evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth))
    .toBe(1);

  await rows(page).filter({ hasText: 'Figures of the quarter' }).first().click();
  const coming = page.waitForEvent('download');
  await page
    .getByRole('button', { name: /Download figures\.csv/ })
    .first()
    .click();
  const stream = await (await coming).createReadStream();
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  expect(Buffer.concat(parts).toString()).toBe(CSV);
});

it('shows in one browser what is done in another, and lets nobody in who has signed out', async () => {
  const [one, other] = await Promise.all([webmail.open(), webmail.open({ viewport: 'phone', theme: 'dark' })]);
  const subject = 'Note 3 on the letters of the week';
  const starred = (page: Page) => rows(page).filter({ hasText: subject }).locator('.starred').count();
  expect(await starred(other)).toBe(0);
  const jmap = await webmail.jmap();
  const { ids } = await jmap.call('Email/query', { filter: { subject } });
  await rows(one).filter({ hasText: subject }).first().click();
  await one.getByText('This is note 3.').first().waitFor();
  await one.keyboard.press('s');
  await expect.poll(() => starred(other)).toBe(1);
  await expect
    .poll(async () => (await jmap.call('Email/get', { ids, properties: ['keywords'] })).list[0].keywords.$flagged)
    .toBe(true);

  const bob = await webmail.jmap(BOB);
  expect((await bob.call('Email/query', { filter: { subject } })).ids).toEqual([]);
});

it('offers to load the page again where a part of it does not come', async () => {
  const page = await webmail.open();
  // What Vite's loader tells the page when a file of an older version is gone.
  await page.evaluate(() => (globalThis as unknown as EventTarget).dispatchEvent(new Event('vite:preloadError')));
  await page.getByText('A part of these pages could not be loaded.').waitFor();
  const loaded = page.waitForEvent('load');
  await page.getByRole('button', { name: 'Load now' }).click();
  await loaded;
  await rows(page).first().waitFor();
});
