/** Folders and lists of the webmail, in Chromium: IM-13, and what is done to one message or to two thousand. */
import { ImapFlow } from 'imapflow';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import type { JmapClient } from '../support/jmap-client.ts';
import { ALICE, BOB, openWebmail } from '../support/webmail.ts';

const webmail = openWebmail();

const rows = (page: Page) => page.locator('.scroller [role=row]:not([aria-busy])');
const subjects = (page: Page) => page.locator('.scroller .subject').allTextContents();
const menu = (page: Page, name: string) => page.getByRole('menu').getByText(name, { exact: true });
const count = (page: Page) => page.getByRole('grid').getAttribute('aria-rowcount');
const folder = (page: Page, name: string) =>
  page.getByRole('navigation', { name: 'Folders' }).getByTitle(name, { exact: true });

async function has(page: Page, total: number): Promise<void> {
  await page.locator(`[role=grid][aria-rowcount="${total}"]`).waitFor();
}

async function mailboxOf(jmap: JmapClient, role: string): Promise<string> {
  const { ids } = await jmap.call('Mailbox/query', { filter: { role } });
  return ids[0];
}

/** Puts small messages into a mailbox, the first of them the newest. */
async function fill(jmap: JmapClient, mailbox: string, names: readonly string[], keywords = {}): Promise<void> {
  const BATCH = 250;
  for (let from = 0; from < names.length; from += BATCH) {
    const batch = names.slice(from, from + BATCH);
    const { created } = await jmap.call('Blob/upload', {
      create: Object.fromEntries(
        batch.map((name, index) => [
          `b${index}`,
          {
            data: [
              {
                'data:asText': `From: Mary Smith <mary@example.net>\r\nTo: ${ALICE}\r\nSubject: ${name}\r\nMessage-ID: <${name.replaceAll(' ', '.')}@machine.example>\r\n\r\n${name}\r\n`,
              },
            ],
          },
        ]),
      ),
    });
    const { notCreated } = await jmap.call('Email/import', {
      emails: Object.fromEntries(
        batch.map((_, index) => [
          `m${index}`,
          { blobId: created[`b${index}`].id, mailboxIds: { [mailbox]: true }, keywords },
        ]),
      ),
    });
    expect(notCreated ?? {}).toEqual({});
  }
}

it('IM-13 sorts by every column, and turns round', async () => {
  const page = await webmail.open();
  const jmap = await webmail.jmap();
  const sort = async (name: string) => {
    const before = await subjects(page);
    await page.getByRole('button', { name: 'Sort and density' }).click();
    await menu(page, name).click();
    await rows(page).nth(9).waitFor();
    await expect
      .poll(async () => {
        const now = await subjects(page);
        return now.length >= 10 && now.join() !== before.join();
      })
      .toBe(true);
    return subjects(page);
  };
  const byDate = await subjects(page);
  const inbox = await mailboxOf(jmap, 'inbox');
  const { ids } = await jmap.call('Email/query', { filter: { inMailbox: inbox }, collapseThreads: true });
  const { list } = await jmap.call('Email/get', { ids, properties: ['subject', 'size', 'keywords', 'receivedAt'] });
  const bySize = [...list].sort((a, b) => b.size - a.size);
  expect((await sort('Size'))[0]).toBe(bySize[0].subject || '(no subject)');
  expect((await sort('Size'))[0]).toBe(bySize.at(-1).subject || '(no subject)');
  const senders = () => page.locator('.scroller .sender bdi').allTextContents();
  await sort('Sender');
  const up = await senders();
  expect(up.filter((name) => /^[A-Z]/.test(name))).toEqual(
    up.filter((name) => /^[A-Z]/.test(name)).toSorted((a, b) => a.toUpperCase().localeCompare(b.toUpperCase())),
  );
  await sort('Subject');
  await sort('Starred first');
  await expect.poll(() => rows(page).first().locator('.starred').count()).toBe(1);
  await sort('Unread first');
  await expect.poll(() => rows(page).first().getAttribute('class')).toContain('unread');
  expect(await sort('Date')).toEqual(byDate);
});

it('shows what is unread, starred or has attachments only', async () => {
  const page = await webmail.open();
  const total = Number(await count(page));
  const filter = async (name: string) => {
    await page.getByRole('button', { name: /^Filter/ }).click();
    await menu(page, name).click();
  };
  await filter('With attachments');
  await expect.poll(() => count(page)).not.toBe(String(total));
  await expect.poll(() => subjects(page)).toContain('Figures of the quarter');
  const withClip = page.locator('.row [aria-label="Has attachments"]');
  await expect.poll(async () => (await rows(page).count()) - (await withClip.count())).toBe(0);
  await filter('Everything');
  await has(page, total);
  await filter('Starred');
  await expect.poll(() => count(page)).not.toBe(String(total));
  await expect.poll(async () => (await rows(page).count()) - (await page.locator('.row .starred').count())).toBe(0);
});

it('IM-13 makes folders that IMAP has too; nests, renames, hides and deletes them, and takes it back', async () => {
  const page = await webmail.open();
  const imap = new ImapFlow({
    host: '127.0.0.1',
    port: webmail.system.port('imap'),
    secure: false,
    doSTARTTLS: false,
    auth: { user: ALICE, pass: webmail.password(ALICE) },
    logger: false,
  });
  await imap.connect();
  const paths = async () => (await imap.list()).map(({ path }) => path);
  const inGarden = async () => {
    const status = await imap.status('Travel/Garden', { messages: true });
    return status === false ? undefined : status.messages;
  };
  try {
    const name = async (button: string, text: string) => {
      await page.getByRole('dialog').getByRole('textbox').fill(text);
      await page.getByRole('dialog').getByRole('button', { name: button, exact: true }).click();
    };
    const act = async (of: string, item: string) => {
      await folder(page, of).click({ button: 'right' });
      await menu(page, item).click();
    };
    await page.getByRole('button', { name: 'New folder' }).click();
    await name('Create', 'Garden');
    await folder(page, 'Garden').waitFor();
    expect(await paths()).toContain('Garden');

    await act('Garden', 'Move folder…');
    await page.getByRole('combobox', { name: 'Move folder…' }).fill('Projects');
    await page.keyboard.press('Enter');
    await expect.poll(paths).toContain('Projects/Garden');

    await act('Garden', 'Rename');
    await name('Rename', 'Vegetables');
    await expect.poll(paths).toContain('Projects/Vegetables');
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(paths).toContain('Projects/Garden');

    await folder(page, 'Garden').dragTo(folder(page, 'Travel'));
    await expect.poll(paths).toContain('Travel/Garden');
    await page.getByRole('button', { name: 'Close Travel' }).click();
    await expect.poll(() => folder(page, 'Garden').count()).toBe(0);
    await page.getByRole('button', { name: 'Open Travel' }).click();

    await rows(page).filter({ hasText: 'Note 9' }).first().dragTo(folder(page, 'Garden'));
    await expect.poll(inGarden).toBe(1);
    await act('Garden', 'Hide');
    await expect.poll(() => folder(page, 'Garden').count()).toBe(0);
    await page.getByRole('button', { name: 'Undo' }).click();

    await act('Garden', 'Delete folder');
    await expect.poll(() => page.getByRole('dialog').textContent()).toContain('the 1 message in it');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete folder' }).click();
    await expect.poll(paths).not.toContain('Travel/Garden');
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(paths).toContain('Travel/Garden');
    await expect.poll(inGarden).toBe(1);
  } finally {
    await imap.logout();
  }
});

it('chooses all of 2,000 messages at the server, moves them, shows how far it is, and takes it back', async () => {
  const jmap = await webmail.jmap(BOB);
  const inbox = await mailboxOf(jmap, 'inbox');
  await fill(
    jmap,
    inbox,
    Array.from({ length: 2_000 }, (_, index) => `Letter ${index}`),
  );
  const page = await webmail.open({ as: BOB });
  const total = Number(await count(page));
  await page.getByRole('checkbox', { name: 'Select all on the screen' }).click();
  await page.getByRole('button', { name: `Select all ${total.toLocaleString('en')}` }).click();
  await page.getByRole('toolbar').getByRole('button', { name: 'Archive' }).click();
  await page.getByRole('progressbar').waitFor();
  await has(page, 0);
  const kept = async (role: string) =>
    (await jmap.call('Mailbox/get', { ids: [await mailboxOf(jmap, role)] })).list[0].totalEmails;
  expect(await kept('archive')).toBe(total);
  await page.getByRole('button', { name: 'Undo' }).click();
  await has(page, total);
  expect(await kept('archive')).toBe(0);
}, 120_000);

it('stays where it is when mail comes, and says so, within a second', async () => {
  const jmap = await webmail.jmap();
  const inbox = await mailboxOf(jmap, 'inbox');
  const page = await webmail.open();
  const unread = Number(/\((\d+)\)/.exec(await page.title())?.[1] ?? 0);
  // The stream of changes is open when the first of them has come.
  await fill(jmap, inbox, ['Push is on']);
  await page.getByText('Push is on').first().waitFor();

  const begun = performance.now();
  await fill(jmap, inbox, ['A letter just now']);
  const sent = performance.now();
  await rows(page).filter({ hasText: 'A letter just now' }).first().waitFor();
  expect(performance.now() - sent, `it was sent in ${sent - begun} ms`).toBeLessThan(1_000);
  await page.getByText('New message from Mary Smith: A letter just now').waitFor({ state: 'attached' });
  await expect.poll(() => page.title()).toMatch(new RegExp(`^\\(${unread + 2}\\) Inbox`));

  const scroller = page.locator('.scroller');
  await scroller.evaluate((box) => {
    (box as unknown as { scrollTop: number }).scrollTop = 640;
  });
  const row = rows(page).filter({ hasText: 'Note 10 ' });
  await row.waitFor();
  const before = (await row.boundingBox())!.y;
  const had = Number(await count(page));
  await fill(jmap, inbox, ['Above what is read']);
  await has(page, had + 1);
  await expect.poll(async () => Math.abs((await row.boundingBox())!.y - before)).toBeLessThan(2);
});

it('is used by keys alone: read, archive, take back, choose, star, go, find', async () => {
  const page = await webmail.open({ keyboardOnly: true });
  const total = Number(await count(page));
  const focused = () =>
    page.evaluate(() =>
      (
        globalThis as never as { document: { activeElement: { getAttribute(name: string): string | null } } }
      ).document.activeElement.getAttribute('aria-rowindex'),
    );
  await page.keyboard.press('j');
  await expect.poll(focused).toBe('1');
  await page.keyboard.press('j');
  await expect.poll(focused).toBe('2');
  const [, second, third] = await subjects(page);
  await page.keyboard.press('Enter');
  await expect.poll(() => page.locator('main.reader h2').first().textContent()).toContain(second);
  await page.keyboard.press('u');
  await page.waitForURL(/\/mail\/[^/]+$/);
  await expect.poll(focused).toBe('2');

  await page.keyboard.press('e');
  await has(page, total - 1);
  // The row is gone, the focus is not: it is on the one that took its place.
  await expect.poll(focused).toBe('2');
  expect((await subjects(page))[1]).toBe(third);
  await page.getByText('Archived').waitFor();
  await page.keyboard.press('z');
  await has(page, total);

  await page.keyboard.press('Home');
  await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press('Shift+ArrowDown');
  await page.getByText('3 selected').first().waitFor();
  await page.keyboard.press('Escape');
  await expect.poll(() => page.getByText('3 selected').count()).toBe(0);
  const isStarred = () => rows(page).nth(2).locator('.starred').count();
  const starred = await isStarred();
  await page.keyboard.press('s');
  await expect.poll(isStarred).toBe(1 - starred);
  await page.keyboard.press('s');
  await expect.poll(isStarred).toBe(starred);

  // Far away and back: the focused row is still there.
  await page.keyboard.press('End');
  await expect.poll(focused).toBe(String(total));
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
  await page.keyboard.press('Escape');
  await expect.poll(focused).toBe(String(total));

  await page.keyboard.press('g');
  await page.keyboard.press('s');
  await page.getByRole('heading', { name: 'Sent', level: 1 }).waitFor();
  await page.keyboard.press('Control+k');
  await page.keyboard.type('go to travel');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Travel', level: 1 }).waitFor();
  await page.goBack();
  await page.goBack();
  await has(page, total);
});

it('puts a message off, shows until when, and shows it again at its time', async () => {
  const jmap = await webmail.jmap();
  const inbox = await mailboxOf(jmap, 'inbox');
  await fill(jmap, inbox, ['Not now'], { $seen: true });
  const page = await webmail.open();
  const total = Number(await count(page));
  await rows(page).filter({ hasText: 'Not now' }).hover();
  await page.getByRole('button', { name: 'Snooze' }).click();
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /Tomorrow/ })
    .click();
  await has(page, total - 1);
  await folder(page, 'Snoozed').click();
  const row = rows(page).filter({ hasText: 'Not now' });
  await row.filter({ hasText: /until / }).waitFor();

  const { ids } = await jmap.call('Email/query', { filter: { subject: 'Not now' } });
  const soon = new Date(Date.now() + 2_000).toISOString().replace(/\.\d+/, '');
  const answer = await jmap.call('Email/set', { update: { [ids[0]]: { snoozed: { until: soon } } } });
  expect(answer.notUpdated ?? {}).toEqual({});
  await expect.poll(() => row.count(), { timeout: 15_000 }).toBe(0);
  await folder(page, 'Inbox').click();
  await has(page, total);
  await expect.poll(() => row.getAttribute('class')).toContain('unread');
});

it('draws rows aside on a phone, with the folders and the rest at its foot', async () => {
  const page = await webmail.open({ viewport: 'phone' });
  const total = Number(await count(page));
  const box = (await rows(page).nth(1).boundingBox())!;
  const touch = await page.context().newCDPSession(page);
  const at = (x: number) => [{ x, y: box.y + box.height / 2 }];
  await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: at(300) });
  for (const x of [260, 200, 140, 80])
    await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: at(x) });
  await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await page.getByText('Moved to Trash').waitFor();
  await has(page, total - 1);
  await page.getByRole('button', { name: 'Undo' }).click();
  await has(page, total);
  await page.getByRole('button', { name: 'Folders' }).click();
  await folder(page, 'Travel').click();
  await page.getByRole('heading', { name: 'Travel', level: 1 }).waitFor();
  await rows(page).first().click();
  await page.locator('main.reader h2').first().waitFor();
});
