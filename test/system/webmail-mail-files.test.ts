/** Messages out of files and into files, in Chromium: what other programs have written, and what they read again. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Json } from '../support/jmap.ts';
import type { JmapClient } from '../support/jmap-client.ts';
import { python } from '../support/python.ts';
import { ALICE, openWebmail } from '../support/webmail.ts';

const webmail = openWebmail();
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mail-files-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const MANY = 150;

/** An mbox as Python writes it: every third message was read, every tenth is flagged. */
async function writeMbox(name: string, count: number): Promise<string> {
  const path = join(folder, name);
  await python(
    `
import mailbox, time
box = mailbox.mbox(given['path'])
for n in range(given['count']):
    one = mailbox.mboxMessage('From: mary@example.net\\nTo: ${ALICE}\\nMessage-ID: <%s.%d@machine.example>\\nSubject: Kept %d\\n\\nFrom the %d.\\n\\nFrom it on.\\n' % (given['name'], n, n, n))
    one.set_flags(('RO' if n % 3 == 0 else 'O') + ('F' if n % 10 == 0 else ''))
    one.set_from('mary@example.net', time.gmtime(1500000000 + n))
    box.add(one)
box.flush()
`,
    { path, count, name },
  );
  return path;
}

async function newFolder(jmap: JmapClient, name: string): Promise<string> {
  const { created } = await jmap.call('Mailbox/set', { create: { m: { name, isSubscribed: true } } });
  return created.m.id;
}

async function emailsIn(jmap: JmapClient, mailbox: string): Promise<ReadonlyMap<string, Json>> {
  const { ids } = await jmap.call('Email/query', {
    filter: { inMailbox: mailbox },
    sort: [{ property: 'receivedAt', isAscending: true }],
    limit: 1_000,
  });
  const { list } = await jmap.call('Email/get', { ids, properties: ['subject', 'keywords', 'receivedAt', 'size'] });
  return new Map(list.map((one: Json) => [one.subject, one] as const));
}

async function settings(options: { readonly picks?: boolean; readonly allow?: readonly RegExp[] } = {}): Promise<Page> {
  const page = await webmail.open({ path: '/settings/about', allow: options.allow ?? [] });
  // A dialog of the browser cannot be answered by a test: without it the page downloads.
  if (!options.picks) await page.addInitScript(() => Reflect.deleteProperty(globalThis, 'showSaveFilePicker'));
  await page.goto(`${webmail.origin}/settings/mail-files`);
  return page;
}

const importing = (page: Page) => page.getByRole('region', { name: 'Import' });
const exporting = (page: Page) => page.getByRole('region', { name: 'Export' });

async function choose(page: Page, files: string | readonly string[], into: string): Promise<void> {
  await importing(page).getByRole('combobox', { name: 'Into the folder' }).selectOption({ label: into });
  await importing(page)
    .locator('input[type=file]')
    .setInputFiles(files as string);
  await importing(page).getByRole('button', { name: 'Import', exact: true }).click();
}

it('imports an mbox with its dates and flags, nothing twice, and says what it could not take', async () => {
  const jmap = await webmail.jmap();
  const mailbox = await newFolder(jmap, 'Kept');
  const mbox = await writeMbox('kept', MANY);
  const eml = join(folder, 'single.eml');
  writeFileSync(eml, 'From: john@example.net\nSubject: Alone\nMessage-ID: <alone@machine.example>\n\nby itself\n');
  const none = join(folder, 'picture.mbox');
  writeFileSync(none, Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]));
  const page = await settings();
  await choose(page, [mbox, eml, none], 'Kept');
  await importing(page)
    .getByText(`${MANY + 1} messages imported.`)
    .waitFor();
  await importing(page).getByText('It is neither an mbox nor a message.').waitFor();
  await expect(importing(page).getByText('picture.mbox').textContent()).resolves.toBe('picture.mbox');
  const found = await emailsIn(jmap, mailbox);
  expect(found.size).toBe(MANY + 1);
  expect(found.get('Kept 30')).toMatchObject({
    receivedAt: new Date((1_500_000_000 + 30) * 1_000).toISOString().replace('.000', ''),
    keywords: { $seen: true, $flagged: true },
  });
  expect(found.get('Kept 31').keywords).toEqual({});
  expect(found.get('Alone').keywords).toEqual({ $seen: true });

  await choose(page, [mbox, eml], 'Kept');
  await importing(page).getByText('0 messages imported.').waitFor();
  await importing(page)
    .getByText(`${MANY + 1} were there already.`)
    .waitFor();
  expect((await emailsIn(jmap, mailbox)).size).toBe(MANY + 1);
});

it('exports a folder that Python reads, and imports it again as it was', async () => {
  const jmap = await webmail.jmap();
  const from = await newFolder(jmap, 'Old');
  const to = await newFolder(jmap, 'New');
  const mbox = await writeMbox('old', 60);
  const page = await settings();
  await choose(page, mbox, 'Old');
  await importing(page).getByText('60 messages imported.').waitFor();
  await exporting(page).getByRole('combobox', { name: 'Folder' }).selectOption({ label: 'Old' });
  const coming = page.waitForEvent('download');
  await exporting(page).getByRole('button', { name: 'Export as mbox' }).click();
  const download = await coming;
  expect(download.suggestedFilename()).toBe('Old.mbox');
  const path = join(folder, 'exported.mbox');
  await download.saveAs(path);
  await page.getByText('60 messages exported.').waitFor();
  const read = await python(
    `
import mailbox
box = mailbox.mbox(given['path'])
print(json.dumps([[one['subject'], one.get_flags(), one.get_from(), one.get_payload()] for one in box]))
`,
    { path },
  );
  const all = JSON.parse(read);
  expect(all).toHaveLength(60);
  expect(all[30]).toEqual([
    'Kept 30',
    'ROF',
    'mary@example.net Fri Jul 14 02:40:30 2017',
    '>From the 30.\n\n>From it on.\n',
  ]);
  await choose(page, path, 'New');
  await importing(page).getByText('60 messages imported.').waitFor();
  expect([...(await emailsIn(jmap, to)).values()].map(({ id: _, ...one }) => one)).toEqual(
    [...(await emailsIn(jmap, from)).values()].map(({ id: _, ...one }) => one),
  );
});

it('stops where one says so and goes on from there; a lost line loses nothing, and nothing comes twice', async () => {
  const jmap = await webmail.jmap();
  const mailbox = await newFolder(jmap, 'Slow');
  const mbox = await writeMbox('slow', MANY);
  const page = await settings({ allow: [/net::ERR_FAILED/] });
  // The second batch waits until it is stopped; then it does not get through for a while; then its answer is lost on the way back.
  let uploads = 0;
  let letGo: () => void = () => undefined;
  const waits = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  await page.route('**/jmap/upload/**', async (route) => {
    uploads += 1;
    if (uploads === 2) await waits;
    if (uploads === 1 || uploads > 5) return route.continue();
    return route.abort().catch(() => undefined);
  });
  let isLost = true;
  await page.route('**/jmap/api', async (route) => {
    if (uploads < 6 || !isLost || !route.request().postData()!.includes('Email/import')) return route.continue();
    isLost = false;
    await route.fetch();
    return route.abort();
  });
  await choose(page, mbox, 'Slow');
  await importing(page).getByText('100 messages so far').waitFor();
  await importing(page).getByRole('button', { name: 'Stop' }).click();
  await importing(page).getByText('Stopped. 100 messages imported.').waitFor();
  letGo();
  expect((await emailsIn(jmap, mailbox)).size).toBe(100);

  await importing(page).getByRole('button', { name: 'Go on' }).click();
  await importing(page).getByRole('alert').getByText('The import stands still').waitFor();
  expect((await emailsIn(jmap, mailbox)).size).toBe(100);
  await importing(page).getByRole('button', { name: 'Go on' }).click();
  await importing(page).getByText('100 messages imported. 50 were there already.').waitFor();
  expect(isLost).toBe(false);
  expect((await emailsIn(jmap, mailbox)).size).toBe(MANY);
});

it('writes into the file that one has chosen; stopped, it leaves none', async () => {
  const jmap = await webmail.jmap();
  const page = await settings({ picks: true });
  // The browser's own dialog is for people: here a file of the page's own storage is what was chosen.
  await page.evaluate(() => {
    const here = globalThis as unknown as {
      navigator: { storage: { getDirectory(): Promise<{ getFileHandle(name: string, options: object): unknown }> } };
      showSaveFilePicker: unknown;
    };
    here.showSaveFilePicker = async ({ suggestedName }: { suggestedName: string }) =>
      (await here.navigator.storage.getDirectory()).getFileHandle(suggestedName, { create: true });
  });
  const written = (name: string) =>
    page.evaluate(async (of) => {
      const here = globalThis as unknown as {
        navigator: {
          storage: {
            getDirectory(): Promise<{
              getFileHandle(name: string): Promise<{ getFile(): Promise<{ text(): Promise<string> }> }>;
            }>;
          };
        };
      };
      const handle = await (await here.navigator.storage.getDirectory()).getFileHandle(of);
      return (await handle.getFile()).text();
    }, name);
  const { ids } = await jmap.call('Mailbox/query', { filter: { role: 'inbox' } });
  const { list } = await jmap.call('Mailbox/get', { ids, properties: ['totalEmails'] });
  const total = list[0].totalEmails;
  await exporting(page).getByRole('button', { name: 'Export as mbox' }).click();
  await page.getByText(`${total} messages exported.`).waitFor();
  const text = await written('Inbox.mbox');
  expect(text.match(/^From \S+ \w{3} \w{3} [ \d]\d [\d:]{8} \d{4}$/gm)).toHaveLength(total);

  const slow = await newFolder(jmap, 'Halted');
  for (const subject of ['one', 'two']) {
    const { created } = await jmap.call('Blob/upload', {
      create: { b: { data: [{ 'data:asText': `Subject: ${subject}\r\n\r\n${subject}\r\n` }] } },
    });
    await jmap.call('Email/import', { emails: { m: { blobId: created.b.id, mailboxIds: { [slow]: true } } } });
  }
  await page.route('**/jmap/download/**', () => undefined);
  await exporting(page).getByRole('combobox', { name: 'Folder' }).selectOption({ label: 'Halted' });
  await exporting(page).getByRole('button', { name: 'Export as mbox' }).click();
  await exporting(page).getByRole('button', { name: 'Stop' }).click();
  await page.getByText('Stopped; no file was made.').waitFor();
  expect(await written('Halted.mbox')).toBe('');
});

it('saves one message as it came, and several as an mbox', async () => {
  const page = await webmail.open({ path: '/settings/about' });
  await page.addInitScript(() => Reflect.deleteProperty(globalThis, 'showSaveFilePicker'));
  await page.goto(webmail.origin);
  const row = (subject: string) => page.locator('.scroller [role=row]').filter({ hasText: subject }).first();
  const saved = async (name: string) => {
    await row(name).click({ button: 'right' });
    const coming = page.waitForEvent('download');
    await page.getByRole('menuitem', { name: 'Save as a file' }).click();
    const download = await coming;
    const path = join(folder, 'saved');
    await download.saveAs(path);
    return [download.suggestedFilename(), readFileSync(path, 'utf8')] as const;
  };
  const jmap = await webmail.jmap();
  const { ids } = await jmap.call('Email/query', { filter: { subject: 'Figures of the quarter' } });
  const { list } = await jmap.call('Email/get', { ids, properties: ['size'] });
  const [name, text] = await saved('Figures of the quarter');
  expect(name).toBe('Figures of the quarter.eml');
  expect(Buffer.byteLength(text)).toBe(list[0].size);
  for (const subject of ['Figures of the quarter', 'What is new']) await row(subject).getByRole('checkbox').click();
  const [mbox, both] = await saved('Figures of the quarter');
  expect(mbox).toBe('Messages.mbox');
  expect(both.match(/^From /gm)).toHaveLength(2);
});
