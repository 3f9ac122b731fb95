/** Broken, gigantic and empty messages in Chromium: what can be shown is, what cannot is said, and the pages go on (ME-20). */
import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { ALICE, openWebmail } from '../support/webmail.ts';
import { parts } from '../support/webmail-mail.ts';

const webmail = openWebmail({ mail: false });

const HEAD = ['From: Mary Smith <mary@example.net>', 'To: alice@example.test', 'MIME-Version: 1.0'];
const message = (subject: string, type: string, body: string, more: readonly string[] = []) =>
  [...HEAD, ...more, `Subject: ${subject}`, `Content-Type: ${type}`, '', body].join('\r\n');
const MB = 1_000_000;

/** Multiparts in each other, a text at the top and one at the bottom. */
function nested(depth: number): string {
  // None is the beginning of another.
  const name = (n: number) => `b${String(n).padStart(5, '0')}`;
  let body = '';
  for (let n = 0; n < depth; n++)
    body += `--${name(n)}\r\nContent-Type: multipart/mixed; boundary=${name(n + 1)}\r\n\r\n`;
  return `--${name(0)}\r\nContent-Type: text/plain\r\n\r\nAt the top.\r\n${body}--${name(depth)}\r\nContent-Type: text/plain\r\n\r\nAt the bottom.\r\n`;
}

const lines = (bytes: number) => {
  const line = 'A line of a text that does not end before long.\r\n';
  return `The first line.\r\n${line.repeat(bytes / line.length)}The last line.`;
};

const MESSAGES: Readonly<Record<string, string | Buffer>> = {
  'long text': message('long text', 'text/plain', lines(20 * MB)),
  'long html': message(
    'long html',
    'text/html',
    `<p>The first line.</p>${`<p>${'Another line of it. '.repeat(10)}</p>`.repeat(30_000)}`,
  ),
  nested: message('nested', 'multipart/mixed; boundary=b00000', nested(5_000)),
  'no header': '\r\nNothing but a text.',
  'a letter of nothing': '\r\n',
  charset: Buffer.from(message('charset', 'text/plain; charset=x-martian-7', 'Caf\xe9 in letters of Mars.'), 'latin1'),
  bytes: Buffer.from(message('bytes', 'text/plain; charset=utf-8', 'Broken \xff\xfe here.'), 'latin1'),
  people: message('people', 'text/plain', 'To all of you.', [
    `Cc: ${Array.from({ length: 3_000 }, (_, n) => `Person ${n} <p${n}@example.com>`).join(',\r\n ')}`,
  ]),
  files: message(
    'files',
    'multipart/mixed; boundary=m',
    parts(
      'm',
      'Content-Type: text/plain\r\n\r\nAll of them.',
      ...Array.from(
        { length: 500 },
        (_, n) =>
          `Content-Type: text/plain; name=f${n}.txt\r\nContent-Disposition: attachment; filename=f${n}.txt\r\n\r\n${n}`,
      ),
    ),
  ),
  'cut off': message('cut off', 'multipart/mixed; boundary=m', '--m\r\nContent-Type: text/html\r\n\r\n<p>Half a par'),
  'wrong encoding': message('wrong encoding', 'text/plain', '=ZZ*** not base64 ***', [
    'Content-Transfer-Encoding: base64',
  ]),
};

let ids: ReadonlyMap<string, string>;
let inbox: string;

beforeAll(async () => {
  const jmap = await webmail.jmap();
  const { list } = await jmap.call('Mailbox/get', { ids: null });
  inbox = list.find(({ role }: { role: string | null }) => role === 'inbox').id;
  const authorization = `Basic ${Buffer.from(`${ALICE}:${webmail.password(ALICE)}`).toString('base64')}`;
  const found = new Map<string, string>();
  for (const [name, raw] of Object.entries(MESSAGES)) {
    const uploaded = await fetch(`${webmail.origin}/jmap/upload/${jmap.accountId}/`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'message/rfc822' },
      body: raw,
    });
    const { blobId } = (await uploaded.json()) as { blobId: string };
    const { created, notCreated } = await jmap.call('Email/import', {
      emails: { one: { blobId, mailboxIds: { [inbox]: true }, keywords: { $seen: true } } },
    });
    if (created?.one === undefined) throw new Error(`${name}: ${JSON.stringify(notCreated)}`);
    found.set(name, created.one.id);
  }
  ids = found;
});

const open = (name: string, options: Parameters<typeof webmail.open>[0] = {}) =>
  webmail.open({ path: `/mail/${inbox}/${ids.get(name)}`, ...options });

/** Its source with a text in or over it, by the menu that every message has; then the page takes the next message. */
async function goesOn(page: Page, source: string): Promise<void> {
  await page.locator('article').getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Show original' }).click();
  const dialog = page.getByRole('dialog', { name: 'Show original' });
  await dialog.getByText(source).first().waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await page.goto(`${webmail.origin}/mail/${inbox}/${ids.get('no header')}`);
  await page.locator('article .text').getByText('Nothing but a text.').waitFor();
}

it('shows the beginning of twenty megabytes of text, more of it when asked, and its source', async () => {
  const page = await open('long text');
  await page.locator('article .text').getByText('The first line.').waitFor();
  await page.locator('article .notice', { hasText: 'Only the beginning is shown.' }).waitFor();
  const count = () => page.locator('article .text-line').count();
  expect(await count()).toBe(2_000);
  await page.getByRole('button', { name: 'Show all of this message' }).click();
  await expect.poll(count).toBeGreaterThan(15_000);
  await goesOn(page, 'Only the beginning is shown. The download has all of it.');
});

it('shows the beginning of megabytes of HTML, and says once that there is more', async () => {
  const page = await open('long html');
  await page.frameLocator('article iframe').getByText('The first line.').waitFor();
  await page.getByRole('button', { name: 'Show all of this message' }).waitFor();
  expect(await page.locator('article .notice').count()).toBe(1);
  await goesOn(page, 'The first line.');
});

it('shows what it finds in five thousand parts in each other, and the rest as a file', async () => {
  const page = await open('nested');
  await page.locator('article .text').getByText('At the top.').waitFor();
  await page.getByRole('heading', { name: '1 attachment' }).waitFor();
  await goesOn(page, 'At the top.');
});

it('shows messages without a header, without a text, and without either', async () => {
  const page = await open('no header');
  await page.getByRole('heading', { name: '(no subject)' }).waitFor();
  await page.locator('article .text').getByText('Nothing but a text.').waitFor();
  await page.locator('article').getByText('(no sender)').waitFor();
  const other = await open('a letter of nothing');
  await other.locator('article').getByText('This message has no text.').waitFor();
  await other.locator('article').getByText('no recipients').waitFor();
  await goesOn(other, 'Show original');
});

it('says where letters could not be read, and has them as they came', async () => {
  for (const [name, text] of [
    ['charset', 'in letters of Mars.'],
    ['bytes', 'here.'],
    ['wrong encoding', ''],
  ] as const) {
    const page = await open(name);
    await page.locator('article .text', { hasText: text }).waitFor();
    await page.locator('article .notice', { hasText: 'This message is broken' }).waitFor();
    await page.locator('article .notice').getByRole('button', { name: 'Show original' }).click();
    await page.getByRole('dialog').locator('.source', { hasText: name }).waitFor();
  }
  const page = await open('cut off');
  await page.frameLocator('article iframe').getByText('Half a par').waitFor();
});

it('counts three thousand recipients, lists as many as are known, and says where the others are', async () => {
  const page = await open('people');
  await page.locator('article .recipients').click();
  const people = page.locator('article .details .person');
  await people.nth(50).waitFor();
  expect(await people.count()).toBeLessThan(60);
  await page.getByRole('button', { name: 'Show all 2,000' }).click();
  await expect.poll(() => people.count()).toBeGreaterThan(1_990);
  await page.locator('article').getByText('“Show all headers” has all of them.').waitFor();
  await page.locator('article').getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Show all headers' }).click();
  await page.locator('dialog .headers', { hasText: 'p2999@example.com' }).waitFor();
});

it('shows the first of five hundred attachments, and all when asked', async () => {
  const page = await open('files');
  await page.getByRole('heading', { name: '500 attachments' }).waitFor();
  const files = page.locator('article .file');
  expect(await files.count()).toBe(30);
  await page.getByRole('button', { name: 'Show all 500 attachments' }).click();
  await expect.poll(() => files.count()).toBe(500);
  await page.getByRole('button', { name: 'Open f499.txt' }).click();
  await page.getByRole('dialog').locator('.source', { hasText: '499' }).waitFor();
});
