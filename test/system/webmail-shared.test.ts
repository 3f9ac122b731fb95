/** Folders that people share, in Chromium: seen under their owner's name, read, and used as far as their owner lets one. */
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import type { JmapClient } from '../support/jmap-client.ts';
import { ALICE, BOB, openWebmail } from '../support/webmail.ts';

const webmail = openWebmail();

const rows = (page: Page) => page.locator('.scroller [role=row]:not([aria-busy])');
const row = (page: Page, subject: string) => rows(page).filter({ hasText: subject });
const menu = (page: Page, name: string) => page.getByRole('menu').getByText(name, { exact: true });
const theirs = (page: Page) => page.getByRole('region', { name: 'Shared with me' });
const own = (page: Page, name: string) => page.locator('.folders').getByTitle(name, { exact: true });
const reader = (page: Page) => page.getByRole('main', { name: 'Message' });

async function count(page: Page, total: number): Promise<void> {
  await page.locator(`[role=grid][aria-rowcount="${total}"]`).waitFor();
}

async function folder(jmap: JmapClient, name: string, subjects: readonly string[]): Promise<string> {
  const { created } = await jmap.call('Mailbox/set', { create: { m: { name, isSubscribed: true } } });
  const id = created.m.id;
  for (const subject of subjects) await put(jmap, id, subject);
  return id;
}

async function put(jmap: JmapClient, mailbox: string, subject: string): Promise<void> {
  const text = `From: Mary Smith <mary@example.net>\r\nTo: ${ALICE}\r\nSubject: ${subject}\r\nMessage-ID: <${subject.replaceAll(' ', '.')}@machine.example>\r\n\r\nThe text of ${subject}.\r\n`;
  const { created } = await jmap.call('Blob/upload', { create: { b: { data: [{ 'data:asText': text }] } } });
  const { notCreated } = await jmap.call('Email/import', {
    emails: { m: { blobId: created.b.id, mailboxIds: { [mailbox]: true } } },
  });
  expect(notCreated ?? {}).toEqual({});
}

/** Shares a folder of alice's with bob behind the page. */
async function share(mailbox: string, rights: readonly string[]): Promise<void> {
  const jmap = await webmail.jmap();
  const { ids } = await jmap.call('Principal/query', { filter: { email: BOB } });
  const given = Object.fromEntries(rights.map((one) => [one, true]));
  const { notUpdated } = await jmap.call('Mailbox/set', { update: { [mailbox]: { [`shareWith/${ids[0]}`]: given } } });
  expect(notUpdated ?? {}).toEqual({});
}

const READ = ['mayReadItems', 'maySetSeen'];
const WRITE = [...READ, 'mayAddItems', 'mayRemoveItems', 'maySetKeywords'];

/** Bob's page, with one of the folders that alice shares open. */
async function openTheirs(name: string): Promise<Page> {
  const page = await webmail.open({ as: BOB, path: '/mail' });
  await theirs(page).getByTitle(name, { exact: true }).click();
  await page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
  return page;
}

async function subjectsIn(jmap: JmapClient, mailbox: string): Promise<readonly string[]> {
  const { ids } = await jmap.call('Email/query', { filter: { inMailbox: mailbox } });
  const { list } = await jmap.call('Email/get', { ids, properties: ['subject'] });
  return list.map(({ subject }: { subject: string }) => subject).sort();
}

async function roleOf(jmap: JmapClient, role: string): Promise<string> {
  const { ids } = await jmap.call('Mailbox/query', { filter: { role } });
  return ids[0];
}

it('shares a folder from its menu, changes what somebody may do, and takes it back, live for both', async () => {
  const jmap = await webmail.jmap();
  const mailbox = await folder(jmap, 'Plans', ['Plan one', 'Plan two']);
  const bob = await webmail.open({ as: BOB, path: '/mail' });
  await bob.getByRole('heading', { level: 1, name: 'Inbox' }).waitFor();
  const page = await webmail.open();
  await own(page, 'Plans').click({ button: 'right' });
  await menu(page, 'Share…').click();
  const dialog = page.getByRole('dialog', { name: 'Share Plans' });
  await dialog.getByText('Nobody but you sees this folder.').waitFor();
  await dialog.getByRole('combobox', { name: 'Share with' }).fill('bob');
  await dialog.getByRole('option', { name: BOB }).waitFor();
  await page.keyboard.press('Enter');
  await dialog.getByText(`Shared with ${BOB}`).waitFor();
  await page.locator('.folder-line', { hasText: 'Plans' }).getByRole('img', { name: 'Shared with 1 other' }).waitFor();

  // Bob sees it come under alice's name, with what is unread, and reads; for alice it stays unread.
  await theirs(bob)
    .getByRole('link', { name: /Plans.*2 unread/ })
    .click();
  await count(bob, 2);
  await row(bob, 'Plan one').click();
  await reader(bob).getByRole('heading', { name: 'Plan one' }).waitFor();
  await theirs(bob)
    .getByRole('link', { name: /Plans.*1 unread/ })
    .waitFor();
  const { list } = await jmap.call('Mailbox/get', { ids: [mailbox] });
  expect(list[0].unreadEmails).toBe(2);

  // What comes into it is there at once.
  await put(jmap, mailbox, 'Plan three');
  await row(bob, 'Plan three').waitFor();

  await dialog.getByRole('combobox', { name: `What ${BOB} may do` }).selectOption('write');
  await dialog.getByText(`${BOB}: may read and write`).waitFor();
  await reader(bob).getByRole('button', { name: 'Star', exact: true }).click();
  await expect
    .poll(async () => {
      const { ids } = await jmap.call('Email/query', { filter: { inMailbox: mailbox, hasKeyword: '$flagged' } });
      return ids.length;
    })
    .toBe(1);

  await dialog.getByRole('button', { name: `Stop sharing with ${BOB}` }).click();
  await dialog.getByText('Nobody but you sees this folder.').waitFor();
  await theirs(bob).waitFor({ state: 'detached' });
});

it('offers what may be done and nothing else, and copies into one’s own folders, which can be undone', async () => {
  const mailbox = await folder(await webmail.jmap(), 'Notices', ['Notice one']);
  await share(mailbox, READ);
  const jmap = await webmail.jmap(BOB);
  const archive = await roleOf(jmap, 'archive');
  const page = await openTheirs('Notices');
  await row(page, 'Notice one').click({ button: 'right' });
  await page.getByRole('menu').waitFor();
  const offered = await page.getByRole('menuitem').locator('.menu-label').allTextContents();
  expect(offered).toEqual(
    expect.arrayContaining(['Copy to…', 'Mark as read', 'Save as a file', 'Reply', 'Reply to all', 'Forward']),
  );
  expect(offered).toHaveLength(6);
  await menu(page, 'Copy to…').click();
  await page.getByRole('combobox', { name: 'Copy to…' }).fill('archive');
  await page.getByRole('option', { name: 'Archive', exact: true }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByText('Copied to Archive').waitFor();
  expect(await subjectsIn(jmap, archive)).toEqual(['Notice one']);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(() => subjectsIn(jmap, archive)).toEqual([]);
  await count(page, 1);

  // A folder's menu offers no more than its owner lets.
  await theirs(page).getByTitle('Notices', { exact: true }).click({ button: 'right' });
  await page.getByRole('menu').waitFor();
  expect(await page.getByRole('menuitem').locator('.menu-label').allTextContents()).toEqual(['Export…']);
});

it('moves messages between accounts, within the other one by dragging, and takes both back', async () => {
  const alice = await webmail.jmap();
  const [from, to] = [await folder(alice, 'Open', ['Case one', 'Case two']), await folder(alice, 'Closed', [])];
  await share(from, WRITE);
  await share(to, WRITE);
  const bob = await webmail.jmap(BOB);
  const [inbox, trash] = [await roleOf(bob, 'inbox'), await roleOf(bob, 'trash')];
  await put(bob, inbox, 'Bob’s own case');
  const page = await openTheirs('Open');
  await count(page, 2);
  await row(page, 'Case one').dragTo(theirs(page).getByTitle('Closed', { exact: true }));
  await page.getByText('Moved to Closed').waitFor();
  await expect.poll(() => subjectsIn(alice, to)).toEqual(['Case one']);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(() => subjectsIn(alice, to)).toEqual([]);
  await count(page, 2);

  // There is no Trash of hers for him: it goes to his own, and back.
  await row(page, 'Case two').click();
  await reader(page).getByRole('heading', { name: 'Case two' }).waitFor();
  await reader(page).getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByText('Moved to Trash').waitFor();
  expect([await subjectsIn(alice, from), await subjectsIn(bob, trash)]).toEqual([['Case one'], ['Case two']]);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(() => subjectsIn(alice, from)).toEqual(['Case one', 'Case two']);
  await expect.poll(() => subjectsIn(bob, trash)).toEqual([]);

  await own(page, 'Inbox').click();
  await row(page, 'Bob’s own case').dragTo(theirs(page).getByTitle('Open', { exact: true }));
  await page.getByText('Moved to Open').waitFor();
  expect(await subjectsIn(alice, from)).toContain('Bob’s own case');
  expect(await subjectsIn(bob, inbox)).not.toContain('Bob’s own case');
});

it('opens a shared folder by its address, and passes on its messages with their files', async () => {
  const alice = await webmail.jmap();
  const mailbox = await folder(alice, 'Files', []);
  const text =
    'From: Mary Smith <mary@example.net>\r\nSubject: With a file\r\nMIME-Version: 1.0\r\n' +
    'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nsee there\r\n' +
    '--b\r\nContent-Type: text/csv\r\nContent-Disposition: attachment; filename=figures.csv\r\n\r\n1,2,3\r\n--b--\r\n';
  const { created } = await alice.call('Blob/upload', { create: { b: { data: [{ 'data:asText': text }] } } });
  await alice.call('Email/import', { emails: { m: { blobId: created.b.id, mailboxIds: { [mailbox]: true } } } });
  await share(mailbox, READ);
  const page = await openTheirs('Files');
  await row(page, 'With a file').click();
  await reader(page).getByRole('heading', { name: 'With a file' }).waitFor();
  await page.reload();
  await reader(page).getByRole('heading', { name: 'With a file' }).waitFor();
  await page.getByRole('heading', { level: 1, name: 'Files', exact: true }).waitFor();
  await reader(page).getByRole('button', { name: 'Forward', exact: true }).click();
  const compose = page.getByRole('dialog').filter({ hasText: 'figures.csv' });
  await compose.waitFor();
  await compose.getByRole('combobox', { name: 'To' }).fill(ALICE);
  await page.keyboard.press('Enter');
  await compose.getByRole('button', { name: 'Send', exact: true }).click();
  const bob = await webmail.jmap(BOB);
  const sent = await roleOf(bob, 'sent');
  await expect.poll(() => subjectsIn(bob, sent), { timeout: 10_000 }).toEqual(['Fwd: With a file']);
  const { ids } = await bob.call('Email/query', { filter: { inMailbox: sent } });
  const { list } = await bob.call('Email/get', { ids, properties: ['attachments'] });
  expect(list[0].attachments).toMatchObject([{ name: 'figures.csv', size: 5 }]);
});
