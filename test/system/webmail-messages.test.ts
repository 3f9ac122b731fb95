/** More of an opened message in Chromium: leaving lists, words of a search, print, files in files (ME-20). */
import { inflateSync } from 'node:zlib';
import type { FrameLocator, Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { tnef } from '../support/tnef.ts';
import { openWebmail } from '../support/webmail.ts';
import { letter, PNG, parts, type Seeded, seedMail } from '../support/webmail-mail.ts';

const webmail = openWebmail({ mail: false });

const html = (body: string, more: readonly string[] = []) => ({ type: 'text/html; charset=utf-8', body, more });
const ONE_CLICK = 'List-Unsubscribe-Post: List-Unsubscribe=One-Click';
const LINES = 900;

const attached = (type: string, name: string, bytes: string | Uint8Array) =>
  `Content-Type: ${type}; name="${name}"\r\nContent-Disposition: attachment; filename="${name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from(bytes).toString('base64')}`;
const TEXT = 'Content-Type: text/plain\r\n\r\nSee the files.';
const VCARDS = ['Mary Smith:mary@example.net', 'Jane Brown:j-brown@other.example']
  .map((one) => one.split(':') as [string, string])
  .map(([name, address]) => `BEGIN:VCARD\r\nVERSION:3.0\r\nFN:${name}\r\nEMAIL:${address}\r\nEND:VCARD\r\n`)
  .join('');
const WINMAIL = tnef([
  { longName: 'Figures of the quarter.csv', data: Buffer.from('month,letters\r\n') },
  { message: tnef([{ title: 'inner.txt', data: Buffer.from('Inner') }]) },
]);

const LETTERS: readonly (Omit<Parameters<typeof letter>[0], 'from'> & { readonly mailbox?: string })[] = [
  {
    subject: 'Click',
    id: 'click',
    age: 9,
    ...html('<p>News</p>', ['List-Unsubscribe: <mailto:leave@lists.example>, <https://localhost/leave>', ONE_CLICK]),
  },
  {
    subject: 'Page',
    id: 'page',
    age: 8,
    ...html('<p>News</p>', ['List-Unsubscribe: <https://lists.example/leave?x=1>']),
  },
  {
    subject: 'Junk',
    id: 'junk',
    age: 7,
    mailbox: 'Junk',
    ...html('<p>Offers</p>', ['List-Unsubscribe: <https://lists.example/leave>', ONE_CLICK]),
  },
  {
    subject: 'Words',
    id: 'words',
    age: 6,
    ...html(
      `${'<p>A line before.</p>'.repeat(150)}<p>The <b>Kan</b>garoo: kangaroo, KANGAROOS, a pinkangaroo.</p><style>mark { display: none }</style>`,
    ),
  },
  {
    subject: 'Plain words',
    id: 'plain',
    age: 5,
    body: `${'A line before.\r\n'.repeat(150)}A kängaroo and a kangaroo.`,
  },
  { subject: 'Quoted words', id: 'quoted', age: 4, body: 'Yes.\r\n\r\n> Did you see the wombat?' },
  {
    subject: 'Files',
    id: 'files',
    age: 2,
    type: 'multipart/mixed; boundary=m',
    body: parts(
      'm',
      TEXT,
      attached('image/png', 'first.png', Buffer.from(PNG, 'base64')),
      attached('image/gif', 'broken.gif', 'GIF89a and no more'),
      attached('image/png', 'last.png', Buffer.from(PNG, 'base64')),
      attached('application/ms-tnef', 'winmail.dat', WINMAIL),
      attached('application/octet-stream', 'WINMAIL.DAT', WINMAIL.subarray(0, -40)),
      attached('text/vcard', 'people.vcf', VCARDS),
      attached('text/plain; charset=iso-8859-1', 'latin.txt', Buffer.from('caf\xe9', 'latin1')),
      attached('application/pdf', 'paper.pdf', '%PDF-1.7'),
    ),
  },
  {
    subject: 'Twenty pages',
    id: 'pages',
    age: 3,
    ...html(Array.from({ length: LINES }, (_, n) => `<p>Line ${n + 1} of ${LINES}</p>`).join('')),
  },
];

let ids: ReadonlyMap<string, string>;
let mailboxes: ReadonlyMap<string, string>;

beforeAll(async () => {
  const jmap = await webmail.jmap();
  const messages: readonly Seeded[] = LETTERS.map(({ mailbox = 'Inbox', ...one }) => ({
    mailbox,
    age: one.age,
    raw: letter({ from: 'Mary Smith <mary@example.net>', ...one }),
  }));
  mailboxes = await seedMail(jmap, messages);
  const { ids: all } = await jmap.call('Email/query', { filter: null });
  const { list } = await jmap.call('Email/get', { ids: all, properties: ['id', 'messageId'] });
  ids = new Map(list.map((one: { id: string; messageId: string[] }) => [one.messageId[0]!.split('@')[0], one.id]));
});

const open = (id: string, options: Parameters<typeof webmail.open>[0] = {}) =>
  webmail.open({ path: `/mail/${mailboxes.get('Inbox')}/${ids.get(id)}`, ...options });
const found = (id: string, words: string) =>
  webmail.open({ path: `/search/${ids.get(id)}?q=${encodeURIComponent(words)}` });
const frameOf = (page: Page): FrameLocator => page.frameLocator('article iframe');

/** What is marked: what the highlight's ranges say. */
const marksIn = (where: { evaluate: (work: () => readonly string[]) => Promise<readonly string[]> }) =>
  where.evaluate(() => {
    const { CSS } = globalThis as unknown as { CSS: { highlights: ReadonlyMap<string, Iterable<object>> } };
    return [...(CSS.highlights.get('found') ?? [])].map(String);
  });

it('asks before a list is left, says who is told, and what came of it', async () => {
  const page = await open('click');
  await page.locator('article').getByRole('button', { name: 'Unsubscribe' }).click();
  const dialog = page.getByRole('dialog', { name: 'Leave this list?' });
  await dialog.getByText('Your server asks localhost to take you off the list.').waitFor();
  const sent = () => webmail.requests(page).filter((url) => url.includes('/leave'));
  // This host is at no public address: the server does not ask it, and says no more than that.
  await dialog.getByRole('button', { name: 'Unsubscribe' }).click();
  await dialog.getByText('localhost does not answer.').waitFor();
  expect(sent()).toEqual([]);
  await dialog.getByRole('button', { name: 'Open its page' }).waitFor();
  await dialog.getByRole('button', { name: 'Write to it' }).click();
  await page
    .getByRole('dialog', { name: /message/i })
    .getByText('leave@lists.example')
    .waitFor();
});

it('notes that a list was left, so that nobody asks again', async () => {
  const page = await open('click');
  await page.route('**/jmap/api', async (route) => {
    const asked = route.request().postData() ?? '';
    if (!asked.includes('List/unsubscribe')) return route.fallback();
    const [name, { accountId, emailIds }, id] = JSON.parse(asked).methodCalls[0];
    const answer = { accountId, unsubscribed: { [emailIds[0]]: { host: 'localhost' } }, notUnsubscribed: {} };
    return route.fulfill({ json: { methodResponses: [[name, answer, id]], sessionState: '' } });
  });
  await page.locator('article').getByRole('button', { name: 'Unsubscribe' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Unsubscribe' }).click();
  await page.locator('article').getByText('You have asked to be taken off this list.').waitFor();
  await page.getByText('localhost was asked to take you off the list').waitFor();
  const jmap = await webmail.jmap();
  const keywords = async () =>
    (await jmap.call('Email/get', { ids: [ids.get('click')], properties: ['keywords'] })).list[0].keywords;
  await expect.poll(keywords).toMatchObject({ $unsubscribed: true });
});

it('shows the page of a list before it goes there, and offers nothing to junk', async () => {
  const page = await open('page');
  await page.locator('article').getByRole('button', { name: 'Unsubscribe' }).click();
  const dialog = page.getByRole('dialog', { name: 'Leave this list?' });
  await dialog.getByText('https://lists.example/leave?x=1').waitFor();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  const junk = await webmail.open({ path: `/mail/${mailboxes.get('Junk')}/${ids.get('junk')}` });
  await frameOf(junk).getByText('Offers').waitFor();
  expect(await junk.getByRole('button', { name: 'Unsubscribe' }).count()).toBe(0);
});

it('marks the words of a search in HTML, goes to the first, and takes the marks off', async () => {
  const page = await found('words', 'kangaroo');
  const line = frameOf(page).getByText('garoo: kangaroo');
  await page.getByText('2 places found here').waitFor();
  await expect.poll(() => marksIn(line)).toEqual(['kangaroo', 'KANGAROO']);
  await expect.poll(() => inSight(page, line)).toBe(true);
  await page.getByRole('button', { name: 'Hide marks' }).click();
  await expect.poll(() => marksIn(line)).toEqual([]);
  await page.getByRole('button', { name: 'Show marks' }).click();
  await expect.poll(() => marksIn(line)).toEqual(['kangaroo', 'KANGAROO']);
});

it('marks them in plain text, as the search compares letters, and where only a quote has them', async () => {
  const page = await found('plain', 'KANGAROO "a line"');
  const line = page.locator('article .text-line', { hasText: 'kängaroo' });
  await page.getByText('152 places found here').waitFor();
  expect((await marksIn(page.locator('article .text'))).slice(-3)).toEqual(['A line', 'kängaroo', 'kangaroo']);
  const other = await found('quoted', 'wombat');
  await other.locator('article blockquote').getByText('Did you see the wombat?').waitFor();
  expect(await marksIn(other.locator('article .text'))).toEqual(['wombat']);
  // From a folder, nothing is looked for.
  await line.waitFor();
  await page.goto(`${webmail.origin}/mail/${mailboxes.get('Inbox')}/${ids.get('plain')}`);
  await line.waitFor();
  expect(await marksIn(page.locator('article .text'))).toEqual([]);
});

it('prints a message of HTML by itself, with who wrote it, on as many pages as it takes', async () => {
  const page = await open('pages');
  await frameOf(page).getByText('Line 1 of 900').waitFor();
  const frame = page.frames().find((one) => one.url().endsWith('/frame.html'))!;
  // The dialog of the browser does not come without a screen: what is printed is what is there when it is asked for.
  await frame.evaluate(() => {
    const here = globalThis as unknown as {
      print: () => void;
      dispatchEvent: (event: unknown) => void;
      printed: string;
    };
    const { document, Event } = globalThis as unknown as {
      document: { title: string; body: { firstElementChild: { localName: string } } };
      Event: new (name: string) => unknown;
    };
    here.print = () => {
      here.printed = `${document.title} ${document.body.firstElementChild.localName}`;
      here.dispatchEvent(new Event('afterprint'));
    };
  });
  await page.locator('article').getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Print' }).click();
  await expect
    .poll(() => frame.evaluate(() => (globalThis as unknown as { printed?: string }).printed))
    .toBe('Twenty pages header');
  expect(await frame.locator('body > header').count()).toBe(0);

  // The frame's document on paper.
  const sheet = await webmail.browser.newPage();
  await sheet.goto(`${webmail.frameOrigin}/frame.html`);
  await sheet.evaluate(
    (show) => {
      const here = globalThis as unknown as {
        MessageChannel: new () => { port1: { postMessage: (what: unknown) => void }; port2: object };
        postMessage: (what: string, to: string, ports: readonly object[]) => void;
      };
      const { port1, port2 } = new here.MessageChannel();
      here.postMessage('port', '*', [port2]);
      port1.postMessage({ show, isDark: true, words: { leadsTo: '{host}' } });
    },
    html(LETTERS.at(-1)!.body).body,
  );
  await sheet.getByText('Line 900 of 900').waitFor();
  const pdf = await sheet.pdf({ format: 'A4', tagged: false });
  await sheet.close();
  const { pages, drawn } = inPdf(pdf);
  expect(pages).toBeGreaterThanOrEqual(20);
  // Each line once: none is cut in two by the end of a page.
  expect(drawn).toBe(LINES);
});

it('prints the page with all of a long message, of which it shows the beginning', async () => {
  const page = await open('pages');
  await frameOf(page).getByText('Line 1 of 900').waitFor();
  await page.getByRole('button', { name: 'Show all of this message' }).waitFor();
  const { pages, drawn } = inPdf(await page.pdf({ format: 'A4', tagged: false }));
  expect(pages).toBeGreaterThanOrEqual(15);
  expect(drawn).toBeGreaterThanOrEqual(LINES);
  // And is as it was.
  await page.getByRole('button', { name: 'Show all of this message' }).waitFor();
});

it('goes from image to image, shows text in its charset, and opens no PDF here', async () => {
  const page = await open('files');
  await page.getByRole('button', { name: 'Open first.png' }).click();
  const dialog = page.locator('dialog[open]');
  await dialog.getByText('1 of 3').waitFor();
  await page.keyboard.press('ArrowRight');
  await dialog.getByText('This is no picture that can be shown.').waitFor();
  await dialog.getByRole('button', { name: 'Next image' }).click();
  await dialog.getByRole('img', { name: 'last.png' }).waitFor();
  await dialog.getByRole('button', { name: 'Next image' }).click();
  await dialog.getByRole('heading', { name: 'first.png' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Open latin.txt' }).click();
  await dialog.getByText('café').waitFor();
  await page.keyboard.press('Escape');
  expect(await page.getByRole('button', { name: 'Open paper.pdf' }).count()).toBe(0);
});

it('takes the files out of a winmail.dat, also of a broken one', async () => {
  const page = await open('files');
  await page.getByRole('button', { name: /^Open winmail\.dat/ }).click();
  const dialog = page.locator('dialog[open]');
  await dialog.getByText('inner.txt', { exact: true }).waitFor();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    dialog.getByRole('button', { name: 'Download Figures of the quarter.csv' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('Figures of the quarter.csv');
  const chunks: Buffer[] = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
  expect(Buffer.concat(chunks).toString()).toBe('month,letters\r\n');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /^Open WINMAIL\.DAT/ }).click();
  await dialog.getByText('This file is broken').waitFor();
  await dialog.getByText('Figures of the quarter.csv', { exact: true }).waitFor();
});

it('puts people of a vCard into the contacts, once', async () => {
  const page = await open('files');
  await page.getByRole('button', { name: 'Open people.vcf' }).click();
  const dialog = page.locator('dialog[open]');
  await dialog.getByText('Mary Smith', { exact: true }).waitFor();
  await dialog.getByRole('button', { name: 'Add to contacts' }).click();
  await dialog.getByText('2 contacts were added').waitFor();
  const jmap = await webmail.jmap();
  const { list } = await jmap.call('ContactCard/get', { ids: null });
  expect(list.map((one: { name: { full: string } }) => one.name.full).sort()).toEqual(['Jane Brown', 'Mary Smith']);
});

async function inSight(page: Page, place: ReturnType<FrameLocator['getByText']>): Promise<boolean> {
  const box = await place.boundingBox();
  const { height } = page.viewportSize()!;
  return box !== null && box.y > 0 && box.y < height;
}

/** Pages of a PDF, and pieces of text that are drawn on them. */
function inPdf(pdf: Buffer): { readonly pages: number; readonly drawn: number } {
  const text = pdf.toString('latin1');
  let drawn = 0;
  for (const { index, 0: found } of text.matchAll(/stream\r?\n/g)) {
    const from = index + found.length;
    try {
      const content = inflateSync(pdf.subarray(from, text.indexOf('endstream', from))).toString('latin1');
      drawn += [...content.matchAll(/\bT[jJ]\b/g)].length;
    } catch {
      // A stream of something else: a font, an image.
    }
  }
  return { pages: [...text.matchAll(/\/Type\s*\/Page\b(?!s)/g)].length, drawn };
}
