/** The webmail for everybody: WCAG 2.2 AA as far as a machine can see it, on every screen; everything by keyboard. */
import { expect, it } from 'vitest';
import { BOB, openWebmail } from '../support/webmail.ts';
import { isWide, look } from '../support/webmail-axe.ts';

const webmail = openWebmail();
/** What of a page is used here: the project is checked without a browser's names. */
interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}
interface Shown {
  readonly outerHTML: string;
  getBoundingClientRect(): Box;
  contains(other: Shown): boolean;
}
interface Pages {
  readonly documentElement: { readonly dir: string };
  readonly activeElement: Shown | null;
  readonly body: Shown;
  elementFromPoint(x: number, y: number): Shown | null;
  getAnimations(): readonly unknown[];
}

it('has no serious finding at the doors', async () => {
  const page = await webmail.open({ as: null });
  const found: string[] = [];
  for (const path of ['/', '/sign-up', '/reset']) {
    await page.goto(webmail.origin + path);
    await page.locator('h1').first().waitFor();
    found.push(...(await look(page, path)));
  }
  expect(found).toEqual([]);
});

it('has no serious finding where mail is read, searched and written', async () => {
  const page = await webmail.open();
  const found = [...(await look(page, 'list'))];
  await page.getByRole('row').filter({ hasText: 'Lunch on Friday?' }).first().click();
  await page.getByText('I have a table for us.').first().waitFor();
  found.push(...(await look(page, 'reader')));
  await page.keyboard.press('?');
  await page.getByRole('dialog').waitFor();
  found.push(...(await look(page, 'keys')));
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').waitFor();
  found.push(...(await look(page, 'palette')));
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await page.keyboard.press('c');
  await page.getByLabel('Subject').waitFor();
  found.push(...(await look(page, 'compose')));
  await page.goto(`${webmail.origin}/search?q=letters`);
  await page.getByRole('row').first().waitFor();
  found.push(...(await look(page, 'search')));
  expect(found).toEqual([]);
});

it('has no serious finding where folders are shared', async () => {
  const bob = await webmail.jmap(BOB);
  const { ids } = await bob.call('Mailbox/query', { filter: { role: 'inbox' } });
  const rights = { mayReadItems: true, maySetSeen: true };
  await bob.call('Mailbox/set', { update: { [ids[0]]: { 'shareWith/anyone': rights } } });
  const page = await webmail.open();
  await page.getByRole('region', { name: 'Shared with me' }).getByRole('link', { name: 'Inbox' }).waitFor();
  const found = [...(await look(page, 'shared'))];
  await page.locator('.folders').getByTitle('Travel', { exact: true }).click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Share…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Share Travel' });
  await dialog.getByRole('combobox', { name: 'Share with' }).fill('bob');
  await page.getByRole('option', { name: BOB }).waitFor();
  found.push(...(await look(page, 'people')));
  await page.keyboard.press('Enter');
  await dialog.getByRole('combobox', { name: `What ${BOB} may do` }).waitFor();
  found.push(...(await look(page, 'share')));
  expect(found).toEqual([]);
});

it('has no serious finding in contacts', async () => {
  const page = await webmail.open({ path: '/contacts' });
  await page.getByRole('heading').first().waitFor();
  const found = [...(await look(page, 'contacts'))];
  await page.goto(`${webmail.origin}/contacts/new`);
  await page.getByRole('textbox').first().waitFor();
  found.push(...(await look(page, 'contact')));
  expect(found).toEqual([]);
});

const SECTIONS = [
  'account',
  'security',
  'devices',
  'appearance',
  'identities',
  'templates',
  'dictionary',
  'away',
  'notifications',
  'mail-files',
  'privacy',
  'keyboard',
  'help',
  'about',
];

it('has no serious finding in the settings', async () => {
  const page = await webmail.open({ path: '/settings' });
  const found: string[] = [];
  for (const section of SECTIONS) {
    await page.goto(`${webmail.origin}/settings/${section}`);
    await page.getByRole('main').getByRole('heading').first().waitFor();
    found.push(...(await look(page, section)));
  }
  expect(found).toEqual([]);
});

it('can be read at 400 % of 1280 pixels without scrolling in two directions (1.4.10)', async () => {
  const page = await webmail.open({ viewport: { width: 320, height: 256 } });
  const wide: string[] = [];
  for (const path of ['/', '/contacts', '/settings/account', '/settings/security']) {
    await page.goto(webmail.origin + path);
    await page.locator('main:visible, nav:visible').first().waitFor();
    if (await isWide(page)) wide.push(path);
  }
  expect(wide).toEqual([]);
});

it('can do everything by keyboard: read, archive, undo, move, write, send, search, settings', async () => {
  const page = await webmail.open({ keyboardOnly: true });
  const { keyboard } = page;
  const rows = page.locator('[role=row]:not([aria-busy])');
  const first = rows.filter({ hasText: 'Figures of the quarter' });
  await keyboard.press('j');
  await keyboard.press('Enter');
  await page.getByText('The figures are attached.').first().waitFor();
  await keyboard.press('e');
  await first.waitFor({ state: 'detached' });
  await page.getByText('Archived').first().waitFor();
  await keyboard.press('z');
  await first.first().waitFor();

  await keyboard.press('c');
  await page.getByLabel('Subject').waitFor();
  await keyboard.type(`${BOB},`);
  await page.getByLabel('Subject').focus();
  await keyboard.type('By keyboard alone');
  await keyboard.press('Tab');
  await keyboard.type('No pointer was used.');
  await keyboard.press('Control+Enter');
  await page
    .getByText(/Message sent|Sending/)
    .first()
    .waitFor();
  const bob = await webmail.jmap(BOB);
  await expect
    .poll(async () => (await bob.call('Email/query', { filter: { subject: 'By keyboard alone' } })).ids.length, {
      timeout: 30_000,
    })
    .toBe(1);

  await keyboard.press('/');
  await keyboard.type('pete');
  await keyboard.press('Enter');
  await rows.filter({ hasText: 'Pete' }).first().waitFor();
});

it('shows where the focus is, and hides it under nothing (2.4.7, 2.4.11)', async () => {
  const page = await webmail.open();
  const hidden: string[] = [];
  const STOPS = 40;
  for (let stop = 0; stop < STOPS; stop++) {
    await page.keyboard.press('Tab');
    const what = await page.evaluate(() => {
      const { document } = globalThis as unknown as { document: Pages };
      const one = document.activeElement;
      if (one === null || one === document.body) return undefined;
      const { left, top, width, height } = one.getBoundingClientRect();
      const at = document.elementFromPoint(left + width / 2, top + height / 2);
      const isSeen = at !== null && (one.contains(at) || at.contains(one));
      return isSeen ? undefined : one.outerHTML.slice(0, 120);
    });
    if (what !== undefined) hidden.push(what);
  }
  expect(hidden).toEqual([]);
});

it('mirrors itself in Arabic, and moves nothing where less motion is asked for', async () => {
  const page = await webmail.open({ locale: 'ar' });
  expect(await page.evaluate(() => (globalThis as unknown as { document: Pages }).document.documentElement.dir)).toBe(
    'rtl',
  );
  const list = (await page.locator('#list').boundingBox())!;
  const rail = (await page.getByRole('navigation').first().boundingBox())!;
  expect(rail.x).toBeGreaterThan(list.x);
  await page.keyboard.press('j');
  const running = await page.evaluate(
    () => (globalThis as unknown as { document: Pages }).document.getAnimations().length,
  );
  expect(running).toBe(0);
});
